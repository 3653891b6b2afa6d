use kernel::{BusinessDate, Points};

use crate::PostingKind;

/// Where points are, as the program's books see it: all households' lots are one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BookAccount {
    /// The lots of all households: the points outstanding.
    Lots,
    /// What all households owe: runs negative while there is debt.
    Owed,
    /// Where earned points come from.
    Issued,
    /// What was spent.
    Redeemed,
    /// What nobody spent in time.
    Lapsed,
    /// Given and taken by decision.
    Adjusted,
    /// Debts that were waived.
    Forgiven,
    /// On the way from one household to another.
    Moved,
}

impl BookAccount {
    /// All of them, the households' side first.
    pub const ALL: [Self; 8] = [
        Self::Lots,
        Self::Owed,
        Self::Issued,
        Self::Redeemed,
        Self::Lapsed,
        Self::Adjusted,
        Self::Forgiven,
        Self::Moved,
    ];

    /// As exports name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Lots => "lots",
            Self::Owed => "owed",
            Self::Issued => "issued",
            Self::Redeemed => "redeemed",
            Self::Lapsed => "lapsed",
            Self::Adjusted => "adjusted",
            Self::Forgiven => "forgiven",
            Self::Moved => "moved",
        }
    }

    /// Reads the code that a transfer's account is stored by; lots are told apart there by their ids alone.
    #[must_use]
    pub fn from_stored(code: &str) -> Option<Self> {
        if code == "lot" {
            return Some(Self::Lots);
        }
        Self::ALL.into_iter().find(|account| account.code() == code && *account != Self::Lots)
    }
}

/// Points that postings of one kind, one business date and about one instant moved between two accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// The quarter of an hour in which they were posted, counted from 1970: every zone's days begin with one.
    pub posted_quarter: i64,
    /// The day they belong to.
    pub business_date: BusinessDate,
    /// What kind of cause.
    pub kind: PostingKind,
    /// Lost the points.
    pub from: BookAccount,
    /// Got the points.
    pub to: BookAccount,
    /// How many; never zero.
    pub points: Points,
}

#[cfg(test)]
mod tests {
    use super::BookAccount;

    #[test]
    fn every_stored_account_is_one_of_the_books() {
        let stored = ["lot", "owed", "issued", "redeemed", "lapsed", "adjusted", "forgiven", "moved"];
        assert_eq!(stored.map(BookAccount::from_stored), BookAccount::ALL.map(Some));
        assert_eq!(BookAccount::from_stored("lots"), None);
    }
}
