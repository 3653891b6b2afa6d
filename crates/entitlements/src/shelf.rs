use std::collections::HashMap;

use chrono::Days;
use kernel::{Id, Points, Timestamp, kinds};

use crate::{Applicant, CancelRefusal, Grant, NotForThem, Perk, PlaceOutcome, Stock, WaitingPlace};

mod waiting;

pub use waiting::JoinRefusal;

/// A perk with its stock, who has how many of it and whom it is offered to, loaded under lock: the book a grant is decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    perk: Perk,
    stock: Stock,
    granted: HashMap<Id<kinds::Household>, u32>,
    /// Places that wait or have an offer, by number: those of the households that will ask, or those whose turn it is.
    places: Vec<WaitingPlace>,
    /// Which of them changed.
    changed: Vec<WaitingPlace>,
}

/// Why a perk is not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// It is not on offer now.
    #[error("the perk is closed")]
    PerkClosed,
    /// It is not on offer yet.
    #[error("the perk opens at {opens_at}")]
    NotYetOpen {
        /// When it will be.
        opens_at: Timestamp,
    },
    /// The household let too many seats stand empty.
    #[error("the household gets no seat until {until}")]
    Barred {
        /// Until when.
        until: Timestamp,
    },
    /// It is for others.
    #[error(transparent)]
    NotForThem(#[from] NotForThem),
    /// The last one is gone, or kept for those who waited.
    #[error("the perk is sold out, and {waiting} wait for it")]
    SoldOut {
        /// How many wait already.
        waiting: u32,
    },
    /// The household has as many as it may.
    #[error("a household may have {limit} of this perk")]
    LimitReached {
        /// How many that is.
        limit: u32,
    },
}

/// Who takes a grant, and the ids it gets.
#[derive(Debug, Clone, Copy)]
pub struct Taker {
    /// The grant's id.
    pub grant: Id<kinds::Grant>,
    /// The posting that pays.
    pub posting: Id<kinds::Posting>,
    /// Who takes it, and when.
    pub applicant: Applicant,
}

impl Shelf {
    /// A book from loaded rows; `granted` holds the grants of the households that will ask.
    #[must_use]
    pub fn new(perk: Perk, stock: Stock, granted: HashMap<Id<kinds::Household>, u32>) -> Self {
        Self { perk, stock, granted, places: Vec::new(), changed: Vec::new() }
    }

    /// The same, with places on its waiting list that decisions will look at, by number.
    #[must_use]
    pub fn with_places(self, places: Vec<WaitingPlace>) -> Self {
        Self { places, ..self }
    }

    /// The perk.
    #[must_use]
    pub fn perk(&self) -> &Perk {
        &self.perk
    }

    /// What is left and taken.
    #[must_use]
    pub fn stock(&self) -> Stock {
        self.stock
    }

    /// The places that decisions changed, to be written.
    #[must_use]
    pub fn changed_places(&self) -> &[WaitingPlace] {
        &self.changed
    }

    /// Whether somebody may have one more, and there is one for them.
    ///
    /// Asked before points are spent, so that a sold-out perk is called sold out also to those who could not pay.
    ///
    /// # Errors
    /// [`GrantRefusal`].
    pub fn check(&self, applicant: &Applicant) -> Result<(), GrantRefusal> {
        self.check_may_have(applicant)?;
        if self.stock.free() == 0 && self.offered_place(applicant).is_none() {
            return Err(GrantRefusal::SoldOut { waiting: self.stock.waiting });
        }
        Ok(())
    }

    /// Whether somebody may have one more, if there were one.
    fn check_may_have(&self, applicant: &Applicant) -> Result<(), GrantRefusal> {
        if !self.perk.is_on_shelf() || self.perk.window.is_over(applicant.now) {
            return Err(GrantRefusal::PerkClosed);
        }
        if let Some(opens_at) = self.perk.window.opens_later(applicant.now) {
            return Err(GrantRefusal::NotYetOpen { opens_at });
        }
        self.perk.audience.check(applicant)?;
        if let (Some(until), Some(_)) = (applicant.barred_until, &self.perk.gathering) {
            return Err(GrantRefusal::Barred { until });
        }
        let limit = self.perk.limit_per_household;
        if self.granted.get(&applicant.household).copied().unwrap_or(0) >= limit {
            return Err(GrantRefusal::LimitReached { limit });
        }
        Ok(())
    }

    /// Which of the household's places one is kept for.
    fn offered_place(&self, applicant: &Applicant) -> Option<usize> {
        let is_theirs = |place: &WaitingPlace| place.household == applicant.household && place.has_offer(applicant.now);
        self.places.iter().position(is_theirs)
    }

    /// Takes one off the shelf, the one that was kept for the household if there is one. The points must have been spent.
    ///
    /// # Errors
    /// [`GrantRefusal`]; the book is then unchanged.
    pub fn grant(&mut self, taker: Taker) -> Result<Grant, GrantRefusal> {
        let Taker { grant, posting, applicant } = taker;
        self.check(&applicant)?;

        if let Some(place) = self.offered_place(&applicant) {
            self.end_place(place, PlaceOutcome::Taken, applicant.now);
        }
        let valid_until = applicant.today + Days::new(u64::from(self.perk.valid_days));
        let gathering = self.perk.gathering.as_ref();
        self.stock.taken += 1;
        *self.granted.entry(applicant.household).or_default() += 1;
        Ok(Grant {
            id: grant,
            household: applicant.household,
            perk: self.perk.id,
            paid_by: applicant.household,
            posting,
            redeemed_by: applicant.person,
            price: self.perk.price,
            granted_at: applicant.now,
            expires_on: gathering.map_or(valid_until, |gathering| gathering.ends_on),
            cancelled_at: None,
            returned: None,
            used_at: None,
            booking: None,
        })
    }

    /// Puts a cancelled grant's one back on the shelf. So many of its points must have been given back.
    ///
    /// # Errors
    /// [`CancelRefusal`]; book and grant are then unchanged.
    pub fn take_back(&mut self, grant: &mut Grant, returned: Points, now: Timestamp) -> Result<(), CancelRefusal> {
        if let Some(at) = grant.cancelled_at {
            return Err(CancelRefusal::AlreadyCancelled { at });
        }
        if let Some(at) = grant.used_at {
            return Err(CancelRefusal::Used { at });
        }
        grant.cancelled_at = Some(now);
        grant.returned = (returned != grant.price).then_some(returned);
        self.stock.taken = self.stock.taken.checked_sub(1).expect("a grant that stands was taken off the shelf");
        if let Some(count) = self.granted.get_mut(&grant.household) {
            *count = count.checked_sub(1).expect("a grant that stands was counted");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
