use std::collections::HashMap;

use kernel::{ExternalRef, Id, Label, Money, Points, Timestamp, kinds, split_by_weight};

use crate::{InvalidOrder, MAX_LINES, OrderPaid};

/// An order as it is kept: what was sold, how it was paid, what happened since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Our id.
    pub id: Id<kinds::Order>,
    /// Whose order.
    pub household: Id<kinds::Household>,
    /// The operator's number.
    pub order_ref: ExternalRef,
    /// Which member ordered, when known.
    pub person: Option<Id<kinds::Person>>,
    /// Where it was ordered, in the operator's words.
    pub community: Option<Label>,
    /// The channel, in the operator's words.
    pub channel: Option<Label>,
    /// What it cost, all tenders together.
    pub amount: Money,
    /// The part paid in cash.
    pub cash: Money,
    /// How many items, for people.
    pub items_count: u32,
    /// When it was paid.
    pub ordered_at: Timestamp,
    /// When it was picked up, once it was.
    pub picked_up_at: Option<Timestamp>,
    /// When it was called off, if it was: then nothing more happens to it.
    pub cancelled_at: Option<Timestamp>,
    /// What was in it; at least one line.
    pub lines: Vec<OrderLine>,
}

/// One line of an order, with its share of each tender and what was refunded of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// From 1.
    pub line_no: u32,
    /// The operator's number of the product.
    pub product_ref: Option<ExternalRef>,
    /// The category on the day of sale: later changes of the catalogue do not touch it.
    pub category: Option<Label>,
    /// How many.
    pub quantity: u32,
    /// What the line cost, all tenders together.
    pub amount: Money,
    /// The line's share of the cash: split when sold, so that any refund can be split the same way.
    pub cash: Money,
    /// The line's share of the points, split in the same way.
    pub points: Points,
    /// How much of `amount` was refunded so far.
    pub refunded: Money,
}

/// Who and where an order's references turned out to be.
#[derive(Debug, Clone, Copy)]
pub struct Resolved {
    /// Our id for it.
    pub id: Id<kinds::Order>,
    /// The household of its reference.
    pub household: Id<kinds::Household>,
    /// The person of its reference.
    pub person: Option<Id<kinds::Person>>,
}

impl Order {
    /// Checks a paid order as a whole and splits its cash and its points over its lines, each by largest remainder.
    ///
    /// `worth_minor` is what its points are worth, see [`OrderPaid::check`].
    /// `categories` knows the catalogue's category of products; a line's own word comes before it. No lines: one line over all.
    ///
    /// # Errors
    /// [`InvalidOrder`] names the rule that is broken.
    pub fn from_paid(
        paid: &OrderPaid,
        resolved: Resolved,
        categories: &HashMap<ExternalRef, Label>,
        worth_minor: i64,
    ) -> Result<Self, InvalidOrder> {
        paid.check(worth_minor)?;
        let amounts: Vec<Money> =
            if paid.lines.is_empty() { vec![paid.amount] } else { paid.lines.iter().map(|line| line.amount).collect() };
        let weights: Vec<i64> = amounts.iter().map(|amount| amount.minor()).collect();
        let cash_shares = split_by_weight(paid.cash.minor(), &weights);
        let point_shares = split_by_weight(paid.points_tendered.get(), &weights);
        let lines = (1..).zip(amounts).enumerate().map(|(index, (line_no, amount))| {
            let told = paid.lines.get(index);
            let product_ref = told.and_then(|line| line.product_ref.clone());
            let of_catalogue = || product_ref.as_ref().and_then(|product| categories.get(product)).cloned();
            OrderLine {
                line_no,
                category: told.and_then(|line| line.category.clone()).or_else(of_catalogue),
                product_ref: product_ref.clone(),
                quantity: told.map_or(paid.items_count, |line| line.quantity),
                amount,
                cash: Money::from_minor(cash_shares[index], amount.currency()).expect("a share is not above the whole"),
                points: Points::new(point_shares[index]).expect("a share is not below nothing"),
                refunded: Money::from_minor(0, amount.currency()).expect("nothing is an amount"),
            }
        });
        Ok(Self {
            id: resolved.id,
            household: resolved.household,
            order_ref: paid.order_ref.clone(),
            person: resolved.person,
            community: paid.community.clone(),
            channel: paid.channel.clone(),
            amount: paid.amount,
            cash: paid.cash,
            items_count: paid.items_count,
            ordered_at: paid.ordered_at,
            picked_up_at: paid.picked_up_at,
            cancelled_at: None,
            lines: lines.collect(),
        })
    }

    /// The part that was paid with points.
    #[must_use]
    pub fn points(&self) -> Points {
        Points::sum(self.lines.iter().map(|line| line.points)).expect("no more than one tender may be")
    }
}

impl OrderPaid {
    /// Whether the order can be true by itself. `worth_minor` is what its points are worth, rounded down to the minor unit.
    ///
    /// Points must be worth something, and be the rest of the amount together with the cash.
    ///
    /// # Errors
    /// [`InvalidOrder`] names the rule that is broken.
    pub fn check(&self, worth_minor: i64) -> Result<(), InvalidOrder> {
        if self.lines.len() > MAX_LINES {
            return Err(InvalidOrder::TooManyLines);
        }
        if self.cash.minor() > self.amount.minor() {
            return Err(InvalidOrder::CashAboveAmount { cash: self.cash, amount: self.amount });
        }
        let rest = self.amount.minor() - self.cash.minor();
        if !self.points_tendered.is_zero() && (worth_minor == 0 || worth_minor != rest) {
            let (cash, points, amount) = (self.cash, self.points_tendered, self.amount);
            return Err(InvalidOrder::TenderDoesNotSum { cash, points, worth_minor, amount });
        }
        if self.picked_up_at.is_some_and(|picked_up_at| picked_up_at < self.ordered_at) {
            return Err(InvalidOrder::PickedUpBeforeOrdered);
        }
        let sum: i64 = self.lines.iter().map(|line| line.amount.minor()).sum();
        if !self.lines.is_empty() && sum != self.amount.minor() {
            return Err(InvalidOrder::LinesDoNotSum { lines_minor: sum, amount: self.amount });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
