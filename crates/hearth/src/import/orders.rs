//! One row of a file of orders.

use kernel::Points;
use orders::OrderPaid;

use super::{
    columns::{Schema, optional, required},
    fields::{BadField, Fields, Times},
};

const HOUSEHOLD: usize = 0;
pub(super) const ORDER_ID: usize = 1;
const ORDERED_AT: usize = 2;
pub(super) const AMOUNT: usize = 3;
const ITEMS: usize = 4;
const CHANNEL: usize = 5;
const COMMUNITY: usize = 6;
pub(super) const PERSON: usize = 7;
pub(super) const PICKED_UP_AT: usize = 8;
pub(super) const CASH: usize = 9;
pub(super) const POINTS_TENDERED: usize = 10;

/// A file of orders.
pub static ORDERS: Schema = Schema {
    noun: "orders",
    columns: &[
        required(&["household", "household_id"]),
        required(&["order_id"]),
        required(&["ordered_at"]),
        required(&["amount"]),
        required(&["items", "items_count"]),
        optional(&["channel"]),
        optional(&["community"]),
        optional(&["person"]),
        optional(&["picked_up_at"]),
        optional(&["cash"]),
        optional(&["points_tendered"]),
    ],
    // What The Complete Journey has besides: shares of the amount, and what the lines say themselves.
    ignored: &[
        "store_id",
        "lines_count",
        "fuel_amount",
        "loyalty_discount",
        "coupon_discount",
        "coupon_match_discount",
    ],
};

/// Reads one row as an order without lines.
///
/// Without a column `cash` (or with an empty value) everything was paid in cash. Points tendered contradict that: what they were
/// worth is the difference between amount and cash.
///
/// # Errors
/// [`BadField`] names the first column that is wrong.
pub fn read_order(fields: &Fields<'_>, times: &Times) -> Result<OrderPaid, BadField> {
    let amount = fields.amount(AMOUNT)?;
    let cash = fields.optional_amount(CASH)?;
    let points_tendered = fields.optional_count(POINTS_TENDERED)?.unwrap_or_default();
    let points_tendered = Points::new(points_tendered.into())
        .filter(|points| *points <= Points::MAX)
        .ok_or_else(|| fields.bad(POINTS_TENDERED, "is too large"))?;
    if cash.is_none() && !points_tendered.is_zero() {
        return Err(fields.bad(CASH, "is empty although points were tendered"));
    }
    Ok(OrderPaid {
        order_ref: fields.required(ORDER_ID)?,
        household_ref: fields.required(HOUSEHOLD)?,
        person_ref: fields.optional(PERSON)?,
        community: fields.optional(COMMUNITY)?,
        channel: fields.optional(CHANNEL)?,
        ordered_at: fields.time(ORDERED_AT, times)?,
        picked_up_at: fields.optional_time(PICKED_UP_AT, times)?,
        amount,
        cash: cash.unwrap_or(amount),
        points_tendered,
        items_count: fields.count(ITEMS)?,
        lines: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
