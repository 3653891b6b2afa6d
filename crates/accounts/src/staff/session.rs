use std::fmt;

use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};

use super::StaffRoles;
use crate::{SessionToken, TokenHash};

/// What every token of the staff begins with: nobody can take one for a member's, and a scanner finds one that leaked.
const PREFIX: &str = "staff_";

/// What somebody of the staff shows with every request. Never a member's token, and the other way round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffToken(SessionToken);

impl StaffToken {
    /// Wraps bytes fresh from a source of randomness fit for secrets.
    #[must_use]
    pub const fn from_random(bytes: [u8; 32]) -> Self {
        Self(SessionToken::from_random(bytes))
    }

    /// Reads the text form: `staff_` and 64 lower-case hexadecimal digits; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        SessionToken::parse(text.strip_prefix(PREFIX)?).map(Self)
    }

    /// The text form, which is shown to its owner once.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", self.0.to_text())
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        self.0.hash()
    }
}

/// Somebody of the staff signed in, for some hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffSession {
    /// Its id, which may be shown and logged.
    pub id: Id<kinds::StaffSession>,
    /// Who is signed in.
    pub staff: Id<kinds::Staff>,
    /// Since when.
    pub created_at: Timestamp,
    /// From this instant on it is worth nothing.
    pub expires_at: Timestamp,
}

impl StaffSession {
    /// A session of so many hours from `now`.
    #[must_use]
    pub fn new(id: Id<kinds::StaffSession>, staff: Id<kinds::Staff>, now: Timestamp, hours: u16) -> Self {
        Self { id, staff, created_at: now, expires_at: now + TimeDelta::hours(i64::from(hours)) }
    }
}

/// Who a staff token stands for at one instant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StaffSessionHolder {
    /// The session.
    pub session: Id<kinds::StaffSession>,
    /// Who.
    pub staff: Id<kinds::Staff>,
    /// With which roles, now.
    pub roles: StaffRoles,
}

impl fmt::Debug for StaffSessionHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaffSessionHolder({} {})", self.staff, self.roles)
    }
}
