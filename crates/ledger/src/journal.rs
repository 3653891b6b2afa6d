use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use kernel::{BusinessDate, Currency, Money};

use crate::{BookAccount, Flow, PostingKind};

/// What points are worth in the operator's general ledger: so much money for a hundred of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointValue(Money);

/// A text is no value of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be what 100 points are worth in yuan, from 0.01 to 10000")]
pub struct InvalidPointValue;

impl PointValue {
    /// ¥1 for a hundred points.
    pub const YUAN_PER_HUNDRED: Self = Self(Money::from_minor(100, Currency::Cny).expect("a yuan is an amount"));

    /// The value of points, exact, in hundredths of a fen.
    fn exact(self, points: i64) -> i128 {
        i128::from(points) * i128::from(self.0.minor())
    }

    /// The value of points in whole fen, rounded down.
    #[must_use]
    pub fn of(self, points: i64) -> i64 {
        whole(self.exact(points).div_euclid(HUNDRED))
    }
}

const HUNDRED: i128 = 100;

fn whole(fen: i128) -> i64 {
    i64::try_from(fen).expect("all points there can be, at the highest value, are far below the largest number of fen")
}

impl FromStr for PointValue {
    type Err = InvalidPointValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let money = Money::parse(text, Currency::Cny).map_err(|_| InvalidPointValue)?;
        if (1..=1_000_000).contains(&money.minor()) { Ok(Self(money)) } else { Err(InvalidPointValue) }
    }
}

impl fmt::Display for PointValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for 100 points", self.0)
    }
}

/// One entry of the general ledger: what postings of one kind and one business date, posted on one day, are worth. Its debits and
/// credits are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The day it was posted on: an entry belongs to the period of this day, and no later posting changes it.
    pub posting_date: BusinessDate,
    /// The day it is about: earlier than the posting date for what became known late.
    pub business_date: BusinessDate,
    /// What kind of cause.
    pub kind: PostingKind,
    /// Whether households have more by it. Adjustments that give and those that take are entries of their own.
    pub is_gain: bool,
    /// Its lines, the households' side first.
    pub lines: Vec<JournalLine>,
}

/// One line of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalLine {
    /// The account.
    pub account: BookAccount,
    /// Points: above zero a credit, below a debit.
    pub points: i64,
    /// The same in fen.
    pub fen: i64,
}

impl JournalEntry {
    /// As exports name it: the kind, and for adjustments which way.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match (self.kind, self.is_gain) {
            (PostingKind::Adjust, true) => "adjust_credit",
            (PostingKind::Adjust, false) => "adjust_debit",
            (kind, _) => kind.code(),
        }
    }
}

/// Why entries cannot be made: the books are wrong, which `hearth verify` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the points that left households and those that came to others differ on {0}")]
pub struct MovesDiffer(pub BusinessDate);

/// An entry before it has its amounts: what each account of the households' side gained, and where from.
type Key = (BusinessDate, BusinessDate, PostingKind, bool);

/// Sums flows into entries. What it holds grows with the days, not with the postings.
#[derive(Debug)]
pub struct Journal {
    from: BusinessDate,
    until: BusinessDate,
    opening: Outstanding,
    entries: BTreeMap<Key, BTreeMap<BookAccount, i64>>,
    moved: BTreeMap<BusinessDate, i64>,
}

/// What the operator owes its members, and they owe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Outstanding {
    lots: i64,
    debt: i64,
}

impl Journal {
    /// Nothing summed yet, for posting dates from one to another, both included.
    #[must_use]
    pub fn new(from: BusinessDate, until: BusinessDate) -> Self {
        let opening = Outstanding::default();
        Self { from, until, opening, entries: BTreeMap::new(), moved: BTreeMap::new() }
    }

    /// Adds what moved, posted on `posting_date`; later than the last day it is left out.
    pub fn add(&mut self, posting_date: BusinessDate, flow: &Flow) {
        let points = flow.points.get();
        if posting_date > self.until {
            return;
        }
        if posting_date < self.from {
            for (account, points) in [(flow.from, -points), (flow.to, points)] {
                match account {
                    BookAccount::Lots => self.opening.lots += points,
                    BookAccount::Owed => self.opening.debt -= points,
                    BookAccount::Issued
                    | BookAccount::Redeemed
                    | BookAccount::Lapsed
                    | BookAccount::Adjusted
                    | BookAccount::Forgiven
                    | BookAccount::Moved => {}
                }
            }
            return;
        }
        // What goes from household to household is no affair of the general ledger: over all of them nothing changed.
        if let PostingKind::MoveOut | PostingKind::MoveIn = flow.kind {
            let way = i64::from(flow.to == BookAccount::Moved) - i64::from(flow.from == BookAccount::Moved);
            *self.moved.entry(posting_date).or_default() += way * points;
            return;
        }
        if flow.from == flow.to {
            return;
        }
        let is_gain = matches!(flow.to, BookAccount::Lots | BookAccount::Owed);
        let entry = self.entries.entry((posting_date, flow.business_date, flow.kind, is_gain)).or_default();
        *entry.entry(flow.from).or_default() -= points;
        *entry.entry(flow.to).or_default() += points;
    }

