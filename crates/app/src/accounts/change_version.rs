use std::fmt::{self, Write as _};

use db::idempotency::InputHash;

/// Names the state of the books that a preview was made from. An act that takes it does what the preview said, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeVersion(String);

impl ChangeVersion {
    /// The version of a state, told part by part.
    pub(super) fn of(parts: &[&str]) -> Self {
        let hash = InputHash::of(parts).to_vec();
        let mut text = String::with_capacity(32);
        for byte in &hash[..16] {
            write!(text, "{byte:02x}").expect("a string takes what is written to it");
        }
        Self(text)
    }

    /// What a caller sent back: whatever is no version equals none.
    #[must_use]
    pub fn told(text: &str) -> Self {
        Self(text.chars().take(64).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChangeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
