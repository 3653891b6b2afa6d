//! Mandates, and money that goes back.

use db::outbox::Event;
use kernel::{Id, Money, kinds};
use serde::{Deserialize, Serialize};

use crate::{Mandate, PaymentAttempt, store::StoredRefund};

/// An order is about to be paid by a mandate.
#[derive(Debug, Serialize, Deserialize)]
pub struct MandateAttemptBegun {
    /// Text id of the household that receives.
    pub household_id: String,
    /// Text id of the request.
    pub pay_request_id: String,
    /// Text id of the attempt.
    pub payment_attempt_id: String,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl MandateAttemptBegun {
    /// The event of an attempt for that household.
    #[must_use]
    pub fn of(household: Id<kinds::Household>, attempt: &PaymentAttempt) -> Self {
        Self {
            household_id: household.to_string(),
            pay_request_id: attempt.request.to_string(),
            payment_attempt_id: attempt.id.to_string(),
            household: Some(household),
        }
    }
}

impl Event for MandateAttemptBegun {
    const KIND: &'static str = "familypay.mandate_attempt_begun.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// Money has to go back to whoever paid it.
#[derive(Debug, Serialize, Deserialize)]
pub struct PaymentRefundDue {
    /// Text id of the refund.
    pub refund_id: String,
    /// How much, in minor units.
    pub amount_minor: i64,
}

impl PaymentRefundDue {
    /// The event of a refund.
    #[must_use]
    pub fn of(id: Id<kinds::PaymentRefund>, amount: Money) -> Self {
        Self { refund_id: id.to_string(), amount_minor: amount.minor() }
    }
}

impl Event for PaymentRefundDue {
    const KIND: &'static str = "familypay.payment_refund_due.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        None
    }
}

/// Money went back to whoever paid it.
#[derive(Debug, Serialize, Deserialize)]
pub struct PaymentRefundSucceeded {
    /// Text id of the household the payment was for; null for a payment nobody here knows.
    pub household_id: Option<String>,
    /// Text id of the request; null for a payment nobody here knows.
    pub pay_request_id: Option<String>,
    /// Text id of whoever paid; null for a payment nobody here knows.
    pub payer_id: Option<String>,
    /// Text id of the refund.
    pub refund_id: String,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// Whether the whole payment was not needed, and not a part of a paid order given back.
    pub is_surplus: bool,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PaymentRefundSucceeded {
    /// The event of a refund.
    #[must_use]
    pub fn of(refund: &StoredRefund) -> Self {
        let origin = refund.origin.as_ref();
        Self {
            household_id: origin.map(|origin| origin.household.to_string()),
            pay_request_id: origin.map(|origin| origin.request.to_string()),
            payer_id: origin.map(|origin| origin.payer.to_string()),
            refund_id: refund.id.to_string(),
            amount_minor: refund.amount.minor(),
            is_surplus: refund.is_surplus(),
            household: origin.map(|origin| origin.household),
        }
    }
}

impl Event for PaymentRefundSucceeded {
    const KIND: &'static str = "familypay.payment_refund_succeeded.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// A relative gave a mandate.
#[derive(Debug, Serialize, Deserialize)]
pub struct MandateGiven {
    /// Text id of the mandate.
    pub mandate_id: String,
    /// Text id of whoever pays.
    pub payer_id: String,
    /// Text id of the senior.
    pub senior_id: String,
}

impl MandateGiven {
    /// The event of a mandate.
    #[must_use]
    pub fn of(mandate: &Mandate) -> Self {
        Self {
            mandate_id: mandate.id.to_string(),
            payer_id: mandate.payer.to_string(),
            senior_id: mandate.senior.to_string(),
        }
    }
}

impl Event for MandateGiven {
    const KIND: &'static str = "familypay.mandate_given.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        None
    }
}

/// Either side took a mandate back.
#[derive(Debug, Serialize, Deserialize)]
pub struct MandateRevoked {
    /// Text id of the mandate.
    pub mandate_id: String,
    /// Text id of whoever paid.
    pub payer_id: String,
    /// Text id of the senior.
    pub senior_id: String,
    /// Text id of which of them took it back.
    pub revoked_by: String,
}

impl MandateRevoked {
    /// The event of a mandate.
    #[must_use]
    pub fn of(mandate: &Mandate, by: Id<kinds::Person>) -> Self {
        Self {
            mandate_id: mandate.id.to_string(),
            payer_id: mandate.payer.to_string(),
            senior_id: mandate.senior.to_string(),
            revoked_by: by.to_string(),
        }
    }
}

impl Event for MandateRevoked {
    const KIND: &'static str = "familypay.mandate_revoked.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        None
    }
}
