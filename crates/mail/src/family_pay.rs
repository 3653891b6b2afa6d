use std::fmt;

use chrono::NaiveDateTime;
use kernel::{Label, Money};

/// What became of a senior's wish that a relative pays.
#[derive(Clone, PartialEq, Eq)]
pub struct FamilyPay {
    /// What is told, and to which of the two.
    pub kind: FamilyPayKind,
    /// The senior.
    pub senior: Label,
    /// The payer it is about.
    pub payer: Label,
    /// How much.
    pub amount: Money,
    /// What is ordered, in one row.
    pub goods: String,
    /// Until when it can be paid, as the clocks of the operator's zone show it.
    pub until: Option<NaiveDateTime>,
    /// Where the payer looks at it; none where the operator has no such place.
    pub link: Option<String>,
    /// The secret of the link, for whoever types it.
    pub token: String,
}

impl fmt::Debug for FamilyPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FamilyPay").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What is told of a request to pay, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FamilyPayKind {
    /// A relative is asked to pay.
    Asked,
    /// Half the time is over, and the relative has not answered.
    Reminded,
    /// The senior hears that the next relative is asked.
    PassedOn,
    /// The senior hears that it is paid.
    Paid,
    /// The payer hears that it is paid.
    PaidByYou,
    /// The payer hears that a mandate paid it.
    PaidByMandate,
    /// The senior hears that nobody can pay, and what she can do.
    DeclinedByAll,
    /// The senior hears that nobody answered, and what she can do.
    Expired,
    /// The payer hears that nothing is to be paid any more.
    NotNeeded,
    /// The senior hears that it was called off since she left the household.
    CalledOff,
    /// The payer hears that a part of what was paid is back.
    RefundedToYou,
    /// The senior hears that a part went back to the payer.
    Refunded,
    /// The payer hears that a payment that was not needed is back.
    SurplusBack,
    /// The senior hears that a second payment went back to who made it.
    SurplusTold,
}

impl FamilyPayKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Asked,
        Self::Reminded,
        Self::PassedOn,
        Self::Paid,
        Self::PaidByYou,
        Self::PaidByMandate,
        Self::DeclinedByAll,
        Self::Expired,
        Self::NotNeeded,
        Self::CalledOff,
        Self::RefundedToYou,
        Self::Refunded,
        Self::SurplusBack,
        Self::SurplusTold,
    ];

    /// The word in the names of its sentences.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Reminded => "reminded",
            Self::PassedOn => "passed-on",
            Self::Paid => "paid",
            Self::PaidByYou => "paid-by-you",
            Self::PaidByMandate => "paid-by-mandate",
            Self::DeclinedByAll => "declined-by-all",
            Self::Expired => "expired",
            Self::NotNeeded => "not-needed",
            Self::CalledOff => "called-off",
            Self::RefundedToYou => "refunded-to-you",
            Self::Refunded => "refunded",
            Self::SurplusBack => "surplus-back",
            Self::SurplusTold => "surplus-told",
        }
    }
}
