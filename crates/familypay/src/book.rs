use kernel::{ExternalRef, Id, Label, Money, Month, Timestamp, kinds};

use crate::{PayRequest, understand::Quantity};

/// One thing that was ordered, as it was read back to the senior.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayLine {
    /// The operator's number of the product.
    pub product_ref: ExternalRef,
    /// What it was called.
    pub name: Label,
    /// How much of it.
    pub quantity: Quantity,
    /// The word it was sold by.
    pub unit: Label,
    /// What one unit cost.
    pub price: Money,
    /// What the line cost.
    pub amount: Money,
}

/// Why a payer passes a request on, in words that hurt nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclineReason {
    /// I cannot pay just now.
    Busy,
    /// We have this at home.
    NotNeeded,
    /// Let us talk about it first.
    TalkFirst,
    /// Please ask somebody else.
    SomebodyElse,
}

impl DeclineReason {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Busy, Self::NotNeeded, Self::TalkFirst, Self::SomebodyElse];

    /// The word as stored and sent by a form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::NotNeeded => "not_needed",
            Self::TalkFirst => "talk_first",
            Self::SomebodyElse => "somebody_else",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// One who may pay a request, and how they passed it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// Who.
    pub person: Id<kinds::Person>,
    /// Why and when they passed it on, once they did.
    pub declined: Option<(DeclineReason, Timestamp)>,
}

/// A request with everything that is kept of it: the book its use-cases decide on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayRequestBook {
    /// The request.
    pub request: PayRequest,
    /// What it orders; at least one line.
    pub lines: Vec<PayLine>,
    /// Where it will be picked up, in the operator's words.
    pub pick_up: Option<Label>,
    /// Its payers, in the order of the request's own.
    pub payers: Vec<Payer>,
    /// Whether its goods are set aside.
    pub is_reserved: bool,
    /// The mandate it uses some of, and the month it counts in.
    pub mandate: Option<(Id<kinds::Mandate>, Month)>,
    /// Counts its changes, from 1.
    pub version: u32,
    /// When it changed last.
    pub changed_at: Timestamp,
}

impl PayRequestBook {
    /// The number its order has, and the order system may speak of it by: the request's own id.
    #[must_use]
    pub fn order_ref(&self) -> String {
        self.request.id().to_string()
    }
}
