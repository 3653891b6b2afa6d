//! What orders tell others: additive only, ids and few values.

use db::outbox::Event;
use kernel::{Id, kinds};
use serde::Serialize;

use crate::Order;

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
