//! What paying tells others: additive only, ids and few values.

use db::outbox::Event;
use kernel::{Id, kinds};
use serde::{Deserialize, Serialize};

use crate::PayRequest;

mod money;

pub use money::{MandateAttemptBegun, MandateGiven, MandateRevoked, PaymentRefundDue, PaymentRefundSucceeded};

/// A relative is asked to pay an order.
#[derive(Debug, Serialize, Deserialize)]
pub struct PayRequestAsked {
    /// Text id of the household that receives.
    pub household_id: String,
    /// Text id of the request.
    pub pay_request_id: String,
    /// Text id of the senior who asked.
    pub asked_by: String,
    /// Text id of the payer who is asked.
    pub payer_id: String,
    /// What it asks for, in minor units.
    pub amount_minor: i64,
    /// Whose turn it is, from 1: above 1 the one before passed it on.
    pub place: u32,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PayRequestAsked {
    /// The event of a request and that payer.
    #[must_use]
    pub fn of(request: &PayRequest, payer: Id<kinds::Person>, place: u32) -> Self {
        Self {
            household_id: request.household().to_string(),
            pay_request_id: request.id().to_string(),
            asked_by: request.asked_by().to_string(),
            payer_id: payer.to_string(),
            amount_minor: request.amount().minor(),
            place,
            household: Some(request.household()),
        }
    }
}

impl Event for PayRequestAsked {
    const KIND: &'static str = "familypay.pay_request_asked.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// Half the time of a request is over, and whoever is asked has not answered.
#[derive(Debug, Serialize, Deserialize)]
pub struct PayRequestReminded {
    /// Text id of the household that receives.
    pub household_id: String,
    /// Text id of the request.
    pub pay_request_id: String,
    /// Text id of the senior who asked.
    pub asked_by: String,
    /// Text id of the payer who is asked.
    pub payer_id: String,
    /// What it asks for, in minor units.
    pub amount_minor: i64,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PayRequestReminded {
    /// The event of a request and that payer.
    #[must_use]
    pub fn of(request: &PayRequest, payer: Id<kinds::Person>) -> Self {
        Self {
            household_id: request.household().to_string(),
            pay_request_id: request.id().to_string(),
            asked_by: request.asked_by().to_string(),
            payer_id: payer.to_string(),
            amount_minor: request.amount().minor(),
            household: Some(request.household()),
        }
    }
}

impl Event for PayRequestReminded {
    const KIND: &'static str = "familypay.pay_request_reminded.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// A payer passed a request on.
#[derive(Debug, Serialize, Deserialize)]
pub struct PayRequestDeclined {
    /// Text id of the household that receives.
    pub household_id: String,
    /// Text id of the request.
    pub pay_request_id: String,
    /// Text id of the senior who asked.
    pub asked_by: String,
    /// Text id of the payer who passed it on.
    pub payer_id: String,
    /// What it asks for, in minor units.
    pub amount_minor: i64,
    /// Why: `busy`, `not_needed`, `talk_first` or `somebody_else`.
    pub reason: String,
    /// Whether nobody is left to be asked.
    pub is_last: bool,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PayRequestDeclined {
    /// The event of a request and that payer.
    #[must_use]
    pub fn of(request: &PayRequest, payer: Id<kinds::Person>, reason: &str, is_last: bool) -> Self {
        Self {
            household_id: request.household().to_string(),
            pay_request_id: request.id().to_string(),
            asked_by: request.asked_by().to_string(),
            payer_id: payer.to_string(),
            amount_minor: request.amount().minor(),
            reason: reason.to_owned(),
            is_last,
            household: Some(request.household()),
        }
    }
}

impl Event for PayRequestDeclined {
    const KIND: &'static str = "familypay.pay_request_declined.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// A request is paid: its order stands.
#[derive(Debug, Serialize, Deserialize)]
pub struct PayRequestPaid {
    /// Text id of the household that receives.
    pub household_id: String,
    /// Text id of the request.
    pub pay_request_id: String,
    /// Text id of the senior who asked.
    pub asked_by: String,
    /// Text id of the payer.
    pub payer_id: String,
    /// What it asks for, in minor units.
    pub amount_minor: i64,
    /// Whether it was paid by a mandate, without asking.
    pub is_by_mandate: bool,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PayRequestPaid {
    /// The event of a request and that payer.
    #[must_use]
    pub fn of(request: &PayRequest, payer: Id<kinds::Person>, is_by_mandate: bool) -> Self {
        Self {
            household_id: request.household().to_string(),
            pay_request_id: request.id().to_string(),
            asked_by: request.asked_by().to_string(),
            payer_id: payer.to_string(),
            amount_minor: request.amount().minor(),
            is_by_mandate,
            household: Some(request.household()),
        }
    }
}

impl Event for PayRequestPaid {
    const KIND: &'static str = "familypay.pay_request_paid.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// Nobody answered a request in time.
#[derive(Debug, Serialize, Deserialize)]
pub struct PayRequestExpired {
    /// Text id of the household that receives.
    pub household_id: String,
    /// Text id of the request.
    pub pay_request_id: String,
    /// Text id of the senior who asked.
    pub asked_by: String,
    /// Text id of the payer who was asked last.
    pub payer_id: String,
    /// What it asks for, in minor units.
    pub amount_minor: i64,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PayRequestExpired {
    /// The event of a request and that payer.
    #[must_use]
    pub fn of(request: &PayRequest, payer: Id<kinds::Person>) -> Self {
        Self {
            household_id: request.household().to_string(),
            pay_request_id: request.id().to_string(),
            asked_by: request.asked_by().to_string(),
            payer_id: payer.to_string(),
            amount_minor: request.amount().minor(),
            household: Some(request.household()),
        }
    }
}

impl Event for PayRequestExpired {
    const KIND: &'static str = "familypay.pay_request_expired.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// The senior called a request off.
#[derive(Debug, Serialize, Deserialize)]
pub struct PayRequestCancelled {
    /// Text id of the household that receives.
    pub household_id: String,
    /// Text id of the request.
    pub pay_request_id: String,
    /// Text id of the senior who asked.
    pub asked_by: String,
    /// Text id of the payer who was asked last.
    pub payer_id: String,
    /// What it asks for, in minor units.
    pub amount_minor: i64,
    /// Whether it was because the senior left the household it was for.
    pub is_departure: bool,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PayRequestCancelled {
    /// The event of a request and that payer.
    #[must_use]
    pub fn of(request: &PayRequest, payer: Id<kinds::Person>, is_departure: bool) -> Self {
        Self {
            household_id: request.household().to_string(),
            pay_request_id: request.id().to_string(),
            asked_by: request.asked_by().to_string(),
            payer_id: payer.to_string(),
            amount_minor: request.amount().minor(),
            is_departure,
            household: Some(request.household()),
        }
    }
}

impl Event for PayRequestCancelled {
    const KIND: &'static str = "familypay.pay_request_cancelled.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// The senior pays an order when she picks it up.
#[derive(Debug, Serialize, Deserialize)]
pub struct PayAtPickUpChosen {
    /// Text id of the household that receives.
    pub household_id: String,
    /// Text id of the request.
    pub pay_request_id: String,
    /// Text id of the senior who asked.
    pub asked_by: String,
    /// Text id of the payer who was asked last.
    pub payer_id: String,
    /// What it asks for, in minor units.
    pub amount_minor: i64,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PayAtPickUpChosen {
    /// The event of a request and that payer.
    #[must_use]
    pub fn of(request: &PayRequest, payer: Id<kinds::Person>) -> Self {
        Self {
            household_id: request.household().to_string(),
            pay_request_id: request.id().to_string(),
            asked_by: request.asked_by().to_string(),
            payer_id: payer.to_string(),
            amount_minor: request.amount().minor(),
            household: Some(request.household()),
        }
    }
}

impl Event for PayAtPickUpChosen {
    const KIND: &'static str = "familypay.pay_at_pick_up_chosen.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}
