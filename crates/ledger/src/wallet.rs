use std::collections::BTreeMap;

use kernel::{BusinessDate, Id, Points, kinds};

use crate::{Account, Cause, ChainHash, Lot, LotKey, Posting, PostingKind, Transfer, UNSCHEDULED};

mod amend;
mod earn;
mod hold;
mod lapse;
mod moves;
mod spend;

pub use amend::{AdjustRefusal, ForgiveRefusal};
pub use earn::RefundPolicy;
pub use moves::{MoveRefusal, Moved};
pub use spend::{RestoreRefusal, SpendRefusal};

/// A household's book of points, loaded under lock. Decisions change the book and answer with the posting to write.
///
/// The book holds the lots that were loaded; an earn may add to a lot that was not. So earning needs no lots at all, while
/// spending, clawing back, scheduling and lapsing need every lot with points in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    household: Id<kinds::Household>,
    balance: Points,
    owed: Points,
    last_no: i64,
    head: Option<ChainHash>,
    lots: BTreeMap<LotKey, BookedLot>,
    /// Whether every lot with points in it is among them.
    has_all_lots: bool,
    /// The last day of the lot that lapses first, as the row says it.
    stored_next_lapse: Option<BusinessDate>,
    is_changed: bool,
}

/// A lot in the book, and how it differs from its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BookedLot {
    pub(crate) lot: Lot,
    pub(crate) origin: Origin,
}

/// Where a lot in the book came from, which decides how it is written back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Read from its row: written back whole, when changed.
    Row {
        /// Whether a decision touched it.
        is_changed: bool,
    },
    /// Not read: what is in the book is added to the row, if there is one.
    Deposit,
}

/// What a household has, on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// Can be spent now.
    pub available: Points,
    /// Waits for the end of a return window.
    pub pending: Points,
    /// Set aside for something that is not finished.
    pub held: Points,
    /// Owed to the program: refunds of points already spent.
    pub owed: Points,
}

/// The wallet would hold more points than can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the wallet would hold more than {} points", Points::MAX)]
pub struct WalletFull;

impl Wallet {
    /// An empty book: for a household that has just been founded.
    #[must_use]
    pub fn new(household: Id<kinds::Household>) -> Self {
        Self {
            household,
            balance: Points::ZERO,
            owed: Points::ZERO,
            last_no: 0,
            head: None,
            lots: BTreeMap::new(),
            has_all_lots: false,
            stored_next_lapse: None,
            is_changed: false,
        }
    }

    pub(crate) fn from_row(
        household: Id<kinds::Household>,
        balance: Points,
        owed: Points,
        last_no: i64,
        head: Option<ChainHash>,
        stored_next_lapse: Option<BusinessDate>,
    ) -> Self {
        Self { balance, owed, last_no, head, stored_next_lapse, ..Self::new(household) }
    }

    /// Says that every lot with points in it has been added.
    pub(crate) fn complete(&mut self) {
        self.has_all_lots = true;
    }

    pub(crate) fn add_row(&mut self, lot: Lot) {
        self.lots.insert(lot.key, BookedLot { lot, origin: Origin::Row { is_changed: false } });
    }

    /// Whose book it is.
    #[must_use]
    pub fn household(&self) -> Id<kinds::Household> {
        self.household
    }

    /// What the household owes.
    #[must_use]
    pub fn owed(&self) -> Points {
        self.owed
    }

    /// All lots together, pending and held points included.
    #[must_use]
    pub fn total(&self) -> Points {
        self.balance
    }

    /// The number of the newest posting; 0 before the first.
    #[must_use]
    pub fn last_no(&self) -> i64 {
        self.last_no
    }

    /// The hash of the newest posting; none before the first, or before there was a chain.
    #[must_use]
    pub fn head(&self) -> Option<ChainHash> {
        self.head
    }

    /// Whether the lots that were read add up to the balance, and none holds more for others than it has.
    pub(crate) fn agrees_with_its_lots(&self) -> bool {
        let lots = self.lots.values().map(|booked| booked.lot);
        let sum = Points::sum(lots.clone().map(|lot| lot.remaining));
        sum.is_ok_and(|sum| sum == self.balance) && lots.into_iter().all(|lot| lot.held <= lot.remaining)
    }

    /// The last day of the lot that lapses first; none, where there are no points. A lot that was not loaded lapses no earlier than the
    /// row says, and only who has loaded them all takes points away.
    pub(crate) fn next_lapse_on(&self) -> Option<BusinessDate> {
        let with_points = self.booked_lots().filter(|booked| !booked.lot.remaining.is_zero());
        let of_book = with_points.map(|booked| booked.lot.key.expires_on).min();
        let not_loaded = self.stored_next_lapse.filter(|_| !self.has_all_lots);
        of_book.into_iter().chain(not_loaded).min()
    }

    /// Whether the row's day of the first lapse is no longer true.
    pub(crate) fn lapses_anew(&self) -> bool {
        self.next_lapse_on() != self.stored_next_lapse
    }

    /// Says that the row has the day of the first lapse as the book has it now, where the book is written and goes on being used.
    pub fn note_lapse_written(&mut self) {
        self.stored_next_lapse = self.next_lapse_on();
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.is_changed
    }

    pub(crate) fn booked_lots(&self) -> impl Iterator<Item = &BookedLot> {
        self.lots.values()
    }

