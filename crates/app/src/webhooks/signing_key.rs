use std::fmt;

use accounts::{SEAL_NONCE_BYTES, SealKey, derive_seal_key, open_bytes, seal_bytes};
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::{Fault, IdGenerator};

use crate::Secret;

/// The bytes of a key we make: what Standard Webhooks asks for is 24 to 64.
const KEY_BYTES: usize = 32;

/// Says what the derived key is for. Another text is another key, and nothing sealed with the old one can be opened.
const INFO: &[u8] = b"hearth signing keys 1";

/// A key of Standard Webhooks: random bytes that both sides know. Shown once, to whoever made it; kept sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey([u8; KEY_BYTES]);

impl SigningKey {
    /// Draws one.
    pub(super) fn draw(chance: &IdGenerator) -> Self {
        let mut bytes = [0; KEY_BYTES];
        chance.fill(&mut bytes);
        Self(bytes)
    }

    /// The text form, shown to whoever made it and to nobody else: `whsec_` and the Base64 of the bytes.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    /// Encrypts it (ChaCha20-Poly1305) with a key derived from the deployment's secret (HKDF-SHA256), bound to the row it belongs to:
    /// the nonce, then the cipher text with its tag.
    pub(super) fn seal(&self, secret: &Secret, row: &[u8], chance: &IdGenerator) -> Vec<u8> {
        let mut nonce = [0; SEAL_NONCE_BYTES];
        chance.fill(&mut nonce);
        seal_bytes(&sealing_key(secret), row, nonce, &self.0)
    }

    /// Opens it again.
    ///
    /// # Errors
    /// A [`Fault`] for another secret or another row, or when a bit was changed.
    pub(super) fn open(sealed: &[u8], secret: &Secret, row: &[u8]) -> Result<Self, Fault> {
        let damaged = || Fault::inconsistent("open a sealed signing key");
        let opened = open_bytes(&sealing_key(secret), row, sealed).ok_or_else(damaged)?;
        opened.try_into().map(Self).map_err(|_| damaged())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

fn sealing_key(secret: &Secret) -> SealKey {
    derive_seal_key(secret.bytes(), INFO)
}

#[cfg(test)]
mod tests {
    use kernel::IdGenerator;

    use super::SigningKey;
    use crate::Secret;

    fn secret(byte: u8) -> Secret {
        Secret::new(vec![byte; Secret::MIN_BYTES]).unwrap()
    }

    #[test]
    fn opens_for_its_row_and_secret_only() {
        let chance = IdGenerator::from_seed(1);
        let (row, other) = (b"one".as_slice(), b"other".as_slice());
        let key = SigningKey::draw(&chance);
        let sealed = key.seal(&secret(7), row, &chance);

        assert_eq!(SigningKey::open(&sealed, &secret(7), row).unwrap(), key);
        assert!(!sealed.windows(8).any(|part| key.0.windows(8).any(|own| own == part)));
        assert!(SigningKey::open(&sealed, &secret(8), row).is_err());
        assert!(SigningKey::open(&sealed, &secret(7), other).is_err());
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(SigningKey::open(&changed, &secret(7), row).is_err(), "byte {index}");
            assert!(SigningKey::open(&sealed[..index], &secret(7), row).is_err(), "{index} bytes");
        }
        assert_ne!(key.seal(&secret(7), row, &chance), sealed, "drawn afresh");
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", SigningKey::draw(&IdGenerator::from_seed(1))), "SigningKey(…)");
    }
}
