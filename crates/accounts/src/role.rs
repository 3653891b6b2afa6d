use std::{fmt, str::FromStr};

/// What a member is in a household: decides what the member may do with what the household shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Answers for the household; mails about it go here. At most one per household.
    Owner,
    /// An adult member.
    Adult,
    /// An older member, whom relatives in other households may be linked to.
    Senior,
    /// A member under age: sees the account, spends nothing from it.
    Child,
}

/// A word that names no [`Role`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none of owner, adult, senior, child")]
pub struct UnknownRole;

impl Role {
    /// The word as stored and imported: `owner`, `adult`, `senior`, `child`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Adult => "adult",
            Self::Senior => "senior",
            Self::Child => "child",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let all = [Self::Owner, Self::Adult, Self::Senior, Self::Child];
        all.into_iter().find(|role| role.word() == word).ok_or(UnknownRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
