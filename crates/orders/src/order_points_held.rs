use db::idempotency::InputHash;
use kernel::{ExternalRef, Points, Timestamp};

/// Points were promised for an order that is not paid yet: to be set aside until it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPointsHeld {
    /// The operator's number the order will have.
    pub order_ref: ExternalRef,
    /// The operator's number of the household.
    pub household_ref: ExternalRef,
    /// How many.
    pub points: Points,
    /// Until when, unless the order is paid or given up before.
    pub until: Timestamp,
}

/// An order was given up before it was paid: its points are free again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPointsReleased {
    /// The number the order would have had.
    pub order_ref: ExternalRef,
    /// The operator's number of the household.
    pub household_ref: ExternalRef,
}

impl OrderPointsHeld {
    /// The hash of what was told, to tell the same news from a contradiction.
    #[must_use]
    pub fn content_hash(&self) -> InputHash {
        let (points, until) = (self.points.to_string(), self.until.timestamp_millis().to_string());
        InputHash::of(&["held", self.order_ref.as_str(), self.household_ref.as_str(), &points, &until])
    }
}

impl OrderPointsReleased {
    /// The hash of what was told.
    #[must_use]
    pub fn content_hash(&self) -> InputHash {
        InputHash::of(&["released", self.order_ref.as_str(), self.household_ref.as_str()])
    }
}
