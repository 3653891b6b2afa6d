use std::fmt;

use chrono::TimeDelta;
use kernel::{EmailAddress, Id, Timestamp, kinds};
use subtle::ConstantTimeEq;

use crate::keyed_hash::keyed_hash;

/// How long a code is good.
pub const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// After this many wrong tries a code is dead, and so is the right answer.
pub const MAX_FAILED_ATTEMPTS: i64 = 5;

/// Most codes one address is sent within [`FLOOD_WINDOW`]: with five tries each, 25 guesses at a million an hour.
pub const MAX_CODES_PER_WINDOW: usize = 5;

/// The window in which codes are counted.
pub const FLOOD_WINDOW: TimeDelta = TimeDelta::hours(1);

/// A mail address as challenges keep it: keyed with the deployment's secret, so that a copy of the table names nobody.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressHash([u8; 32]);

impl AddressHash {
    /// The keyed hash (HMAC-SHA256) of an address.
    #[must_use]
    pub fn of(secret: &[u8], address: &EmailAddress) -> Self {
        Self(keyed_hash(secret, "sign-in address", address.as_str().as_bytes()))
    }

    /// Wraps stored bytes; `None` when they are not 32.
    #[must_use]
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, for the store.
    #[must_use]
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl fmt::Debug for AddressHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressHash(…)")
    }
}

/// Six digits that prove a mail was read.
///
/// Derived, never stored: whoever holds the deployment's secret can compute the code of a challenge again, so neither
/// the table nor the event that makes the mail carries one.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The code of a challenge: HMAC-SHA256 of its id, the first 64 bits of it modulo a million.
    ///
    /// The modulo makes a code at most one part in 10^13 likelier than another.
    #[must_use]
    pub fn of(secret: &[u8], challenge: Id<kinds::Challenge>) -> Self {
        let hash = keyed_hash(secret, "sign-in code", challenge.uuid().as_bytes());
        let number = u64::from_be_bytes(hash[..8].try_into().expect("a hash has 32 bytes"));
        Self(format!("{:06}", number % 1_000_000))
    }

    /// The six digits, for the mail.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Whether somebody typed this code; takes equally long for every wrong one.
    fn is(&self, typed: &str) -> bool {
        self.0.as_bytes().ct_eq(typed.trim().as_bytes()).into()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// Asks whoever claims an address to repeat a code sent there: valid ten minutes, five tries, one use.
///
/// An address nobody has gets a challenge too, without a person: it can never be met, and nothing shows the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    pub(crate) id: Id<kinds::Challenge>,
    pub(crate) address: AddressHash,
    pub(crate) person: Option<Id<kinds::Person>>,
    pub(crate) failed_attempts: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
}

/// Why a code was not taken. For tests and the audit log; the person hears only that it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeRefusal {
    /// It was used before.
    #[error("the code was used")]
    Used,
    /// It is ten minutes old.
    #[error("the code expired")]
    Expired,
    /// It was guessed at too often.
    #[error("the code was guessed at too often")]
    TooManyAttempts,
    /// These are not its digits, or there is nobody to sign in.
    #[error("the code is wrong")]
    WrongCode,
}

/// Too many codes were asked for with one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many codes were asked for with this address")]
pub struct TooManyCodes {
    /// When the next one can be had.
    pub retry_after: TimeDelta,
}

impl Challenge {
    /// A fresh challenge for an address, made at `now`.
    #[must_use]
    pub fn new(
        id: Id<kinds::Challenge>,
        address: AddressHash,
        person: Option<Id<kinds::Person>>,
        now: Timestamp,
    ) -> Self {
        Self { id, address, person, failed_attempts: 0, created_at: now, expires_at: now + CODE_LIFE, used_at: None }
    }

    /// Its id, from which its code follows.
    #[must_use]
    pub const fn id(&self) -> Id<kinds::Challenge> {
        self.id
    }

    /// Whether a right code would still be taken.
    ///
    /// # Errors
    /// [`ChallengeRefusal`]: used, expired or guessed at too often.
    pub fn check_open(&self, now: Timestamp) -> Result<(), ChallengeRefusal> {
        if self.used_at.is_some() {
            return Err(ChallengeRefusal::Used);
        }
        if now >= self.expires_at {
            return Err(ChallengeRefusal::Expired);
        }
        if self.failed_attempts >= MAX_FAILED_ATTEMPTS {
            return Err(ChallengeRefusal::TooManyAttempts);
        }
        Ok(())
    }

    /// Judges what somebody typed. Returns the challenge as it now stands, which must be kept whatever the answer is: a
    /// refusal that left no trace could be had a million times.
    #[must_use = "a refused attempt counts only once the challenge is kept"]
    pub fn attempt(
        self,
        typed: &str,
        code: &Code,
        now: Timestamp,
    ) -> (Self, Result<Id<kinds::Person>, ChallengeRefusal>) {
        if let Err(refusal) = self.check_open(now) {
            return (self, Err(refusal));
        }
        match self.person {
            Some(person) if code.is(typed) => (Self { used_at: Some(now), ..self }, Ok(person)),
            Some(_) | None => {
                let failed = Self { failed_attempts: self.failed_attempts + 1, ..self };
                (failed, Err(ChallengeRefusal::WrongCode))
            }
        }
    }
}

/// Whether one more code may be sent to an address, given when its newest [`MAX_CODES_PER_WINDOW`] were made.
///
/// # Errors
/// [`TooManyCodes`] when that many were made within [`FLOOD_WINDOW`] before `now`.
pub fn check_flood(newest_made_at: &[Timestamp], now: Timestamp) -> Result<(), TooManyCodes> {
    let within = || newest_made_at.iter().filter(|&&made_at| made_at + FLOOD_WINDOW > now);
    if within().count() < MAX_CODES_PER_WINDOW {
        return Ok(());
    }
    let retry_after = within().min().map_or(FLOOD_WINDOW, |&oldest| oldest + FLOOD_WINDOW - now);
    Err(TooManyCodes { retry_after })
}

#[cfg(test)]
mod tests;
