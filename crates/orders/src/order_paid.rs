use kernel::{ExternalRef, Label, Money, Timestamp};

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
    #[error("the lines sum to {lines} but the order says {amount}")]
    LinesDoNotSum {
        /// The sum over the lines.
        lines: Money,
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
    /// More than [`MAX_LINES`].
    #[error("more than {MAX_LINES} lines")]
    TooManyLines,
    /// Picked up before it was paid.
    #[error("picked up before it was ordered")]
    PickedUpBeforeOrdered,
}
