use kernel::{BusinessDate, Id, Points, Timestamp, kinds};

use crate::{DeliverySlot, SlotBooking};

/// A household's right to one use of a perk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Our id.
    pub id: Id<kinds::Grant>,
    /// Who holds it.
    pub household: Id<kinds::Household>,
    /// What it is a right to.
    pub perk: Id<kinds::Perk>,
    /// The household whose posting paid for it: its own, or one that went into it since.
    pub paid_by: Id<kinds::Household>,
    /// The posting that paid for it.
    pub posting: Id<kinds::Posting>,
    /// The member who redeemed it.
    pub redeemed_by: Id<kinds::Person>,
    /// What it cost.
    pub price: Points,
    /// When it was given.
    pub granted_at: Timestamp,
    /// The last day on which it stands.
    pub expires_on: BusinessDate,
    /// When it was cancelled: its points went back, and it stands no more.
    pub cancelled_at: Option<Timestamp>,
    /// What of its price went back when it was cancelled; none: all of it.
    pub returned: Option<Points>,
    /// When it was used: somebody came in with the seat, or the order was delivered in its slot.
    pub used_at: Option<Timestamp>,
    /// The slot it books, and for which order, where its perk has slots.
    pub booking: Option<SlotBooking>,
}

impl Grant {
    /// The same, for an order in a slot: it stands until the day of the slot is over.
    #[must_use]
    pub fn booked(self, slot: &DeliverySlot, order: Id<kinds::Order>) -> Self {
        let booking = SlotBooking { slot: slot.id, order, missed_at: None };
        Self { expires_on: slot.ends_on, booking: Some(booking), ..self }
    }
}

/// Why a grant is not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefusal {
    /// It was cancelled before.
    #[error("the grant was cancelled at {at}")]
    AlreadyCancelled {
        /// When.
        at: Timestamp,
    },
    /// It was used.
    #[error("the grant was used at {at}")]
    Used {
        /// When.
        at: Timestamp,
    },
}
