use kernel::{Id, kinds};

/// A grant as its row says it, for whoever holds it against what was paid for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredGrant {
    /// Who holds it.
    pub household: Id<kinds::Household>,
    /// Its id.
    pub id: Id<kinds::Grant>,
    /// What it is a right to.
    pub perk: Id<kinds::Perk>,
    /// The household whose posting paid for it.
    pub paid_by: Id<kinds::Household>,
    /// The posting that paid for it.
    pub posting: Id<kinds::Posting>,
    /// The member who redeemed it.
    pub redeemed_by: Id<kinds::Person>,
    /// What it cost in points, as stored.
    pub price: i64,
    /// When, in milliseconds.
    pub granted_at: i64,
    /// Whether it was cancelled.
    pub is_cancelled: bool,
    /// What of its price went back then, as stored; none: all of it.
    pub returned: Option<i64>,
    /// The delivery slot it books, and for which order.
    pub booking: Option<(Id<kinds::DeliverySlot>, Id<kinds::Order>)>,
}

/// What a delivery slot says, for whoever counts its bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredSlot {
    /// The slot.
    pub slot: Id<kinds::DeliverySlot>,
    /// How many of its places are taken, as stored.
    pub taken: i64,
}

/// What a perk's stock says, for whoever counts the grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredStock {
    /// The perk.
    pub perk: Id<kinds::Perk>,
    /// How many are taken, as stored.
    pub taken: i64,
    /// How many are kept for those they were offered to, as stored.
    pub offered: i64,
    /// How many places wait, as stored.
    pub waiting: i64,
}