    /// The entries in the order of their posting dates, each with its amounts.
    ///
    /// After each day the liability in money is the points outstanding at their value, rounded down to the fen, and so is the debt.
    /// A day's change is split over its entries by largest remainder: each amount is less than a fen from its points' exact value.
    ///
    /// # Errors
    /// [`MovesDiffer`]: then no entry is right.
    pub fn finish(self, value: PointValue) -> Result<Vec<JournalEntry>, MovesDiffer> {
        if let Some((day, _)) = self.moved.iter().find(|(_, sum)| **sum != 0) {
            return Err(MovesDiffer(*day));
        }
        let mut outstanding = self.opening;
        let mut journal = Vec::with_capacity(self.entries.len());
        let days: BTreeSet<BusinessDate> = self.entries.keys().map(|key| key.0).collect();
        let mut left = self.entries.into_iter().peekable();
        for day in days {
            let mut entries = Vec::new();
            while let Some(entry) = left.next_if(|(key, _)| key.0 == day) {
                entries.push(entry);
            }
            let of = |account| entries.iter().map(|(_, sums)| sums.get(&account).copied().unwrap_or(0)).collect();
            let lots: Vec<i64> = of(BookAccount::Lots);
            let debts: Vec<i64> = of(BookAccount::Owed).into_iter().map(|points: i64| -points).collect();
            let lots_fen = value.split(outstanding.lots, &lots);
            let debts_fen = value.split(outstanding.debt, &debts);
            outstanding.lots += lots.iter().sum::<i64>();
            outstanding.debt += debts.iter().sum::<i64>();
            let amounts = lots_fen.into_iter().zip(debts_fen);
            journal.extend(
                entries.into_iter().zip(amounts).map(|((key, sums), (lots, debt))| entry(key, &sums, lots, -debt)),
            );
        }
        Ok(journal)
    }
}

impl PointValue {
    /// The change of a balance's value in whole fen, split over the changes it is made of. Floors first, then a fen more to the
    /// largest fractions, earlier ones first. Since both ends are floors, what is left is from 0 to as many fen as there are parts.
    fn split(self, balance: i64, changes: &[i64]) -> Vec<i64> {
        let total = self.of(balance + changes.iter().sum::<i64>()) - self.of(balance);
        let mut parts: Vec<i64> = changes.iter().map(|&points| self.of(points)).collect();
        let left =
            usize::try_from(total - parts.iter().sum::<i64>()).expect("the floors sum to no more than the whole");
        let mut by_fraction: Vec<usize> = (0..changes.len()).collect();
        by_fraction.sort_by_key(|&at| (-self.exact(changes[at]).rem_euclid(HUNDRED), at));
        by_fraction.into_iter().take(left).for_each(|at| parts[at] += 1);
        parts
    }
}

/// The households' side has the amounts; the program's account takes the opposite, so that the entry closes to zero.
fn entry(key: Key, sums: &BTreeMap<BookAccount, i64>, lots_fen: i64, owed_fen: i64) -> JournalEntry {
    let (posting_date, business_date, kind, is_gain) = key;
    let lines = sums.iter().map(|(&account, &points)| {
        let fen = match account {
            BookAccount::Lots => lots_fen,
            BookAccount::Owed => owed_fen,
            BookAccount::Issued
            | BookAccount::Redeemed
            | BookAccount::Lapsed
            | BookAccount::Adjusted
            | BookAccount::Forgiven
            | BookAccount::Moved => -(lots_fen + owed_fen),
        };
        JournalLine { account, points, fen }
    });
    JournalEntry { posting_date, business_date, kind, is_gain, lines: lines.collect() }
}

impl Default for PointValue {
    fn default() -> Self {
        Self::YUAN_PER_HUNDRED
    }
}

#[cfg(test)]
mod tests;
