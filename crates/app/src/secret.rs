use std::fmt;

use accounts::HealthKeys;
use sha2::{Digest, Sha256};

/// The deployment's secret: keys the hashes of sign-in codes and addresses. Every process of one deployment has the same.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The fewest bytes taken.
    pub const MIN_BYTES: usize = 32;

    /// Wraps secret bytes; `None` when there are fewer than [`Secret::MIN_BYTES`].
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() >= Self::MIN_BYTES).then_some(Self(bytes))
    }

    /// The bytes, for keyed hashing.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A key for what is sealed at rest, where none of its own is set: what tests and trials seal dies with their secret.
    pub(crate) fn health_keys(&self) -> HealthKeys {
        let mut hash = Sha256::new();
        hash.update(b"hearth health key\n");
        hash.update(&self.0);
        HealthKeys::single("derived", hash.finalize().into()).expect("the id is well-formed")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
