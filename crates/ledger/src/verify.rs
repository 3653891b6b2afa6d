use std::{collections::BTreeMap, fmt};

use kernel::{Fault, Id, kinds};

use crate::{Account, LotKey, Posting, PostingKind, Transfer};

/// What `hearth verify` found.
///
/// Recomputed are wallets, lots, postings and transfers. Not covered: grants and perk stocks, whether a business date or an
/// instant is the true one, and the cash of orders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Wallets recomputed.
    pub wallets: u64,
    /// Postings read.
    pub postings: u64,
    /// Transfers read.
    pub transfers: u64,
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

    /// Adds what another part of the books showed.
    pub fn merge(&mut self, other: Self) {
        let only_counted = other.differences_count - count(other.differences.len());
        self.wallets += other.wallets;
        self.postings += other.postings;
        self.transfers += other.transfers;
        self.differences_count += only_counted;
        self.add_differences(other.differences);
    }

    pub(crate) fn add(&mut self, stored: &StoredWallet, postings: &[StoredPosting]) {
        self.wallets += 1;
        self.postings += count(postings.len());
        self.transfers += count(postings.iter().map(|posting| posting.transfers().len()).sum());
        self.add_differences(recompute(stored, postings));
    }

    /// Whether every figure is borne out by its transfers.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differences_count == 0
    }

    /// One line for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self { wallets, postings, transfers, differences_count, differences } = self;
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
    /// The row: the wallet, a lot, a posting, a grant, a perk.
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

/// The stored side of one wallet, as its rows say it.
#[derive(Debug, Clone)]
pub(crate) struct StoredWallet {
    pub(crate) household: Id<kinds::Household>,
    pub(crate) balance: i64,
    pub(crate) owed: i64,
    pub(crate) last_no: i64,
    pub(crate) lots: Vec<StoredLot>,
    /// Postings that transfers name and that are not there.
    pub(crate) missing_postings: Vec<Id<kinds::Posting>>,
}

/// The stored side of one lot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredLot {
    pub(crate) id: Id<kinds::Lot>,
    pub(crate) key: LotKey,
    pub(crate) remaining: i64,
    pub(crate) held: i64,
}

/// One posting as its row says it, whether or not all of the row makes sense.
#[derive(Debug)]
pub(crate) struct StoredPosting {
    pub(crate) id: Id<kinds::Posting>,
    pub(crate) no: i64,
    pub(crate) points: i64,
    pub(crate) balance_after: i64,
    pub(crate) owed_after: i64,
    /// All of it, or what of it cannot be read.
    pub(crate) whole: Result<Posting, Fault>,
    /// When it cannot be read whole: the transfers that can.
    pub(crate) readable: Vec<Transfer>,
}

impl StoredPosting {
    fn transfers(&self) -> &[Transfer] {
        match &self.whole {
            Ok(posting) => &posting.transfers,
            Err(_) => &self.readable,
        }
    }
}

/// Differences of one household, as they are found.
struct Findings {
    household: Id<kinds::Household>,
    found: Vec<Difference>,
}

impl Findings {
    fn figure(&mut self, row: impl ToString, what: &'static str, stored: i64, recomputed: i128) {
        let stored = i128::from(stored);
        if stored != recomputed {
            self.push(row, Finding::Figure { what, stored, recomputed });
        }
    }

    fn impossible(&mut self, row: impl ToString, why: impl Into<String>) {
        self.push(row, Finding::Impossible(why.into()));
    }

    fn push(&mut self, row: impl ToString, finding: Finding) {
        self.found.push(Difference { household: Some(self.household), row: row.to_string(), finding });
    }
}

/// What transfers alone say, up to some posting. Wide: sums of falsified figures must not overflow.
#[derive(Default)]
struct Sums {
    lots: BTreeMap<Id<kinds::Lot>, i128>,
    balance: i128,
    owed: i128,
}

impl Sums {
    fn add(&mut self, account: Account, points: i128) {
        match account {
            Account::Lot(lot) => {
                *self.lots.entry(lot).or_default() += points;
                self.balance += points;
            }
            Account::Owed => self.owed -= points,
            Account::Issued | Account::Redeemed | Account::Lapsed => {}
        }
    }
}

