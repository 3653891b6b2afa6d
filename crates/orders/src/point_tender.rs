use kernel::{Id, Points, kinds};

/// The points an order was paid with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointTender {
    /// Whose order.
    pub household: Id<kinds::Household>,
    /// The order.
    pub order: Id<kinds::Order>,
    /// How many.
    pub points: Points,
    /// The posting that spent them. None: they were spent elsewhere, before the order was imported, and nothing returns here.
    pub posting: Option<Id<kinds::Posting>>,
}

/// What is stored of an order's points, whether or not it makes sense: for `hearth verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredTender {
    /// Whose order.
    pub household: Id<kinds::Household>,
    /// The order.
    pub order: Id<kinds::Order>,
    /// How many.
    pub points: i64,
    /// The posting that spent them, if they were spent here.
    pub posting: Option<Id<kinds::Posting>>,
    /// What the order's lines have of them; none when the order is not there or its lines cannot be read.
    pub of_lines: Option<i64>,
    /// What the lines say was refunded of them.
    pub refunded_of_lines: Option<i64>,
    /// Whether the order was called off: then all of them came back, without a refund.
    pub is_cancelled: bool,
    /// What the refunds say came back of them.
    pub refunded: i64,
}
