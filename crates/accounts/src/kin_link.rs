use std::{fmt, str::FromStr};

/// What a relative, usually of another household, is to a senior.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// The senior's daughter.
    Daughter,
    /// The senior's son.
    Son,
    /// The senior's daughter-in-law.
    DaughterInLaw,
    /// The senior's son-in-law.
    SonInLaw,
    /// The senior's grandchild.
    Grandchild,
    /// Somebody else the senior trusts.
    Other,
}

/// A word that names no [`Relation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none of daughter, son, daughter_in_law, son_in_law, grandchild, other")]
pub struct UnknownRelation;

impl Relation {
    /// The word as stored and imported: `daughter`, `son`, `daughter_in_law`, `son_in_law`, `grandchild`, `other`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Daughter => "daughter",
            Self::Son => "son",
            Self::DaughterInLaw => "daughter_in_law",
            Self::SonInLaw => "son_in_law",
            Self::Grandchild => "grandchild",
            Self::Other => "other",
        }
    }
}

impl FromStr for Relation {
    type Err = UnknownRelation;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let all = [Self::Daughter, Self::Son, Self::DaughterInLaw, Self::SonInLaw, Self::Grandchild, Self::Other];
        all.into_iter().find(|relation| relation.word() == word).ok_or(UnknownRelation)
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
