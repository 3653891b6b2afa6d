use db::idempotency::InputHash;
use kernel::{ExternalRef, Timestamp};

use crate::Order;

/// An order was called off before anybody picked it up: nothing of it was delivered, all of it was paid back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderCancelled {
    /// The operator's number of the order.
    pub order_ref: ExternalRef,
    /// When.
    pub cancelled_at: Timestamp,
}

/// Why a cancellation cannot be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefusal {
    /// It was told before, with another instant.
    #[error("it was already cancelled at {cancelled_at}")]
    AlreadyCancelled {
        /// The instant told before.
        cancelled_at: Timestamp,
    },
    /// Goods were handed out: what comes back is a refund.
    #[error("it was picked up at {picked_up_at}; tell what comes back as a refund")]
    PickedUp {
        /// When.
        picked_up_at: Timestamp,
    },
    /// Money went back already: what more goes back is a refund too.
    #[error("some of it was refunded; tell the rest as a refund")]
    Refunded,
    /// Before it was paid.
    #[error("cancelled before it was ordered")]
    BeforeOrdered,
}

/// The order was cancelled, which is its end: nothing told of it afterwards is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order was cancelled at {cancelled_at}")]
pub struct Cancelled {
    /// When.
    pub cancelled_at: Timestamp,
}

impl OrderCancelled {
    /// The hash of the cancellation, to tell the same news from a contradiction.
    #[must_use]
    pub fn content_hash(&self) -> InputHash {
        InputHash::of(&[self.order_ref.as_str(), &self.cancelled_at.timestamp_millis().to_string()])
    }
}

impl Order {
    /// Notes that the order was called off. `Ok(false)`: it was told before, in the same words.
    ///
    /// # Errors
    /// [`CancelRefusal`]; the order is then unchanged.
    pub fn cancel(&mut self, at: Timestamp) -> Result<bool, CancelRefusal> {
        match (self.cancelled_at, self.picked_up_at) {
            (Some(told), _) if told == at => Ok(false),
            (Some(cancelled_at), _) => Err(CancelRefusal::AlreadyCancelled { cancelled_at }),
            (None, Some(picked_up_at)) => Err(CancelRefusal::PickedUp { picked_up_at }),
            (None, None) if self.lines.iter().any(|line| line.refunded.minor() > 0) => Err(CancelRefusal::Refunded),
            (None, None) if at < self.ordered_at => Err(CancelRefusal::BeforeOrdered),
            (None, None) => {
                self.cancelled_at = Some(at);
                Ok(true)
            }
        }
    }

    /// Refuses what is told of an order that was called off.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn check_not_cancelled(&self) -> Result<(), Cancelled> {
        self.cancelled_at.map_or(Ok(()), |cancelled_at| Err(Cancelled { cancelled_at }))
    }
}
