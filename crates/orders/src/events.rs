//! What orders tell others: additive only, ids and few values.

use db::outbox::Event;
use kernel::{Id, Points, kinds};
use serde::Serialize;

use crate::{Order, Refund};

/// An order was recorded as paid.
#[derive(Debug, Serialize)]
pub struct OrderRecorded {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the order.
    pub order_id: String,
    /// The operator's number of the order.
    pub order_ref: String,
    /// All tenders, in minor units.
    pub amount_minor: i64,
    /// The part paid in cash, in minor units.
    pub cash_minor: i64,
    /// The part paid with points.
    pub points_tendered: i64,
    /// Three letters.
    pub currency: &'static str,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl OrderRecorded {
    /// The event of an order.
    #[must_use]
    pub fn of(order: &Order) -> Self {
        Self {
            household_id: order.household.to_string(),
            order_id: order.id.to_string(),
            order_ref: order.order_ref.to_string(),
            amount_minor: order.amount.minor(),
            cash_minor: order.cash.minor(),
            points_tendered: order.points().get(),
            currency: order.amount.currency().code(),
            household: Some(order.household),
        }
    }
}

impl Event for OrderRecorded {
    const KIND: &'static str = "orders.order_recorded.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// A refund of an order was recorded, in the tenders it was paid with.
#[derive(Debug, Serialize)]
pub struct OrderRefundRecorded {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the order.
    pub order_id: String,
    /// The operator's number of the order.
    pub order_ref: String,
    /// The operator's number of the refund.
    pub refund_ref: String,
    /// All tenders, in minor units.
    pub amount_minor: i64,
    /// The part that was cash, in minor units.
    pub cash_minor: i64,
    /// The part that was points.
    pub points: i64,
    /// How many of these points came back here: none when they were spent elsewhere, before this history was imported.
    pub points_returned: i64,
    /// Three letters.
    pub currency: &'static str,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl OrderRefundRecorded {
    /// The event of a refund that returned so many points.
    #[must_use]
    pub fn of(order: &Order, refund: &Refund, returned: Points) -> Self {
        Self {
            household_id: order.household.to_string(),
            order_id: order.id.to_string(),
            order_ref: order.order_ref.to_string(),
            refund_ref: refund.refund_ref.to_string(),
            amount_minor: refund.amount.minor(),
            cash_minor: refund.cash.minor(),
            points: refund.points.get(),
            points_returned: returned.get(),
            currency: refund.amount.currency().code(),
            household: Some(order.household),
        }
    }
}

impl Event for OrderRefundRecorded {
    const KIND: &'static str = "orders.refund_recorded.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// An order was called off before it was picked up; what it had earned was taken back.
#[derive(Debug, Serialize)]
pub struct OrderCancelled {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the order.
    pub order_id: String,
    /// The operator's number of the order.
    pub order_ref: String,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl OrderCancelled {
    /// The event of an order that was called off.
    #[must_use]
    pub fn of(order: &Order) -> Self {
        Self {
            household_id: order.household.to_string(),
            order_id: order.id.to_string(),
            order_ref: order.order_ref.to_string(),
            household: Some(order.household),
        }
    }
}

impl Event for OrderCancelled {
    const KIND: &'static str = "orders.order_cancelled.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}
