use std::{fmt, str::FromStr};

use kernel::{Id, Timestamp, kinds};
use sha2::{Digest, Sha256};

use crate::ChainHash;

/// The hash of a seal, and so of every seal before it and of every posting they cover.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealHash([u8; 32]);

impl SealHash {
    /// What the first seal names as the one before it.
    pub const NONE: Self = Self([0; 32]);

    /// Wraps a stored hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For the store.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for SealHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SealHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A seal in few words, to be kept where nobody who can change the books can change it: `12:9f86d0…`, the number and 64 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealMark {
    /// The seal's number.
    pub no: i64,
    /// Its hash.
    pub hash: SealHash,
}

/// A text is no [`SealMark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a seal is written as its number, a colon and 64 hexadecimal digits")]
pub struct SealMarkParseError;

impl fmt::Display for SealMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.no, self.hash)
    }
}

impl FromStr for SealMark {
    type Err = SealMarkParseError;

    fn from_str(text: &str) -> Result<Self, SealMarkParseError> {
        let (no, digits) = text.split_once(':').ok_or(SealMarkParseError)?;
        let no = no.parse().map_err(|_| SealMarkParseError)?;
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(SealMarkParseError);
        }
        let mut bytes = [0; 32];
        for (byte, place) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&digits[place..place + 2], 16).map_err(|_| SealMarkParseError)?;
        }
        Ok(Self { no, hash: SealHash(bytes) })
    }
}

/// The newest posting of one wallet, as a seal covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedHead {
    /// Whose wallet.
    pub household: Id<kinds::Household>,
    /// The number of its newest posting.
    pub last_no: i64,
    /// The hash of that posting.
    pub head: ChainHash,
}

/// The newest postings of many wallets under one hash, chained to the seal before it.
///
/// A seal's number and hash are in the audit log, and may be kept elsewhere too: from then on nobody can edit, drop or add a posting
/// it covers without it showing, whatever else they recompute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// From 1 without gaps.
    pub no: i64,
    /// When.
    pub sealed_at: Timestamp,
    /// The hash of the seal before it, [`SealHash::NONE`] for the first.
    pub previous: SealHash,
    /// Its own.
    pub hash: SealHash,
    /// What it covers, by household.
    pub heads: Vec<SealedHead>,
}

impl Seal {
    /// Most wallets of one seal: what is locked and written at once.
    pub const MAX_WALLETS: usize = 1_000;

    /// Seals heads after the newest seal.
    #[must_use]
    pub fn after(newest: Option<SealMark>, mut heads: Vec<SealedHead>, now: Timestamp) -> Self {
        heads.sort_by_key(|head| head.household);
        let previous = newest.map_or(SealHash::NONE, |mark| mark.hash);
        let mut hasher = SealHasher::after(previous);
        heads.iter().for_each(|head| hasher.add(head));
        let no = newest.map_or(0, |mark| mark.no) + 1;
        Self { no, sealed_at: now, previous, hash: hasher.finish(), heads }
    }

    /// It in few words.
    #[must_use]
    pub fn mark(&self) -> SealMark {
        SealMark { no: self.no, hash: self.hash }
    }
}

/// A seal's hash under way: SHA-256 over the hash before it and, by household, each one's 16 bytes, the number in 8 bytes, big end
/// first, and the 32 bytes of its head.
#[derive(Debug, Clone)]
pub(crate) struct SealHasher(Sha256);

impl SealHasher {
    pub(crate) fn after(previous: SealHash) -> Self {
        Self(Sha256::new_with_prefix(previous.0))
    }

    pub(crate) fn add(&mut self, head: &SealedHead) {
        self.0.update(head.household.uuid().as_bytes());
        self.0.update(head.last_no.to_be_bytes());
        self.0.update(head.head.bytes());
    }

    pub(crate) fn finish(self) -> SealHash {
        SealHash(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests;
