use std::fmt;

use kernel::{Id, kinds};

use crate::SealMark;

mod book;
mod chain;
mod findings;
mod holds;
mod lots;
mod moves;
mod seals;
mod sense;
mod stored;
mod verification;

pub use seals::{SealTold, StoredSeal};
pub use stored::{BooksPage, VerifiedRedemption};
pub(crate) use stored::{StoredBook, StoredHead, StoredHeldLot, StoredHold, StoredLot, StoredPosting, StoredWallet};
pub use verification::Verification;

/// What `hearth verify` found.
///
/// Recomputed are wallets, lots, postings, transfers, holds, the chain of hashes and the seals, from transfers alone; held against them
/// are households, grants, perk stocks, the points of orders and idempotency keys. Not covered: whether a business date or an instant is the true one,
/// and the orders behind earns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Wallets recomputed.
    pub wallets: u64,
    /// Postings read.
    pub postings: u64,
    /// Transfers read.
    pub transfers: u64,
    /// The newest seal: to be kept where nobody who can change the books can change it.
    pub newest_seal: Option<SealMark>,
    /// How much differs: zero when the books are right.
    pub differences_count: u64,
    /// What differs, the first [`VerifyReport::MAX_DIFFERENCES`] of it.
    pub differences: Vec<Difference>,
}

impl VerifyReport {
    /// After this many differences the rest is only counted: more would hide the first ones.
    pub const MAX_DIFFERENCES: usize = 1_000;

    /// Adds what was found wrong: kept while there is room, counted always.
    pub fn add_differences(&mut self, found: impl IntoIterator<Item = Difference>) {
        for difference in found {
            self.differences_count += 1;
            if self.differences.len() < Self::MAX_DIFFERENCES {
                self.differences.push(difference);
            }
        }
    }

    /// Whether every figure is borne out by its transfers.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differences_count == 0
    }

    /// One line for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self { wallets, postings, transfers, differences_count, differences, .. } = self;
        let left_out = differences_count - count(differences.len());
        let only_counted = if left_out == 0 { String::new() } else { format!(", {left_out} of them only counted") };
        format!(
            "{wallets} wallets, {postings} postings, {transfers} transfers recomputed: \
             {differences_count} differences{only_counted}"
        )
    }
}

/// One stored row that the rest of the books does not bear out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Whose; none for what belongs to no household, such as a perk's stock.
    pub household: Option<Id<kinds::Household>>,
    /// The row: what it is and its id, such as `posting po_…`; `wallet` alone, because a household has one.
    pub row: String,
    /// What is wrong with it.
    pub finding: Finding,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A figure that does not add up. Wide, because a falsified figure may be anything.
    Figure {
        /// Which, in words.
        what: &'static str,
        /// What the row says.
        stored: i128,
        /// What the rows it sums up say.
        recomputed: i128,
    },
    /// The row cannot be, in words that follow its name.
    Impossible(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(household) = self.household {
            write!(f, "{household} ")?;
        }
        match &self.finding {
            Finding::Figure { what, stored, recomputed } => {
                write!(f, "{}: {what} is stored as {stored}, recomputed it is {recomputed}", self.row)
            }
            Finding::Impossible(why) => write!(f, "{}: {why}", self.row),
        }
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).expect("a count of rows in memory")
}

#[cfg(test)]
mod tests {
    use super::{Difference, Finding, VerifyReport};

    fn differences(count: usize) -> Vec<Difference> {
        vec![
            Difference { household: None, row: "row".to_owned(), finding: Finding::Impossible("no".to_owned()) };
            count
        ]
    }

    #[test]
    fn counts_differences_it_has_no_room_to_keep() {
        let mut report = VerifyReport::default();
        report.add_differences(differences(VerifyReport::MAX_DIFFERENCES + 2));
        report.add_differences(differences(1));

        assert_eq!((report.differences.len(), report.differences_count), (1_000, 1_003));
        assert_eq!(
            report.summary(),
            "0 wallets, 0 postings, 0 transfers recomputed: 1003 differences, 3 of them only counted"
        );
    }
}
