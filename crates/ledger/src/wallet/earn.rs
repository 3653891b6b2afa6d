use kernel::{BusinessDate, Points};

use super::{Wallet, WalletFull, moved, push_transfer, shown};
use crate::{Account, Cause, DueBack, EarnRecord, EarnSnapshot, LinePoints, LotKey, Posting, PostingKind, UNSCHEDULED};

/// What a refund may take beyond the points of its own earn: the operator's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefundPolicy {
    /// Only points of the earn that still wait for the end of their return window. Matured points stay.
    OnlyPending,
    /// The earn's own points, then others by expiry, as far as there are any. Nothing is owed.
    WithinBalance,
    /// As within the balance, and the rest is owed: the next earn pays it first.
    #[default]
    Debt,
}

impl RefundPolicy {
    /// All of them, from the mildest.
    pub const ALL: [Self; 3] = [Self::OnlyPending, Self::WithinBalance, Self::Debt];

    /// As settings name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OnlyPending => "only_pending",
            Self::WithinBalance => "within_balance",
            Self::Debt => "debt",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.code() == code)
    }
}

impl Wallet {
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
        let earned = shown(earned)?;
        let (repaid, kept) = if key.is_lapsed(today) { (Points::ZERO, earned) } else { self.repaid_and_kept(earned) };
        let balance = self.plus_balance(kept)?;

        let mut transfers = Vec::new();
        push_transfer(&mut transfers, Account::Issued, Account::Owed, repaid);
        push_transfer(&mut transfers, Account::Issued, Account::Lot(key.lot_id()), kept);
        self.owed = self.owed.minus(repaid).expect("no more is repaid than is owed");
        self.balance = balance;
        self.deposit(key, kept);
        let posting = self.posting(PostingKind::Earn, cause, earned, transfers);
        Ok(self.chain(Posting { earn: Some(snapshot), ..posting }))
    }

    /// An earn taken back after a refund: from the earn's own lot, then from others by expiry; the rest is owed, as far as the
    /// policy goes. What it does not let be taken is settled: no later refund asks for it again.
    ///
    /// `due` says what is taken back; see [`crate::points_to_claw_back`]. Once the last day of the earn's own lot is over, its part
    /// of what lapsed there is gone already: it is neither taken from other points nor owed as well. What was spent of it in time is.
    /// Nothing to take back: no posting.
    pub fn claw_back(
        &mut self,
        cause: Cause,
        earn: &EarnRecord,
        due: DueBack,
        policy: RefundPolicy,
        today: BusinessDate,
    ) -> Option<Posting> {
        let wanted = Points::sum(due.lines.iter().map(|line| line.points)).expect("no more than was earned");
        let wanted = wanted.minus(earn.lapsed_until(&due).min(wanted)).expect("the smaller of two");
        let is_own = |key: LotKey| Some(key.lot_id()) == earn.lot && !key.is_lapsed(today);
        let mut transfers = match policy {
            RefundPolicy::OnlyPending => {
                self.draw_at_most(wanted, Account::Issued, |key| is_own(key) && key.is_pending(today))
            }
            RefundPolicy::WithinBalance | RefundPolicy::Debt => self.draw_at_most(wanted, Account::Issued, is_own),
        };
        if policy != RefundPolicy::OnlyPending {
            let left = wanted.minus(moved(&transfers)).expect("no more is drawn than wanted");
            transfers.extend(self.draw_at_most(left, Account::Issued, |key| !key.is_lapsed(today)));
        }
        if policy == RefundPolicy::Debt {
            let unpaid = wanted.minus(moved(&transfers)).expect("no more is drawn than wanted");
            // A debt that could not be shown is not made: a refund cannot be refused for it.
            let unpaid = unpaid.min(Points::MAX.minus(self.owed).unwrap_or(Points::ZERO));
            push_transfer(&mut transfers, Account::Owed, Account::Issued, unpaid);
            self.owed = self.owed.plus(unpaid).expect("no more than can be shown");
        }
        let taken = moved(&transfers);
        if taken.is_zero() {
            return None;
        }
        let posting = self.posting(PostingKind::Clawback, cause, taken, transfers);
        Some(self.chain(Posting {
            corrects: Some(earn.posting),
            counterpart: self.elsewhere(earn),
            clawed_lines: cut_to(due.lines, taken),
            ..posting
        }))
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
        Some(self.chain(Posting { corrects: Some(earn.posting), counterpart: self.elsewhere(earn), ..posting }))
    }

    /// Whose the earn is, when it is not this wallet's.
    fn elsewhere(&self, earn: &EarnRecord) -> Option<kernel::Id<kernel::kinds::Household>> {
        (earn.household != self.household).then_some(earn.household)
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
