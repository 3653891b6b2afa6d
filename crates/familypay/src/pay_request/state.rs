use kernel::{Id, Timestamp, kinds};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayRequestState {
    /// Read back to the senior, who has not said yes.
    Draft,
    /// A payer was asked.
    Asked,
    /// A payer opened the cashier, and has it alone until then.
    Claimed {
        /// Who.
        by: Id<kinds::Person>,
        /// Until when.
        until: Timestamp,
    },
    /// Paid, by the one attempt that counts.
    Paid,
    /// Every payer declined; the senior may still choose to pay at pick-up.
    Declined,
    /// Nobody answered in time; the senior may still choose to pay at pick-up.
    Expired,
    /// Called off by the senior. Never anything else again.
    Cancelled,
    /// The senior pays when she picks it up. Never anything else again.
    PayAtPickUp,
    /// Paid, and a part of it went back to the payer.
    RefundedPartly,
    /// Paid, and all of it went back to the payer. Never anything else again.
    Refunded,
}

impl PayRequestState {
    /// The word as stored and told.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Asked => "asked",
            Self::Claimed { .. } => "claimed",
            Self::Paid => "paid",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::PayAtPickUp => "pay_at_pick_up",
            Self::RefundedPartly => "refunded_partly",
            Self::Refunded => "refunded",
        }
    }

    /// Whether money may still be waited for: asked, or at the cashier.
    #[must_use]
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Asked | Self::Claimed { .. })
    }
}
