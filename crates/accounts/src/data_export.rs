use std::fmt;

use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};

use crate::{Role, SessionToken, TokenHash};

/// How long a link to one's data works.
pub const EXPORT_LIFE: TimeDelta = TimeDelta::hours(24);

/// How often one link works: both forms, and twice again where a download broke.
pub const MAX_DOWNLOADS: u8 = 6;

/// Most links one person gets within [`EXPORT_LIFE`].
pub const MAX_EXPORTS_PER_LIFE: usize = 3;

/// The secret of a link to one's data: 256 random bits, of which the database keeps the hash alone.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportToken(SessionToken);

impl ExportToken {
    /// Wraps bytes fresh from a source of randomness fit for secrets.
    #[must_use]
    pub const fn from_random(bytes: [u8; 32]) -> Self {
        Self(SessionToken::from_random(bytes))
    }

    /// Reads the text form: exactly 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        SessionToken::parse(text).map(Self)
    }

    /// The text form, shown to its owner once.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        self.0.hash()
    }
}

impl fmt::Debug for ExportToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExportToken(…)")
    }
}

/// 数据导出: a link by which a person downloads what is kept about them. The data is put together at the download; no copy is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataExport {
    /// Its id.
    pub id: Id<kinds::DataExport>,
    /// Whose data.
    pub person: Id<kinds::Person>,
    /// Since when.
    pub requested_at: Timestamp,
    /// From then on the link is worth nothing.
    pub expires_at: Timestamp,
    /// How often it still works.
    pub downloads_left: u8,
}

/// A household a person belongs or belonged to, as the person's own data tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastMembership {
    /// Which.
    pub household: Id<kinds::Household>,
    /// As what.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// Until when; `None` while it lasts.
    pub left_at: Option<Timestamp>,
}

/// Too many links were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at most {MAX_EXPORTS_PER_LIFE} exports in 24 hours")]
pub struct TooManyExports;

impl DataExport {
    /// A link asked for at `now`, by somebody who asked for so many within [`EXPORT_LIFE`] before.
    ///
    /// # Errors
    /// [`TooManyExports`].
    pub fn request(
        id: Id<kinds::DataExport>,
        person: Id<kinds::Person>,
        recent: usize,
        now: Timestamp,
    ) -> Result<Self, TooManyExports> {
        if recent >= MAX_EXPORTS_PER_LIFE {
            return Err(TooManyExports);
        }
        Ok(Self { id, person, requested_at: now, expires_at: now + EXPORT_LIFE, downloads_left: MAX_DOWNLOADS })
    }

    /// The link after one more download; `None` when it no longer works.
    #[must_use]
    pub fn download(self, now: Timestamp) -> Option<Self> {
        let downloads_left = self.downloads_left.checked_sub(1).filter(|_| now < self.expires_at)?;
        Some(Self { downloads_left, ..self })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::{Id, Timestamp};
    use uuid::Uuid;

    use super::{DataExport, EXPORT_LIFE, MAX_DOWNLOADS, TooManyExports};

    #[test]
    fn a_link_works_a_bounded_number_of_times_and_a_day() {
        let now = Timestamp::from_timestamp(0, 0).unwrap();
        let request = |recent| DataExport::request(Id::from_uuid(Uuid::nil()), Id::from_uuid(Uuid::nil()), recent, now);
        assert_eq!(request(3), Err(TooManyExports));
        let mut export = request(2).unwrap();
        let last = now + EXPORT_LIFE - TimeDelta::milliseconds(1);
        for _ in 0..MAX_DOWNLOADS {
            assert_eq!(export.download(now + EXPORT_LIFE), None);
            export = export.download(last).unwrap();
        }
        assert_eq!(export.download(last), None);
    }
}
