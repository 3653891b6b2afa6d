use std::fmt;

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
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
