use kernel::{ExternalRef, Timestamp};

use crate::{Cancelled, Order};

/// An order was picked up: its return window begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPickedUp {
    /// The operator's number of the order.
    pub order_ref: ExternalRef,
    /// When.
    pub picked_up_at: Timestamp,
}

/// Why a pick-up cannot be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PickUpRefusal {
    /// It was told before, with another instant.
    #[error("it was already picked up at {picked_up_at}")]
    AlreadyPickedUp {
        /// The instant told before.
        picked_up_at: Timestamp,
    },
    /// Before it was paid.
    #[error("picked up before it was ordered")]
    BeforeOrdered,
    /// The order was called off.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Order {
    /// Notes the pick-up. `Ok(false)`: it was told before, in the same words.
    ///
    /// # Errors
    /// [`PickUpRefusal`]; the order is then unchanged.
    pub fn pick_up(&mut self, at: Timestamp) -> Result<bool, PickUpRefusal> {
        self.check_not_cancelled()?;
        match self.picked_up_at {
            Some(told) if told == at => Ok(false),
            Some(picked_up_at) => Err(PickUpRefusal::AlreadyPickedUp { picked_up_at }),
            None if at < self.ordered_at => Err(PickUpRefusal::BeforeOrdered),
            None => {
                self.picked_up_at = Some(at);
                Ok(true)
            }
        }
    }
}
