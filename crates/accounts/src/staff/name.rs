use std::{fmt, str::FromStr};

use kernel::{Id, TextError, kinds};

/// The name somebody of the staff signs in with: 2 to 40 lower-case ASCII letters, digits, `.`, `_`, `-`. One spelling, one
/// person: no second one that only looks alike.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StaffName(String);

impl StaffName {
    /// The longest name taken, in characters.
    pub const MAX_CHARS: usize = 40;

    /// What stands where the name of somebody erased stood: their id, which the audit log has anyway.
    #[must_use]
    pub fn erased(id: Id<kinds::Staff>) -> Self {
        Self(format!("erased-{}", id.uuid().simple()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StaffName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::MAX_CHARS {
            return Err(TextError::TooLong { max: Self::MAX_CHARS });
        }
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-');
        if text.len() < 2 || !text.bytes().all(is_plain) {
            return Err(TextError::Malformed);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for StaffName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StaffName {
    /// Names of people never go to logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaffName(…)")
    }
}
