use std::fmt;

use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};
use sha2::{Digest, Sha256};

use crate::TokenHash;

/// How long a link to the voting pages waits to be opened.
pub const VOTING_LINK_LIFE: TimeDelta = TimeDelta::minutes(10);

/// How long a browser that opened one may vote.
pub const VOTING_LIFE: TimeDelta = TimeDelta::hours(2);

/// Most links one session makes within an hour.
pub const MAX_VOTING_LINKS_PER_HOUR: usize = 10;

/// The secret of a voting link: 128 random bits, of which the database keeps the hash alone. It is worth one opening within minutes.
#[derive(Clone, PartialEq, Eq)]
pub struct VotingToken([u8; 16]);

impl VotingToken {
    /// Wraps bytes fresh from a source of randomness fit for secrets.
    #[must_use]
    pub const fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads the text form: exactly 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = Some(text).filter(|_| is_plain).and_then(|text| u128::from_str_radix(text, 16).ok())?;
        Some(Self(number.to_be_bytes()))
    }

    /// The text form, shown to its owner once.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for VotingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VotingToken(…)")
    }
}

/// 投票链接: by which somebody who is signed in opens the voting pages in a browser, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VotingLink {
    /// Who made it; what it opens ends with this session.
    pub session: Id<kinds::Session>,
    /// Since when.
    pub created_at: Timestamp,
    /// From then on it opens nothing.
    pub expires_at: Timestamp,
    /// When it was opened; `None` before.
    pub opened_at: Option<Timestamp>,
    /// Until when the browser that opened it may vote; `None` before.
    pub ends_at: Option<Timestamp>,
}

/// Too many links were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at most {MAX_VOTING_LINKS_PER_HOUR} voting links in an hour")]
pub struct TooManyVotingLinks;

impl VotingLink {
    /// A link asked for at `now` by a session that asked for so many within the hour before.
    ///
    /// # Errors
    /// [`TooManyVotingLinks`].
    pub fn request(session: Id<kinds::Session>, recent: usize, now: Timestamp) -> Result<Self, TooManyVotingLinks> {
        if recent >= MAX_VOTING_LINKS_PER_HOUR {
            return Err(TooManyVotingLinks);
        }
        Ok(Self { session, created_at: now, expires_at: now + VOTING_LINK_LIFE, opened_at: None, ends_at: None })
    }

    /// The link once it is opened; `None` when it was before, or its time is over.
    #[must_use]
    pub fn open(self, now: Timestamp) -> Option<Self> {
        let is_fresh = self.opened_at.is_none() && now < self.expires_at;
        is_fresh.then_some(Self { opened_at: Some(now), ends_at: Some(now + VOTING_LIFE), ..self })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::{Id, Timestamp};
    use uuid::Uuid;

    use super::{TooManyVotingLinks, VOTING_LIFE, VOTING_LINK_LIFE, VotingLink, VotingToken};

    #[test]
    fn a_link_opens_once_and_within_its_minutes() {
        let now = Timestamp::from_timestamp(0, 0).unwrap();
        let request = |recent| VotingLink::request(Id::from_uuid(Uuid::nil()), recent, now);
        assert_eq!(request(10), Err(TooManyVotingLinks));
        let link = request(9).unwrap();
        assert_eq!(link.open(now + VOTING_LINK_LIFE), None);
        let last = now + VOTING_LINK_LIFE - TimeDelta::milliseconds(1);
        let opened = link.open(last).unwrap();
        assert_eq!(opened.ends_at, Some(last + VOTING_LIFE));
        assert_eq!(opened.open(last), None);
    }

    #[test]
    fn a_token_has_one_spelling_and_shows_it_to_nobody() {
        let token = VotingToken::from_random([7; 16]);
        assert_eq!(token.to_text(), "07".repeat(16));
        assert_eq!(VotingToken::parse(&token.to_text()), Some(token.clone()));
        for text in ["", "07", &"0A".repeat(16), &"07".repeat(17), &format!("+{}", "0".repeat(31))] {
            assert_eq!(VotingToken::parse(text), None, "{text}");
        }
        assert_eq!(format!("{token:?}"), "VotingToken(…)");
    }
}
