use std::collections::HashMap;

use chrono::Days;
use kernel::{BusinessDate, Id, Timestamp, kinds};

use crate::{CancelRefusal, Grant, Perk, Stock};

/// A perk with its stock and who has how many of it, loaded under lock: the book a grant is decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    perk: Perk,
    stock: Stock,
    granted: HashMap<Id<kinds::Household>, u32>,
}

/// Why a perk is not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// It is not on offer now.
    #[error("the perk is closed")]
    PerkClosed,
    /// The last one is gone.
    #[error("the perk is sold out")]
    SoldOut,
    /// The household has as many as it may.
    #[error("a household may have {limit} of this perk")]
    LimitReached {
        /// How many that is.
        limit: u32,
    },
}

/// Who takes a grant, when, and the ids it gets.
#[derive(Debug, Clone, Copy)]
pub struct Taker {
    /// The grant's id.
    pub grant: Id<kinds::Grant>,
    /// The posting that pays.
    pub posting: Id<kinds::Posting>,
    /// Who will hold it.
    pub household: Id<kinds::Household>,
    /// The member who redeems.
    pub person: Id<kinds::Person>,
    /// The instant of the act.
    pub now: Timestamp,
    /// Its day in the operator's zone.
    pub today: BusinessDate,
}

impl Shelf {
    /// A book from loaded rows; `granted` holds the grants of the households that will ask.
    #[must_use]
    pub fn new(perk: Perk, stock: Stock, granted: HashMap<Id<kinds::Household>, u32>) -> Self {
        Self { perk, stock, granted }
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

    /// Whether a household may have one more, and there is one.
    ///
    /// Asked before points are spent, so that a sold-out perk is called sold out also to those who could not pay.
    ///
    /// # Errors
    /// [`GrantRefusal`].
    pub fn check(&self, household: Id<kinds::Household>) -> Result<(), GrantRefusal> {
        if !self.perk.is_open {
            return Err(GrantRefusal::PerkClosed);
        }
        let limit = self.perk.limit_per_household;
        if self.granted.get(&household).copied().unwrap_or(0) >= limit {
            return Err(GrantRefusal::LimitReached { limit });
        }
        if self.stock.left() == 0 {
            return Err(GrantRefusal::SoldOut);
        }
        Ok(())
    }

    /// Takes one off the shelf. The points must have been spent.
    ///
    /// # Errors
    /// [`GrantRefusal`]; the book is then unchanged.
    pub fn grant(&mut self, taker: Taker) -> Result<Grant, GrantRefusal> {
        self.check(taker.household)?;

        self.stock.taken += 1;
        *self.granted.entry(taker.household).or_default() += 1;
        Ok(Grant {
            id: taker.grant,
            household: taker.household,
            perk: self.perk.id,
            paid_by: taker.household,
            posting: taker.posting,
            redeemed_by: taker.person,
            price: self.perk.price,
            granted_at: taker.now,
            expires_on: taker.today + Days::new(u64::from(self.perk.valid_days)),
            cancelled_at: None,
        })
    }

    /// Puts a cancelled grant's one back on the shelf. The points must have been given back.
    ///
    /// # Errors
    /// [`CancelRefusal`]; book and grant are then unchanged.
    pub fn take_back(&mut self, grant: &mut Grant, now: Timestamp) -> Result<(), CancelRefusal> {
        if let Some(at) = grant.cancelled_at {
            return Err(CancelRefusal::AlreadyCancelled { at });
        }
        grant.cancelled_at = Some(now);
        self.stock.taken = self.stock.taken.checked_sub(1).expect("a grant that stands was taken off the shelf");
        if let Some(count) = self.granted.get_mut(&grant.household) {
            *count = count.checked_sub(1).expect("a grant that stands was counted");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
