use std::{collections::BTreeMap, fmt};

use kernel::{Id, kinds};

use crate::{Account, Posting};

/// What `hearth verify` found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Wallets recomputed.
    pub wallets: u64,
    /// Postings read.
    pub postings: u64,
    /// Transfers read.
    pub transfers: u64,
    /// What differs; empty when the books are right. At most [`VerifyReport::MAX_DIFFERENCES`].
    pub differences: Vec<Difference>,
}

impl VerifyReport {
    /// After this many differences the rest is only counted by running again: more would hide the first ones.
    pub const MAX_DIFFERENCES: usize = 1_000;
}

/// One stored figure that its transfers do not bear out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Whose wallet.
    pub household: Id<kinds::Household>,
    /// The row: the wallet, a lot, a posting.
    pub row: String,
    /// What is recomputed, in words.
    pub what: &'static str,
    /// What the row says.
    pub stored: i64,
    /// What its transfers say.
    pub recomputed: i64,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { household, row, what, stored, recomputed } = self;
        write!(f, "{household} {row}: {what} is stored as {stored}, its transfers say {recomputed}")
    }
}

/// The stored side of one wallet, as its rows say it.
#[derive(Debug, Clone)]
pub(crate) struct StoredWallet {
    pub(crate) household: Id<kinds::Household>,
    pub(crate) balance: i64,
    pub(crate) owed: i64,
    pub(crate) last_no: i64,
    pub(crate) lots: BTreeMap<Id<kinds::Lot>, i64>,
}

/// Recomputes one wallet from its postings in the order they were made, and names every row that differs.
pub(crate) fn recompute(stored: &StoredWallet, postings: &[Posting]) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differ = |row: String, what, stored_value, recomputed| {
        if stored_value != recomputed {
            differences.push(Difference { household: stored.household, row, what, stored: stored_value, recomputed });
        }
    };
    let mut lots: BTreeMap<Id<kinds::Lot>, i64> = stored.lots.keys().map(|&lot| (lot, 0)).collect();
    let mut owed = 0;
    for (expected_no, posting) in (1..).zip(postings) {
        let row = posting.cause.id.to_string();
        let mut by_cause = 0;
        for transfer in &posting.transfers {
            let points = transfer.points.get();
            by_cause += points;
            match transfer.from {
                Account::Lot(lot) => *lots.entry(lot).or_default() -= points,
                Account::Owed => owed += points,
                Account::Issued | Account::Redeemed | Account::Lapsed => {}
            }
            match transfer.to {
                Account::Lot(lot) => *lots.entry(lot).or_default() += points,
                Account::Owed => owed -= points,
                Account::Issued | Account::Redeemed | Account::Lapsed => {}
            }
        }
        differ(row.clone(), "its number", posting.no, expected_no);
        differ(row.clone(), "the sum of its transfers", posting.points.get(), by_cause);
        differ(row.clone(), "the balance after it", posting.balance_after.get(), lots.values().sum());
        differ(row.clone(), "the debt after it", posting.owed_after.get(), owed);
        if let Some(earn) = &posting.earn {
            let by_line = earn.lines.iter().map(|line| line.points.get()).sum();
            differ(row, "the sum of its lines", posting.points.get(), by_line);
        }
    }
    for (lot, recomputed) in &lots {
        differ(lot.to_string(), "what remains", stored.lots.get(lot).copied().unwrap_or(0), *recomputed);
    }
    differ("wallet".to_owned(), "the balance", stored.balance, lots.values().sum());
    differ("wallet".to_owned(), "the debt", stored.owed, owed);
    let made = postings.last().map_or(0, |posting| posting.no);
    differ("wallet".to_owned(), "the number of the newest posting", stored.last_no, made);
    differences
}

impl VerifyReport {
    pub(crate) fn add(&mut self, stored: &StoredWallet, postings: &[Posting]) {
        let count = |length: usize| u64::try_from(length).expect("a count of rows in memory");
        self.wallets += 1;
        self.postings += count(postings.len());
        self.transfers += count(postings.iter().map(|posting| posting.transfers.len()).sum());
        let room = Self::MAX_DIFFERENCES.saturating_sub(self.differences.len());
        self.differences.extend(recompute(stored, postings).into_iter().take(room));
    }

    /// Whether every figure is borne out by its transfers.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    /// One line for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self { wallets, postings, transfers, differences } = self;
        format!(
            "{wallets} wallets, {postings} postings, {transfers} transfers recomputed: {} differences",
            differences.len()
        )
    }
}
