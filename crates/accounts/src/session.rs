use std::fmt;

use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};
use sha2::{Digest, Sha256};

use crate::Role;

/// What a signed-in person shows with every request: 256 random bits. The database keeps only its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; 32]);

/// The SHA-256 of a token. No key and no salt: 256 random bits cannot be guessed from their hash.
pub type TokenHash = [u8; 32];

impl SessionToken {
    /// Wraps bytes fresh from a source of randomness fit for secrets.
    #[must_use]
    pub const fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the text form: exactly 64 lower-case hexadecimal digits; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let mut bytes = [0_u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value_of(pair[0])? * 16 + value_of(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// The text form, which is shown to its owner once.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        Sha256::digest(self.0).into()
    }
}

/// One spelling per token: a second one would be a second cache key.
const fn value_of(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// A person signed in on one device, until it expires or is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Its id, which may be shown and logged.
    pub id: Id<kinds::Session>,
    /// Who is signed in.
    pub person: Id<kinds::Person>,
    /// Since when.
    pub created_at: Timestamp,
    /// From this instant on it is worth nothing.
    pub expires_at: Timestamp,
}

impl Session {
    /// A session of so many days from `now`.
    #[must_use]
    pub fn new(id: Id<kinds::Session>, person: Id<kinds::Person>, now: Timestamp, days: u16) -> Self {
        Self { id, person, created_at: now, expires_at: now + TimeDelta::days(i64::from(days)) }
    }
}

/// Who a token stands for at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionHolder {
    /// The session.
    pub session: Id<kinds::Session>,
    /// The person.
    pub person: Id<kinds::Person>,
    /// The household the person belongs to, with the role there.
    pub household: Option<(Id<kinds::Household>, Role)>,
}

#[cfg(test)]
mod tests {
    use super::SessionToken;

    #[test]
    fn text_form_round_trips() {
        let mut bytes = [0_u8; 32];
        (0_u8..).zip(&mut bytes).for_each(|(number, byte)| *byte = number * 8);
        let token = SessionToken::from_random(bytes);

        assert_eq!(token.to_text(), "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8");
        assert_eq!(SessionToken::parse(&token.to_text()), Some(token));
    }

    #[test]
    fn refuses_every_second_spelling() {
        let canonical = "0f".repeat(32);
        assert!(SessionToken::parse(&canonical).is_some());
        for text in
            ["", "0f", &canonical.to_uppercase(), &format!("{canonical}0"), &format!(" {canonical}"), &"0g".repeat(32)]
        {
            assert_eq!(SessionToken::parse(text), None, "{text}");
        }
    }

    #[test]
    fn debug_never_shows_a_token() {
        assert_eq!(format!("{:?}", SessionToken::from_random([7; 32])), "SessionToken(…)");
    }
}
