use std::fmt;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::keyed_hash::keyed_hash;

/// A secret as it lies in the database: encrypted (ChaCha20-Poly1305) with a key that follows from the deployment's secret
/// and a purpose, and bound to its owner, so that one row's bytes are worth nothing in another's.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret(Vec<u8>);

impl SealedSecret {
    /// How many fresh random bytes sealing takes.
    pub const NONCE_BYTES: usize = NONCE_LEN;

    /// Seals bytes for a purpose and an owner. The nonce must be fresh from a source of randomness fit for secrets.
    #[must_use]
    pub fn seal(secret: &[u8], purpose: &str, owner: &[u8], nonce: [u8; NONCE_LEN], bytes: &[u8]) -> Self {
        let mut sealed = bytes.to_vec();
        key(secret, purpose)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(owner), &mut sealed)
            .expect("a few bytes can be sealed");
        Self([nonce.as_slice(), &sealed].concat())
    }

    /// Opens it again; `None` for another secret, purpose or owner, or when a bit was changed.
    #[must_use]
    pub fn open(&self, secret: &[u8], purpose: &str, owner: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = self.0.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = sealed.to_vec();
        let opened = key(secret, purpose).open_in_place(nonce, Aad::from(owner), &mut bytes).ok()?;
        Some(opened.to_vec())
    }

    /// Wraps stored bytes.
    #[must_use]
    pub const fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, for the store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedSecret(…)")
    }
}

fn key(secret: &[u8], purpose: &str) -> LessSafeKey {
    let bytes = keyed_hash(secret, purpose, b"sealing key");
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &bytes).expect("a hash is as long as a key"))
}