/// Recomputes one wallet from its postings in the order they were made, and names every row that differs.
fn recompute(stored: &StoredWallet, postings: &[StoredPosting]) -> Vec<Difference> {
    let mut findings = Findings { household: stored.household, found: Vec::new() };
    let mut sums = Sums::default();
    for (expected_no, posting) in (1..).zip(postings) {
        let mut by_cause = 0;
        for transfer in posting.transfers() {
            let points = i128::from(transfer.points.get());
            by_cause += points;
            sums.add(transfer.from, -points);
            sums.add(transfer.to, points);
        }
        findings.figure(posting.id, "its number", posting.no, expected_no);
        findings.figure(posting.id, "the sum of its transfers", posting.points, by_cause);
        findings.figure(posting.id, "the balance after it", posting.balance_after, sums.balance);
        findings.figure(posting.id, "the debt after it", posting.owed_after, sums.owed);
        check_sense(posting, &mut findings);
    }
    for posting in &stored.missing_postings {
        findings.impossible(posting, "transfers name this posting and it is not there");
    }
    check_lots(&stored.lots, sums.lots, &mut findings);
    findings.figure("wallet", "the balance", stored.balance, sums.balance);
    findings.figure("wallet", "the debt", stored.owed, sums.owed);
    let made = postings.last().map_or(0, |posting| i128::from(posting.no));
    findings.figure("wallet", "the number of the newest posting", stored.last_no, made);
    findings.found
}

/// Whether a posting can be read, and its kind could have made its transfers and lines.
fn check_sense(stored: &StoredPosting, findings: &mut Findings) {
    let posting = match &stored.whole {
        Ok(posting) => posting,
        Err(fault) => return findings.impossible(stored.id, fault.chain()),
    };
    let kind = posting.kind;
    for transfer in posting.transfers.iter().filter(|transfer| !may_move(kind, transfer.from, transfer.to)) {
        let (from, to) = (name_of(transfer.from), name_of(transfer.to));
        findings.impossible(stored.id, format!("{} never moves points from {from} to {to}", kind.code()));
    }
    let lines = match (&posting.earn, kind) {
        (Some(earn), PostingKind::Earn) => &earn.lines,
        (None, PostingKind::Clawback) => &posting.clawed_lines,
        (None, PostingKind::Earn) => return findings.impossible(stored.id, "earn without a rule and a basis"),
        (Some(_), _) => return findings.impossible(stored.id, format!("{} with a rule and a basis", kind.code())),
        (None, PostingKind::Schedule | PostingKind::Redeem | PostingKind::Lapse) => return,
    };
    let by_line = lines.iter().map(|line| i128::from(line.points.get())).sum();
    findings.figure(stored.id, "the sum of its lines", stored.points, by_line);
}

/// Whether lots are what their ids say, and hold what the transfers left in them.
fn check_lots(stored: &[StoredLot], mut sums: BTreeMap<Id<kinds::Lot>, i128>, findings: &mut Findings) {
    for lot in stored {
        let by_key = lot.key.lot_id();
        if by_key != lot.id {
            findings.impossible(lot.id, format!("its contributor and days are those of lot {by_key}"));
        }
        // Nothing holds points yet.
        findings.figure(lot.id, "what is held", lot.held, 0);
        findings.figure(lot.id, "what remains", lot.remaining, sums.remove(&lot.id).unwrap_or(0));
    }
    for (lot, recomputed) in sums {
        findings.figure(lot, "what remains", 0, recomputed);
    }
}

/// Which moves each kind of cause makes: all others are lies, even when they add up.
fn may_move(kind: PostingKind, from: Account, to: Account) -> bool {
    match kind {
        PostingKind::Earn => matches!((from, to), (Account::Issued, Account::Lot(_) | Account::Owed)),
        PostingKind::Schedule => matches!((from, to), (Account::Lot(_), Account::Lot(_))),
        PostingKind::Redeem => matches!((from, to), (Account::Lot(_), Account::Redeemed)),
        PostingKind::Clawback => matches!((from, to), (Account::Lot(_) | Account::Owed, Account::Issued)),
        PostingKind::Lapse => matches!((from, to), (Account::Lot(_), Account::Lapsed)),
    }
}

fn name_of(account: Account) -> &'static str {
    match account {
        Account::Lot(_) => "a lot",
        Account::Owed => "owed",
        Account::Issued => "issued",
        Account::Redeemed => "redeemed",
        Account::Lapsed => "lapsed",
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
        let mut whole = VerifyReport::default();
        whole.add_differences(differences(1));
        whole.merge(report);

        assert_eq!((whole.differences.len(), whole.differences_count), (1_000, 1_003));
        assert_eq!(
            whole.summary(),
            "0 wallets, 0 postings, 0 transfers recomputed: 1003 differences, 3 of them only counted"
        );
    }
}
