use kernel::{BusinessDate, Id, Label, Points, kinds};

use super::{Wallet, WalletFull, push_transfer, shown};
use crate::{Account, Cause, Contributor, LotKey, Posting, PostingKind, Transfer};

/// What leaves one wallet for another: whole lots with their dates and contributors, and the debt when all of it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The lots and how many points of each.
    pub lots: Vec<(LotKey, Points)>,
    /// The debt that goes along.
    pub owed: Points,
}

impl Moved {
    /// All points of the lots together.
    #[must_use]
    pub fn points(&self) -> Points {
        Points::sum(self.lots.iter().map(|(_, points)| *points)).expect("no more than a wallet may hold")
    }

    /// What a move is of, as both its postings say it: everything, or what one contributor brought. Stored, so it never changes.
    #[must_use]
    pub fn scope(contributor: Option<Contributor>) -> Label {
        let words = match contributor {
            None => "everything".to_owned(),
            Some(Contributor::Household) => "what the household as a whole brought".to_owned(),
            Some(Contributor::Person(person)) => format!("what {person} brought"),
        };
        words.parse().expect("a few plain words are a label")
    }
}

/// Why lots do not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoveRefusal {
    /// Some of the points are set aside for something unfinished.
    #[error("{held} of the points are held")]
    PointsHeld {
        /// How many.
        held: Points,
    },
    /// Neither points nor debt to move.
    #[error("there is nothing to move")]
    NothingToMove,
    /// Not all of the points are here any more: some were used, or their last day is over.
    #[error("some of the points were used or lapsed since")]
    UsedSince,
    /// The other household would hold more points than can be shown.
    #[error(transparent)]
    WalletFull(#[from] WalletFull),
}

impl Wallet {
    /// What would leave: all that has not lapsed, with the debt; or what one contributor brought, without it.
    ///
    /// # Errors
    /// [`MoveRefusal`].
    pub fn movable(&self, contributor: Option<Contributor>, today: BusinessDate) -> Result<Moved, MoveRefusal> {
        let lots = self.lots.values().map(|booked| &booked.lot).filter(|lot| {
            contributor.is_none_or(|who| lot.key.contributor == who)
                && (!lot.key.is_lapsed(today) || !lot.held.is_zero())
        });
        let held = Points::sum(lots.clone().map(|lot| lot.held)).expect("no more than the wallet may hold");
        if !held.is_zero() {
            return Err(MoveRefusal::PointsHeld { held });
        }
        let lots: Vec<(LotKey, Points)> =
            lots.map(|lot| (lot.key, lot.remaining)).filter(|(_, points)| !points.is_zero()).collect();
        let owed = if contributor.is_none() { self.owed } else { Points::ZERO };
        if lots.is_empty() && owed.is_zero() {
            return Err(MoveRefusal::NothingToMove);
        }
        Ok(Moved { lots, owed })
    }

    /// Lets lots and debt go to another household.
    ///
    /// # Errors
    /// [`MoveRefusal::UsedSince`] when they are not all here; the book is then unchanged.
    pub fn move_out(
        &mut self,
        cause: Cause,
        to: Id<kinds::Household>,
        leaving: &Moved,
        reason: Label,
    ) -> Result<Posting, MoveRefusal> {
        // What lapsed is gone by the calendar, whether or not a job has booked it.
        let today = cause.business_date;
        let is_here = |(key, points): &(LotKey, Points)| {
            !key.is_lapsed(today) && self.lots.get(key).is_some_and(|booked| booked.lot.free() >= *points)
        };
        let owed = self.owed.minus(leaving.owed).ok_or(MoveRefusal::UsedSince)?;
        if !leaving.lots.iter().all(is_here) {
            return Err(MoveRefusal::UsedSince);
        }

        let mut transfers: Vec<Transfer> = Vec::new();
        for &(key, points) in &leaving.lots {
            transfers.extend(self.draw(points, Account::Moved, |other| other == key));
        }
        self.owed = owed;
        push_transfer(&mut transfers, Account::Moved, Account::Owed, leaving.owed);
        Ok(self.moved_posting(PostingKind::MoveOut, cause, to, leaving, transfers, reason))
    }

    /// Takes lots and debt from another household: the dates and contributors stay.
    ///
    /// # Errors
    /// [`MoveRefusal::WalletFull`]; the book is then unchanged.
    pub fn move_in(
        &mut self,
        cause: Cause,
        from: Id<kinds::Household>,
        coming: &Moved,
        reason: Label,
    ) -> Result<Posting, MoveRefusal> {
        let balance = self.plus_balance(coming.points())?;
        let owed = shown(self.owed.plus(coming.owed).map_err(|_| WalletFull)?)?;
        shown(coming.points().plus(coming.owed).map_err(|_| WalletFull)?)?;

        let mut transfers = Vec::new();
        (self.balance, self.owed) = (balance, owed);
        for &(key, points) in &coming.lots {
            push_transfer(&mut transfers, Account::Moved, Account::Lot(key.lot_id()), points);
            self.deposit(key, points);
        }
        push_transfer(&mut transfers, Account::Owed, Account::Moved, coming.owed);
        Ok(self.moved_posting(PostingKind::MoveIn, cause, from, coming, transfers, reason))
    }

    fn moved_posting(
        &mut self,
        kind: PostingKind,
        cause: Cause,
        counterpart: Id<kinds::Household>,
        moved: &Moved,
        transfers: Vec<Transfer>,
        reason: Label,
    ) -> Posting {
        let points = moved.points().plus(moved.owed).expect("both are far from the largest number");
        let posting = self.posting(kind, cause, points, transfers);
        self.chain(Posting { counterpart: Some(counterpart), reason: Some(reason), ..posting })
    }
}
