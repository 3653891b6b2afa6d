use kernel::{BusinessDate, Label, Points};

use super::{Wallet, WalletFull, push_transfer, shown};
use crate::{Account, Cause, LotKey, Posting, PostingKind};

/// Why a debt is not forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForgiveRefusal {
    /// The household owes less.
    #[error("the household owes {owed} points")]
    OwesLess {
        /// What it owes.
        owed: Points,
    },
}

/// Why points are not adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdjustRefusal {
    /// Fewer points are free than would be taken.
    #[error("only {free} points can be taken")]
    TooFew {
        /// How many are free: neither held nor lapsed.
        free: Points,
    },
    /// The household would hold more points than can be shown.
    #[error(transparent)]
    WalletFull(#[from] WalletFull),
}

impl Wallet {
    /// Waives part of a debt, or all of it.
    ///
    /// # Errors
    /// [`ForgiveRefusal`]; the book is then unchanged.
    pub fn forgive(&mut self, cause: Cause, points: Points, reason: Label) -> Result<Posting, ForgiveRefusal> {
        let owed = self.owed.minus(points).filter(|_| !points.is_zero());
        self.owed = owed.ok_or(ForgiveRefusal::OwesLess { owed: self.owed })?;

        let mut transfers = Vec::new();
        push_transfer(&mut transfers, Account::Forgiven, Account::Owed, points);
        let posting = self.posting(PostingKind::Forgive, cause, points, transfers);
        Ok(self.chain(Posting { reason: Some(reason), ..posting }))
    }

    /// Gives points by decision: debt is paid first, the rest goes into the lot of `key`.
    ///
    /// # Errors
    /// [`AdjustRefusal`]; the book is then unchanged.
    pub fn credit(
        &mut self,
        cause: Cause,
        points: Points,
        key: LotKey,
        reason: Label,
    ) -> Result<Posting, AdjustRefusal> {
        let (repaid, kept) = self.repaid_and_kept(shown(points)?);
        self.balance = self.plus_balance(kept)?;

        self.owed = self.owed.minus(repaid).expect("no more is repaid than is owed");
        let mut transfers = Vec::new();
        push_transfer(&mut transfers, Account::Adjusted, Account::Owed, repaid);
        push_transfer(&mut transfers, Account::Adjusted, Account::Lot(key.lot_id()), kept);
        self.deposit(key, kept);
        let posting = self.posting(PostingKind::Adjust, cause, points, transfers);
        Ok(self.chain(Posting { reason: Some(reason), ..posting }))
    }

    /// Takes points by decision, pending ones too, the earliest expiry first. Never more than there are: nothing is owed by it.
    ///
    /// # Errors
    /// [`AdjustRefusal`]; the book is then unchanged.
    pub fn debit(
        &mut self,
        cause: Cause,
        points: Points,
        today: BusinessDate,
        reason: Label,
    ) -> Result<Posting, AdjustRefusal> {
        let balance = self.balance(today);
        let free = balance.available.plus(balance.pending).expect("no more than the wallet may hold");
        if free < points {
            return Err(AdjustRefusal::TooFew { free });
        }

        let transfers = self.draw(points, Account::Adjusted, |key| !key.is_lapsed(today));
        let posting = self.posting(PostingKind::Adjust, cause, points, transfers);
        Ok(self.chain(Posting { reason: Some(reason), ..posting }))
    }
}