    /// What the household has on a day, from the dates of its lots: right whether or not any job has run.
    #[must_use]
    pub fn balance(&self, today: BusinessDate) -> Balance {
        Balance::of(self.lots.values().map(|booked| &booked.lot), self.owed, today)
    }

    /// The day on which enough pending points have become available to close a gap, if they ever do.
    fn matures_on(&self, short_by: Points, today: BusinessDate) -> Option<BusinessDate> {
        let mut pending: Vec<&Lot> =
            self.lots.values().map(|booked| &booked.lot).filter(|lot| lot.key.is_pending(today)).collect();
        pending.sort_by_key(|lot| lot.key.available_from);
        let mut matured = Points::ZERO;
        for lot in pending.into_iter().filter(|lot| lot.key.available_from != UNSCHEDULED) {
            matured = matured.plus(lot.free()).ok()?;
            if matured >= short_by {
                return Some(lot.key.available_from);
            }
        }
        None
    }

    /// Draws exactly `points`, which the caller has seen to be there.
    fn draw(&mut self, points: Points, to: Account, may_draw: impl Fn(LotKey) -> bool) -> Vec<Transfer> {
        let transfers = self.draw_at_most(points, to, may_draw);
        assert_eq!(moved(&transfers), points, "the lots held fewer points than their sum");
        transfers
    }

    /// Draws up to `points` from free points of lots that `may_draw`, in the order of their keys.
    fn draw_at_most(&mut self, points: Points, to: Account, may_draw: impl Fn(LotKey) -> bool) -> Vec<Transfer> {
        let mut transfers = Vec::new();
        let mut left = points;
        for (key, booked) in self.lots.iter_mut().filter(|(key, _)| may_draw(**key)) {
            let taken = booked.lot.free().min(left);
            if taken.is_zero() {
                continue;
            }
            booked.lot.remaining = booked.lot.remaining.minus(taken).expect("no more is taken than is free");
            if let Origin::Row { is_changed } = &mut booked.origin {
                *is_changed = true;
            }
            push_transfer(&mut transfers, Account::Lot(key.lot_id()), to, taken);
            left = left.minus(taken).expect("no more is taken than is left to take");
        }
        let drawn = moved(&transfers);
        self.balance = self.balance.minus(drawn).expect("lots never hold more than the wallet");
        transfers
    }

    /// Puts points into a lot of the book. The balance is the caller's to mind.
    fn deposit(&mut self, key: LotKey, points: Points) {
        if points.is_zero() {
            return;
        }
        let empty = Lot { key, remaining: Points::ZERO, held: Points::ZERO };
        let booked = self.lots.entry(key).or_insert(BookedLot { lot: empty, origin: Origin::Deposit });
        booked.lot.remaining = booked.lot.remaining.plus(points).expect("no more than the wallet may hold");
        if let Origin::Row { is_changed } = &mut booked.origin {
            *is_changed = true;
        }
    }

    /// The next posting of this wallet, not chained yet: whoever adds to it calls [`Wallet::chain`] last.
    fn posting(&mut self, kind: PostingKind, cause: Cause, points: Points, transfers: Vec<Transfer>) -> Posting {
        self.is_changed = true;
        self.last_no += 1;
        Posting {
            household: self.household,
            kind,
            no: self.last_no,
            cause,
            points,
            balance_after: self.balance,
            owed_after: self.owed,
            corrects: None,
            counterpart: None,
            reason: None,
            earn: None,
            clawed_lines: Vec::new(),
            transfers,
            hash: None,
        }
    }

    /// Chains a finished posting to the one before it.
    fn chain(&mut self, posting: Posting) -> Posting {
        let hash = Some(ChainHash::of(&posting, self.head));
        self.head = hash;
        Posting { hash, ..posting }
    }

    /// Adds to the balance, unless it would be more than can be shown.
    fn plus_balance(&self, points: Points) -> Result<Points, WalletFull> {
        shown(self.balance.plus(points).map_err(|_| WalletFull)?)
    }

    /// Pays debt first: how much of `points` goes there, and how much is kept.
    fn repaid_and_kept(&self, points: Points) -> (Points, Points) {
        let repaid = points.min(self.owed);
        (repaid, points.minus(repaid).expect("the smaller of two is not above either"))
    }
}

impl Balance {
    /// Sums lots by their dates on a day.
    #[must_use]
    pub fn of<'a>(lots: impl IntoIterator<Item = &'a Lot>, owed: Points, today: BusinessDate) -> Self {
        let mut balance = Self { owed, ..Self::default() };
        let add = |sum: &mut Points, points| *sum = sum.plus(points).expect("no more than the wallet may hold");
        for lot in lots {
            add(&mut balance.held, lot.held);
            if lot.key.is_available(today) {
                add(&mut balance.available, lot.free());
            } else if lot.key.is_pending(today) {
                add(&mut balance.pending, lot.free());
            }
        }
        balance
    }
}

fn push_transfer(transfers: &mut Vec<Transfer>, from: Account, to: Account, points: Points) {
    if !points.is_zero() {
        transfers.push(Transfer { from, to, points });
    }
}

/// The points, unless they are more than can be shown.
fn shown(points: Points) -> Result<Points, WalletFull> {
    if points <= Points::MAX { Ok(points) } else { Err(WalletFull) }
}

fn moved(transfers: &[Transfer]) -> Points {
    Points::sum(transfers.iter().map(|transfer| transfer.points)).expect("no more than the wallet may hold")
}

#[cfg(test)]
mod tests;
