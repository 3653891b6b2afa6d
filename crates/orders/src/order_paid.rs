use db::idempotency::InputHash;
use kernel::{ExternalRef, Label, Money, Points, Timestamp};

/// Most lines one order may have. The largest real one seen has 161.
pub const MAX_LINES: usize = 1_000;

/// An order was paid, as the order system or an imported history tells it. Parsed, not yet checked as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPaid {
    /// The operator's number of the order: unique over all households.
    pub order_ref: ExternalRef,
    /// The operator's number of the household. One not heard of before is founded, nameless.
    pub household_ref: ExternalRef,
    /// Who ordered, when the operator knows; must belong to the household.
    pub person_ref: Option<ExternalRef>,
    /// The community it was ordered in.
    pub community: Option<Label>,
    /// The channel, in the operator's own words.
    pub channel: Option<Label>,
    /// When it was paid.
    pub ordered_at: Timestamp,
    /// When it was picked up, when that is known already (histories).
    pub picked_up_at: Option<Timestamp>,
    /// Everything the order cost, all tenders together. The lines sum to it.
    pub amount: Money,
    /// The part paid in cash (also card, wallet, family payment): the only part that earns.
    pub cash: Money,
    /// The part paid with points: with the cash, what they are worth is the whole amount. Zero: what is not cash was paid in a way
    /// that is none of ours, such as a voucher, and is judged by nobody here.
    pub points_tendered: Points,
    /// How many items, for people.
    pub items_count: u32,
    /// The lines; none when the order system keeps none, which counts as one line over everything.
    pub lines: Vec<OrderPaidLine>,
}

/// One line of a paid order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPaidLine {
    /// The operator's number of the product.
    pub product_ref: Option<ExternalRef>,
    /// The category it is sold under; when absent the product's own, when that is known.
    pub category: Option<Label>,
    /// How many.
    pub quantity: u32,
    /// What the line cost, all tenders together.
    pub amount: Money,
}

/// Why an order cannot be true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrder {
    /// The lines do not add up to the order.
    #[error("the lines sum to {lines_minor} fen but the order says {amount}")]
    LinesDoNotSum {
        /// The sum over the lines, in minor units.
        lines_minor: i64,
        /// What the order says.
        amount: Money,
    },
    /// More cash than the order cost.
    #[error("{cash} cash was paid for an order of {amount}")]
    CashAboveAmount {
        /// The cash.
        cash: Money,
        /// What the order says.
        amount: Money,
    },
    /// Cash and points are not the amount together.
    #[error("{cash} cash and {points} points, worth {worth_minor} fen, are not the {amount} the order says")]
    TenderDoesNotSum {
        /// The cash.
        cash: Money,
        /// The points.
        points: Points,
        /// What the points are worth, rounded down to the minor unit.
        worth_minor: i64,
        /// What the order says.
        amount: Money,
    },
    /// More than [`MAX_LINES`].
    #[error("more than {MAX_LINES} lines")]
    TooManyLines,
    /// Picked up before it was paid.
    #[error("picked up before it was ordered")]
    PickedUpBeforeOrdered,
}

impl OrderPaid {
    /// The hash of the sale: told twice with the same hash it is the same news, with another one it is a contradiction.
    ///
    /// When it was picked up is left out: a history may tell that later.
    #[must_use]
    pub fn content_hash(&self) -> InputHash {
        let text = |label: &Option<Label>| label.as_ref().map_or(String::new(), Label::to_string);
        let reference = |told: &Option<ExternalRef>| told.as_ref().map_or(String::new(), ExternalRef::to_string);
        let mut parts = vec![
            self.order_ref.to_string(),
            self.household_ref.to_string(),
            reference(&self.person_ref),
            text(&self.community),
            text(&self.channel),
            self.ordered_at.timestamp_millis().to_string(),
            self.amount.minor().to_string(),
            self.cash.minor().to_string(),
            self.items_count.to_string(),
        ];
        for line in &self.lines {
            parts.push(reference(&line.product_ref));
            parts.push(text(&line.category));
            parts.push(line.quantity.to_string());
            parts.push(line.amount.minor().to_string());
        }
        // Only where there are any, so that sales told before there was such a tender keep their hash. Lines are four parts each: a
        // single one cannot be taken for a line.
        if !self.points_tendered.is_zero() {
            parts.push(self.points_tendered.to_string());
        }
        InputHash::of(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }
}
