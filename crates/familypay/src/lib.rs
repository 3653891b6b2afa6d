//! Seniors ask, relatives pay: what an old person's words order, pay requests, payment attempts, mandates, and the providers that
//! move money.
//!
//! Owns every payment attempt and what became of it. Never touches points or grants. Start reading at `understand/mod.rs`, which
//! makes a draft of speech and asks back what it is not sure of; then at `pay_request.rs` and `payment.rs`.

mod book;
pub mod events;
mod mandate;
mod pay_link;
mod pay_request;
mod payment;
mod reconciliation;
mod sandbox;
mod senior_link;
pub mod store;
#[cfg(test)]
mod testing;
pub mod understand;
mod usual_basket;
pub mod wechat;

pub use book::{DeclineReason, PayLine, PayRequestBook, Payer};
pub use mandate::{Mandate, MandateBook, MandateRefusal, RevokeMandateRefusal};
pub use pay_link::PayLink;
pub use pay_request::{
    AskRefusal, BEFORE_CUT_OFF, CLAIM_LIFE, Declined, EndRefusal, MAX_PAYERS, NewPayRequest, PayRefusal, PayRequest,
    PayRequestState, REQUEST_LIFE,
};
pub use payment::{
    Availability, Payment, PaymentAttempt, Provider, ProviderRef, Refund, RefundRefusal, Settled, Surplus,
    refund_number,
};
pub use reconciliation::{MoneyDifference, MoneyMoved, Reconciliation};
pub use sandbox::{SandboxOutcome, SandboxPayment};
pub use senior_link::SeniorLink;
pub use usual_basket::{MAX_USUAL_FROM, usual_basket};
