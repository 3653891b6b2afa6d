use std::fmt;

use kernel::{Id, kinds};

use crate::keyed_hash::keyed_hash;

/// How many recovery codes somebody of the staff is given.
pub const RECOVERY_CODES: usize = 10;

/// Crockford's base 32: nothing that looks like something else.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How many characters a code has, without hyphens.
const CHARS: usize = 16;

/// Stands for the authenticator once, when the phone is lost: 80 random bits, shown as four groups of four.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

/// What is kept of a recovery code: keyed with the deployment's secret and bound to its owner.
pub type RecoveryCodeHash = [u8; 32];

impl RecoveryCode {
    /// Makes one of ten bytes fresh from a source of randomness fit for secrets.
    #[must_use]
    pub fn from_random(bytes: [u8; 10]) -> Self {
        let number = bytes.iter().fold(0_u128, |number, &byte| number << 8 | u128::from(byte));
        let digit =
            |place: usize| char::from(ALPHABET[usize::try_from(number >> (5 * place) & 31).expect("five bits")]);
        Self((0..CHARS).rev().map(digit).collect())
    }

    /// Reads what was typed, whatever its hyphens, spaces and capitals; `None` when it cannot be a code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
        let is_code = plain.len() == CHARS && plain.bytes().all(|byte| ALPHABET.contains(&byte));
        is_code.then_some(Self(plain))
    }

    /// The text form, shown once: `7k3m-…`.
    #[must_use]
    pub fn to_text(&self) -> String {
        [&self.0[..4], &self.0[4..8], &self.0[8..12], &self.0[12..]].join("-")
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self, secret: &[u8], staff: Id<kinds::Staff>) -> RecoveryCodeHash {
        let value = [staff.uuid().as_bytes().as_slice(), self.0.as_bytes()].concat();
        keyed_hash(secret, "staff recovery code", &value)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}
