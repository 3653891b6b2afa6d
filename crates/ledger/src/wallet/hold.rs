use kernel::{BusinessDate, Label, Points};

use super::{Origin, SpendRefusal, Wallet, push_transfer};
use crate::{Account, Cause, HeldLot, Hold, LotKey, Posting, PostingKind};

impl Wallet {
    /// Sets points aside, in the order they would be spent. Nothing moves: they stay in their lots.
    ///
    /// # Errors
    /// [`SpendRefusal`]; the book is then unchanged.
    pub fn hold(&mut self, points: Points, today: BusinessDate) -> Result<Vec<HeldLot>, SpendRefusal> {
        self.may_spend(points, today)?;

        let mut held = Vec::new();
        let mut left = points;
        for (key, booked) in self.lots.iter_mut().filter(|(key, _)| key.is_available(today)) {
            let taken = booked.lot.free().min(left);
            if taken.is_zero() {
                continue;
            }
            booked.lot.held = booked.lot.held.plus(taken).expect("no more is held than remains");
            booked.origin = booked.origin.changed();
            left = left.minus(taken).expect("no more is taken than is left to take");
            held.push(HeldLot { lot: key.lot_id(), points: taken });
        }
        self.is_changed = true;
        Ok(held)
    }

    /// Spends held points, also those whose last day came while they were held.
    pub fn capture(&mut self, cause: Cause, hold: &Hold) -> Posting {
        self.let_go(hold);
        let mut transfers = Vec::new();
        for held in &hold.lots {
            let key = self.key_of(held);
            let booked = self.lots.get_mut(&key).expect("a key that was just found");
            booked.lot.remaining = booked.lot.remaining.minus(held.points).expect("held points remain in their lot");
            push_transfer(&mut transfers, Account::Lot(held.lot), Account::Redeemed, held.points);
        }
        self.balance = self.balance.minus(hold.points).expect("lots never hold more than the wallet");
        let posting = self.posting(PostingKind::Redeem, cause, hold.points, transfers);
        self.chain(posting)
    }

    /// Lets held points go. Those whose last day is over by `today` lapse at once, as `cause` dates them.
    ///
    /// What had lapsed beside them and is not booked yet is booked first, as `cause_before` dates it: it was true before. Only what
    /// lapses by letting go has the `reason`.
    pub fn release(
        &mut self,
        hold: &Hold,
        today: BusinessDate,
        cause_before: impl FnMut(LotKey) -> Cause,
        cause: impl FnMut(LotKey) -> Cause,
        reason: &Label,
    ) -> Vec<Posting> {
        let is_of_hold = |key: LotKey| hold.lots.iter().any(|held| held.lot == key.lot_id());
        let mut postings = self.lapse_some(today, is_of_hold, None, cause_before);
        self.let_go(hold);
        postings.extend(self.lapse_some(today, is_of_hold, Some(reason), cause));
        postings
    }

    /// Whether its lots hold what an open hold says they do: whatever else is so, somebody changed the rows.
    #[must_use]
    pub fn keeps(&self, hold: &Hold) -> bool {
        let is_kept = |held: &HeldLot| {
            self.lots.values().any(|booked| booked.lot.key.lot_id() == held.lot && booked.lot.held >= held.points)
        };
        hold.lots.iter().all(is_kept)
    }

    /// Whether points are set aside in any of its lots.
    #[must_use]
    pub fn has_held(&self) -> bool {
        self.lots.values().any(|booked| !booked.lot.held.is_zero())
    }

    fn let_go(&mut self, hold: &Hold) {
        for held in &hold.lots {
            let key = self.key_of(held);
            let booked = self.lots.get_mut(&key).expect("a key that was just found");
            booked.lot.held = booked.lot.held.minus(held.points).expect("an open hold's points are held");
            booked.origin = booked.origin.changed();
        }
        self.is_changed = true;
    }

    fn key_of(&self, held: &HeldLot) -> LotKey {
        *self
            .lots
            .keys()
            .find(|key| key.lot_id() == held.lot)
            .expect("a lot with held points is loaded with its wallet")
    }
}

impl Origin {
    /// The same, once a decision touched it.
    fn changed(self) -> Self {
        match self {
            Self::Row { .. } => Self::Row { is_changed: true },
            Self::Deposit => Self::Deposit,
        }
    }
}
