use chrono::Days;
use kernel::{BusinessDate, Points};

use super::{Wallet, WalletFull, push_transfer};
use crate::{Account, Cause, Lot, LotKey, Posting, PostingKind, RedemptionRecord};

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
        /// How many are set aside for something unfinished: they may come back.
        held: Points,
        /// The first pending points that will close the gap: until then all that matures, and the day. None: not in sight.
        matures_on: Option<BusinessDate>,
    },
    /// Not enough points are available today, but there would be if some had not lapsed. Said while nobody has booked it: then it is
    /// news.
    #[error("{short_by} points are missing: points that could be spent until {last_day} have lapsed")]
    Expired {
        /// How many more are needed.
        short_by: Points,
        /// How many are set aside for something unfinished: they may come back.
        held: Points,
        /// As of [`SpendRefusal::InsufficientPoints`].
        matures_on: Option<BusinessDate>,
        /// The last day of the newest of the points that lapsed: they could be spent until its end.
        last_day: BusinessDate,
    },
}

/// Why points of a redemption are not given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RestoreRefusal {
    /// All that the redemption took is back already, or less is left of it than asked.
    #[error("only {left} points of the redemption are not back yet")]
    NothingLeft {
        /// What is not back yet.
        left: Points,
    },
    /// The household would hold more points than can be shown.
    #[error(transparent)]
    WalletFull(#[from] WalletFull),
}

impl Wallet {
    /// Points spent: the earliest expiry first, then the oldest; every transfer names its lot.
    ///
    /// # Errors
    /// [`SpendRefusal`]; the book is then unchanged.
    pub fn spend(&mut self, cause: Cause, points: Points, today: BusinessDate) -> Result<Posting, SpendRefusal> {
        self.may_spend(points, today)?;

        let transfers = self.draw(points, Account::Redeemed, |key| key.is_available(today));
        let posting = self.posting(PostingKind::Redeem, cause, points, transfers);
        Ok(self.chain(posting))
    }

    /// Whether as many points are free to be spent today.
    ///
    /// # Errors
    /// [`SpendRefusal`].
    pub fn may_spend(&self, points: Points, today: BusinessDate) -> Result<(), SpendRefusal> {
        if !self.owed.is_zero() {
            return Err(SpendRefusal::OwesPoints { owed: self.owed });
        }
        let balance = self.balance(today);
        if balance.available < points {
            let short_by = balance.available.short_of(points);
            let (held, matures_on) = (balance.held, self.matures_on(short_by, today));
            return Err(match self.lapsed_just_now(today) {
                Some((lapsed, last_day)) if lapsed >= short_by => {
                    SpendRefusal::Expired { short_by, held, matures_on, last_day }
                }
                _ => SpendRefusal::InsufficientPoints { short_by, held, matures_on },
            });
        }
        Ok(())
    }

    /// How many points have lapsed and are not booked yet, and the latest of their last days.
    fn lapsed_just_now(&self, today: BusinessDate) -> Option<(Points, BusinessDate)> {
        let lapsed = || self.lots.values().map(|booked| &booked.lot).filter(|lot| lot.key.is_lapsed(today));
        let with_points = lapsed().filter(|lot| !lot.free().is_zero());
        let last_day = with_points.map(|lot| lot.key.expires_on).max()?;
        let points = Points::sum(lapsed().map(Lot::free)).expect("no more than the wallet may hold");
        Some((points, last_day))
    }

    /// Points of a redemption given back: debt is paid first; the rest returns with the age of the lots it was drawn from.
    ///
    /// A returned point lapses on its lot's own last day or `grace_days` after today, whichever is later: never early because of the
    /// detour, and never without end. What was drawn last returns first, because it lapses last.
    ///
    /// # Errors
    /// [`RestoreRefusal`]; the book is then unchanged.
    pub fn restore(
        &mut self,
        cause: Cause,
        redemption: &RedemptionRecord,
        points: Points,
        today: BusinessDate,
        grace_days: u16,
    ) -> Result<Posting, RestoreRefusal> {
        let left = redemption.left();
        if points > left || points.is_zero() {
            return Err(RestoreRefusal::NothingLeft { left });
        }
        let (repaid, kept) = self.repaid_and_kept(points);
        let balance = self.plus_balance(kept)?;

        let mut transfers = Vec::new();
        push_transfer(&mut transfers, Account::Redeemed, Account::Owed, repaid);
        self.owed = self.owed.minus(repaid).expect("no more is repaid than is owed");
        self.balance = balance;
        for (key, returned) in redemption.to_return(repaid, kept) {
            let expires_on = key.expires_on.max(today + Days::new(u64::from(grace_days)));
            let to = LotKey { expires_on, ..key };
            push_transfer(&mut transfers, Account::Redeemed, Account::Lot(to.lot_id()), returned);
            self.deposit(to, returned);
        }
        let posting = self.posting(PostingKind::Restore, cause, points, transfers);
        let counterpart = (redemption.household != self.household).then_some(redemption.household);
        Ok(self.chain(Posting { corrects: Some(redemption.posting), counterpart, ..posting }))
    }
}
