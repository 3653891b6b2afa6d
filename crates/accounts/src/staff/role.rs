use std::{fmt, str::FromStr};

/// What somebody of the staff may do. Each right is named where it is asked for, and refused to everybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StaffRole {
    /// Helps households: sees accounts masked, proposes corrections.
    Support,
    /// Keeps perks and their stock.
    Perks,
    /// Answers for points and money: adjusts and approves.
    Finance,
    /// Reads everything that was done, changes nothing.
    Auditor,
    /// Says who is of the staff and with which roles.
    Admin,
}

/// A word that names no [`StaffRole`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none of support, perks, finance, auditor, admin")]
pub struct UnknownStaffRole;

impl StaffRole {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Support, Self::Perks, Self::Finance, Self::Auditor, Self::Admin];

    /// The word as stored and typed: `support`, `perks`, `finance`, `auditor`, `admin`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Perks => "perks",
            Self::Finance => "finance",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl FromStr for StaffRole {
    type Err = UnknownStaffRole;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.word() == word).ok_or(UnknownStaffRole)
    }
}

impl fmt::Display for StaffRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The roles of somebody of the staff: one or more.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StaffRoles(u8);

impl StaffRoles {
    /// These roles, each once; `None` when there are none.
    pub fn of(roles: impl IntoIterator<Item = StaffRole>) -> Option<Self> {
        let bits = roles.into_iter().fold(0, |bits, role| bits | role.bit());
        (bits != 0).then_some(Self(bits))
    }

    /// Every role there is.
    #[must_use]
    pub fn all() -> Self {
        Self::of(StaffRole::ALL).expect("there are roles")
    }

    /// Whether this role is among them.
    #[must_use]
    pub const fn has(self, role: StaffRole) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether one of these is among them.
    #[must_use]
    pub fn has_any(self, roles: &[StaffRole]) -> bool {
        roles.iter().any(|&role| self.has(role))
    }

    /// Whether all of the others are among these.
    #[must_use]
    pub const fn covers(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Them, in the order of [`StaffRole::ALL`].
    pub fn iter(self) -> impl Iterator<Item = StaffRole> {
        StaffRole::ALL.into_iter().filter(move |&role| self.has(role))
    }
}

/// The words in their order, with commas between: `support,finance`.
impl fmt::Display for StaffRoles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(StaffRole::word).collect();
        f.write_str(&words.join(","))
    }
}

impl fmt::Debug for StaffRoles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaffRoles({self})")
    }
}

impl FromStr for StaffRoles {
    type Err = UnknownStaffRole;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        let roles: Vec<StaffRole> = words.split(',').map(str::parse).collect::<Result<_, _>>()?;
        Self::of(roles).ok_or(UnknownStaffRole)
    }
}
