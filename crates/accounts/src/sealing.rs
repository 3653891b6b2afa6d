//! How secrets are encrypted at rest: ChaCha20-Poly1305 (RFC 8439) under keys that follow from the deployment's secret. One crate does it
//! for all that is sealed; the other one in the house signs and speaks TLS.

use chacha20poly1305::{
    ChaCha20Poly1305, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How many fresh random bytes sealing takes.
pub const SEAL_NONCE_BYTES: usize = 12;

/// A key that seals.
pub type SealKey = [u8; 32];

/// Derives a key for one purpose (HKDF-SHA256, RFC 5869, without salt): another text is another key.
///
/// # Panics
/// Never: HMAC takes keys of any length.
#[must_use]
pub fn derive_seal_key(secret: &[u8], purpose: &[u8]) -> SealKey {
    let hash = |key: &[u8], value: &[u8]| -> SealKey {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(value);
        mac.finalize().into_bytes().into()
    };
    // One block is as long as a key, so the first one is all of it.
    hash(&hash(&[], secret), &[purpose, &[1]].concat())
}

/// Seals bytes bound to what they belong to: the nonce, then the cipher text with its tag. The nonce must be fresh from a source of
/// randomness fit for secrets.
///
/// # Panics
/// Never: a few bytes are far below the cipher's limit.
#[must_use]
pub fn seal_bytes(key: &SealKey, owner: &[u8], nonce: [u8; SEAL_NONCE_BYTES], bytes: &[u8]) -> Vec<u8> {
    let payload = Payload { msg: bytes, aad: owner };
    let sealed = cipher(key).encrypt(Nonce::from_slice(&nonce), payload).expect("a few bytes can be sealed");
    [nonce.as_slice(), &sealed].concat()
}

/// Opens what was sealed; `None` for another key or owner, or when a bit was changed.
#[must_use]
pub fn open_bytes(key: &SealKey, owner: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(SEAL_NONCE_BYTES)?;
    cipher(key).decrypt(Nonce::from_slice(nonce), Payload { msg: sealed, aad: owner }).ok()
}

fn cipher(key: &SealKey) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(Key::from_slice(key))
}

#[cfg(test)]
mod tests {
    use super::{derive_seal_key, open_bytes, seal_bytes};

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    /// By another program (OpenSSL), as rows of databases have it: what changes here can open them no more.
    #[test]
    fn seals_as_rows_that_are_kept_were_sealed() {
        let key = derive_seal_key(&[7; 32], b"hearth signing keys 1");
        assert_eq!(hex(&key), "bf3cd0e9a42996216bd6978d5a363b851ed2a1ea10350208dd9503963c83128d");
        let nonce: [u8; 12] = std::array::from_fn(|n| u8::try_from(n).unwrap());
        let plain: [u8; 32] = std::array::from_fn(|n| u8::try_from(n).unwrap());

        let sealed = seal_bytes(&key, b"one", nonce, &plain);

        let expected = "000102030405060708090a0bd518ef57b9eb572cce56094da58326a7f14a8eb2de30224678cd64a115e20783356149eae94cc8990b5afcf71e89e196";
        assert_eq!(hex(&sealed), expected);
        assert_eq!(open_bytes(&key, b"one", &sealed), Some(plain.to_vec()));
        assert_eq!(open_bytes(&key, b"two", &sealed), None);
        assert_eq!(open_bytes(&key, b"one", &sealed[..11]), None);
    }
}
