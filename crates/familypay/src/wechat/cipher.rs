use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// What opens the content of callbacks and certificates: AES-256-GCM. Never shown.
#[derive(Clone)]
pub struct ApiKey([u8; 32]);

impl ApiKey {
    /// From the 32 characters set at WeChat Pay; `None` for any other length.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        text.as_bytes().try_into().ok().map(Self)
    }

    /// Opens a sealed content; `None` when it was not sealed with this key, nonce and associated data.
    pub(super) fn open(&self, nonce: &str, associated: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.0).ok()?);
        let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).ok()?;
        let opened = key.open_in_place(nonce, Aad::from(associated.as_bytes()), &mut sealed).ok()?.len();
        sealed.truncate(opened);
        Some(sealed)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}
