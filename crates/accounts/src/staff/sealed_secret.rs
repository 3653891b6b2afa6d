use std::fmt;

use crate::{
    keyed_hash::keyed_hash,
    sealing::{SEAL_NONCE_BYTES, SealKey, open_bytes, seal_bytes},
};

/// A secret as it lies in the database: encrypted (ChaCha20-Poly1305) with a key that follows from the deployment's secret
/// and a purpose, and bound to its owner, so that one row's bytes are worth nothing in another's.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret(Vec<u8>);

impl SealedSecret {
    /// How many fresh random bytes sealing takes.
    pub const NONCE_BYTES: usize = SEAL_NONCE_BYTES;

    /// Seals bytes for a purpose and an owner. The nonce must be fresh from a source of randomness fit for secrets.
    #[must_use]
    pub fn seal(secret: &[u8], purpose: &str, owner: &[u8], nonce: [u8; SEAL_NONCE_BYTES], bytes: &[u8]) -> Self {
        Self(seal_bytes(&key(secret, purpose), owner, nonce, bytes))
    }

    /// Opens it again; `None` for another secret, purpose or owner, or when a bit was changed.
    #[must_use]
    pub fn open(&self, secret: &[u8], purpose: &str, owner: &[u8]) -> Option<Vec<u8>> {
        open_bytes(&key(secret, purpose), owner, &self.0)
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

fn key(secret: &[u8], purpose: &str) -> SealKey {
    keyed_hash(secret, purpose, b"sealing key")
}

#[cfg(test)]
mod tests {
    use super::SealedSecret;

    /// By another program (OpenSSL), as rows of databases have it: what changes here can open them no more.
    #[test]
    fn opens_what_lies_in_databases() {
        let text = "000102030405060708090a0b60802cba0fff0ef2cf2e13457c5793fa0c71f47c1a2e2e9c";
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        let kept = SealedSecret::from_stored(text.as_bytes().chunks(2).map(byte).collect());

        assert_eq!(kept.open(&[7; 32], "authenticator", &[1; 16]), Some(b"a secret".to_vec()));
        assert_eq!(kept.open(&[8; 32], "authenticator", &[1; 16]), None);
    }
}
