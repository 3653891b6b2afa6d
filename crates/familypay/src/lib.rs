//! Seniors ask, relatives pay: what an old person's words order, pay requests, payment attempts, mandates, and the providers that
//! move money.
//!
//! Owns every payment attempt and what became of it. Never touches points or grants. Start reading at `understand/mod.rs`, which
//! makes a draft of speech and asks back what it is not sure of; then at `pay_request.rs` and `payment.rs`.

mod mandate;
mod pay_request;
mod payment;
mod reconciliation;
#[cfg(test)]
mod testing;
pub mod understand;
pub mod wechat;

pub use mandate::{Mandate, MandateBook, MandateRefusal, RevokeMandateRefusal};
pub use pay_request::{
    AskRefusal, BEFORE_CUT_OFF, CLAIM_LIFE, Declined, EndRefusal, MAX_PAYERS, NewPayRequest, PayRefusal, PayRequest,
    PayRequestState, REQUEST_LIFE,
};
pub use payment::{Availability, Payment, PaymentAttempt, ProviderRef, Refund, RefundRefusal, Settled, Surplus};
pub use reconciliation::{MoneyDifference, MoneyMoved, Reconciliation};
