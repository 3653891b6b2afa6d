use std::collections::BTreeMap;

use kernel::{BusinessDate, Id, Points, kinds};

use crate::{
    Account, Cause, EarnRecord, EarnSnapshot, LinePoints, Lot, LotKey, Posting, PostingKind, Transfer, UNSCHEDULED,
};

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
    lots: BTreeMap<LotKey, BookedLot>,
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

/// Why points cannot be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpendRefusal {
    /// A refund left a debt; the next earn pays it first.
    #[error("the household owes {owed} points")]
    OwesPoints {
        /// How many.
        owed: Points,
    },
    /// Not enough points are available today.
    #[error("{short_by} points are missing")]
    InsufficientPoints {
        /// How many more are needed.
        short_by: Points,
        /// The first pending points that will close the gap: until then all that matures, and the day. None: not in sight.
        matures_on: Option<BusinessDate>,
    },
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
            lots: BTreeMap::new(),
            is_changed: false,
        }
    }

    pub(crate) fn from_row(household: Id<kinds::Household>, balance: Points, owed: Points, last_no: i64) -> Self {
        Self { balance, owed, last_no, ..Self::new(household) }
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

    /// Points earned: debt is paid first, the rest goes into the lot of `key`.
    ///
    /// Points that have lapsed by `today` pay no debt: an old order imported late is history, not income.
    ///
    /// # Errors
    /// [`WalletFull`]; the book is then unchanged.
    pub fn earn(
        &mut self,
        cause: Cause,
        snapshot: EarnSnapshot,
        key: LotKey,
        today: BusinessDate,
    ) -> Result<Posting, WalletFull> {
        let earned = Points::sum(snapshot.lines.iter().map(|line| line.points)).map_err(|_| WalletFull)?;
        let repaid = if key.is_lapsed(today) { Points::ZERO } else { earned.min(self.owed) };
        let kept = earned.minus(repaid).expect("the smaller of two is not above either");
        let balance = self.balance.plus(kept).ok().filter(|&sum| sum <= Points::MAX).ok_or(WalletFull)?;

        let mut transfers = Vec::new();
        push_transfer(&mut transfers, Account::Issued, Account::Owed, repaid);
        push_transfer(&mut transfers, Account::Issued, Account::Lot(key.lot_id()), kept);
        self.owed = self.owed.minus(repaid).expect("no more is repaid than is owed");
        self.balance = balance;
        self.deposit(key, kept);
        Ok(Posting { earn: Some(snapshot), ..self.posting(PostingKind::Earn, cause, earned, transfers) })
    }

    /// Points spent: the earliest expiry first, then the oldest; every transfer names its lot.
    ///
    /// # Errors
    /// [`SpendRefusal`]; the book is then unchanged.
    pub fn spend(&mut self, cause: Cause, points: Points, today: BusinessDate) -> Result<Posting, SpendRefusal> {
        if !self.owed.is_zero() {
            return Err(SpendRefusal::OwesPoints { owed: self.owed });
        }
        let balance = self.balance(today);
        if balance.available < points {
            let short_by = balance.available.short_of(points);
            return Err(SpendRefusal::InsufficientPoints { short_by, matures_on: self.matures_on(short_by, today) });
        }

        let transfers = self.draw(points, Account::Redeemed, |key| key.is_available(today));
        Ok(self.posting(PostingKind::Redeem, cause, points, transfers))
    }

    /// An earn taken back after a refund: from the earn's own lot, then from others by expiry; the rest is owed.
    ///
    /// `lines` says what is taken back for each line; see [`crate::points_to_claw_back`]. Once the earn's own lot has lapsed, only
    /// what still lies in it is taken: points that lapsed are gone already and are not owed as well.
    /// Nothing to take back: no posting.
    pub fn claw_back(
        &mut self,
        cause: Cause,
        earn: &EarnRecord,
        lines: Vec<LinePoints>,
        today: BusinessDate,
    ) -> Option<Posting> {
        let wanted = Points::sum(lines.iter().map(|line| line.points)).expect("no more than was earned");
        let mut transfers = self.draw_at_most(wanted, Account::Issued, |key| Some(key.lot_id()) == earn.lot);
        if earn.expires_on.is_none_or(|last_day| today <= last_day) {
            let left = wanted.minus(moved(&transfers)).expect("no more is drawn than wanted");
            transfers.extend(self.draw_at_most(left, Account::Issued, |key| !key.is_lapsed(today)));
            let unpaid = wanted.minus(moved(&transfers)).expect("no more is drawn than wanted");
            push_transfer(&mut transfers, Account::Owed, Account::Issued, unpaid);
            self.owed = self.owed.plus(unpaid).expect("debt is bounded by what was earned");
        }
        let taken = moved(&transfers);
        if taken.is_zero() {
            return None;
        }
        let posting = self.posting(PostingKind::Clawback, cause, taken, transfers);
        Some(Posting { corrects: Some(earn.posting), clawed_lines: cut_to(lines, taken), ..posting })
    }

    /// Pending points of a picked-up order get their first day: they move to the lot with the same expiry and that day.
    ///
    /// Nothing of them left, they have a day already, or their last day is over: no posting.
    pub fn schedule(
        &mut self,
        cause: Cause,
        earn: &EarnRecord,
        available_from: BusinessDate,
        today: BusinessDate,
    ) -> Option<Posting> {
        let from = *self.lots.keys().find(|key| Some(key.lot_id()) == earn.lot && key.available_from == UNSCHEDULED)?;
        // Judged by the calendar, so that it makes no difference whether the lapse is booked yet.
        if from.is_lapsed(today) {
            return None;
        }
        let to = LotKey { available_from, expires_on: from.expires_on.max(available_from), ..from };
        let transfers = self.draw_at_most(earn.in_lot, Account::Lot(to.lot_id()), |key| key == from);
        let scheduled = moved(&transfers);
        if scheduled.is_zero() {
            return None;
        }
        self.deposit(to, scheduled);
        // Drawing took the points out of the balance, but they stay in the wallet.
        self.balance = self.balance.plus(scheduled).expect("the same points were in it before");
        let posting = self.posting(PostingKind::Schedule, cause, scheduled, transfers);
        Some(Posting { corrects: Some(earn.posting), ..posting })
    }

    /// Books what the calendar already made true: every lot whose last day is over lapses, dated the day after it.
    ///
    /// Held points stay. One posting per lot, so each says which points lapsed; `cause` is asked once for each.
    pub fn lapse(&mut self, today: BusinessDate, mut cause: impl FnMut(LotKey) -> Cause) -> Vec<Posting> {
        let due = |booked: &&BookedLot| booked.lot.key.is_lapsed(today) && !booked.lot.free().is_zero();
        let due: Vec<LotKey> = self.lots.values().filter(due).map(|booked| booked.lot.key).collect();
        let mut postings = Vec::with_capacity(due.len());
        for key in due {
            let free = self.lots[&key].lot.free();
            let transfers = self.draw(free, Account::Lapsed, |other| other == key);
            postings.push(self.posting(PostingKind::Lapse, cause(key), free, transfers));
        }
        postings
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
            earn: None,
            clawed_lines: Vec::new(),
            transfers,
        }
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

/// The first of the lines' points, `total` in all: what is written per line is what moved.
fn cut_to(lines: Vec<LinePoints>, total: Points) -> Vec<LinePoints> {
    let mut left = total;
    let cut = lines.into_iter().map(|line| {
        let points = line.points.min(left);
        left = left.minus(points).expect("no more is cut than is left");
        LinePoints { points, ..line }
    });
    cut.filter(|line| !line.points.is_zero()).collect()
}

fn push_transfer(transfers: &mut Vec<Transfer>, from: Account, to: Account, points: Points) {
    if !points.is_zero() {
        transfers.push(Transfer { from, to, points });
    }
}

fn moved(transfers: &[Transfer]) -> Points {
    Points::sum(transfers.iter().map(|transfer| transfer.points)).expect("no more than the wallet may hold")
}

#[cfg(test)]
mod tests;
