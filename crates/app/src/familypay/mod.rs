//! Use-cases about seniors who order and relatives who pay.
//!
//! A request is decided on its locked row (`ask_to_pay`, `pay`, `answer`, `end`); a payment on the row of its request (`settle_payment`).
//! What follows leaves by events: the order that was paid is told to the same path as the order system's (`record_paid_order`), refunds
//! are sent (`send_refund`), people are told (`mails`). Where the money is elsewhere it is asked about: `wechat` for each piece, `reconcile` for
//! a whole day.

mod advance_pay_requests;
mod answer;
mod ask_to_pay;
mod cancel_departed;
mod charge_mandate;
mod draft_order_from_speech;
mod end;
mod end_mandates;
mod goods;
mod look;
mod mails;
mod mandates;
mod pay;
mod payer_order;
mod provider;
mod reconcile;
mod record_paid_order;
mod refund_order;
mod sandbox;
mod send_refund;
mod senior_link;
mod settle_payment;
mod wechat;

pub use ::familypay::{
    DeclineReason, MoneyDifference, PayLine, PayLink, PayRequestBook, PayRequestState, Provider, RevokeMandateRefusal,
    SandboxOutcome,
    store::{ReconciledDay, RefundState, StoredRefund},
    wechat::{
        ApiKey, CallbackHeaders, CashierCall, CashierKind, InvalidKey, Merchant, MerchantKey, PlatformKey, WECHAT_PAY,
        WeChatPay,
    },
};
pub use answer::{DeclineRefusal, PayRequestDeclined};
pub use ask_to_pay::{AskToPay, AskToPayRefusal, AskedLine, AskedToPay, MAX_ASKED_LINES, MAX_OPEN_REQUESTS};
pub(crate) use cancel_departed::CANCEL_DEPARTED;
pub(crate) use charge_mandate::CHARGE_MANDATE;
pub use draft_order_from_speech::{DraftOrderRefusal, spoken_product};
pub use end::EndRequestRefusal;
pub(crate) use end_mandates::end_mandates;
pub use look::{PayRequestByLink, PayRequestShown, PayRequestStory, PaymentsInBalance};
pub(crate) use mails::{MAIL_PAID, MAIL_PAY_REQUEST, MAIL_REFUNDED};
pub use mandates::{GiveMandate, GiveMandateRefusal, MandateShown};
pub use pay::{BeginPayment, BeginPaymentRefusal, MAX_ATTEMPTS, PayDoor, PaymentBegun};
pub use payer_order::{PayerOrderRefusal, PayerShown};
pub use provider::PaymentProvider;
pub(crate) use record_paid_order::RECORD_PAID_ORDER;
pub(crate) use refund_order::REFUND_PAYER;
pub use sandbox::{SandboxPage, SandboxRefusal};
pub(crate) use send_refund::SEND_REFUND;
pub use settle_payment::PaymentTold;
pub use wechat::{Cashier, NoticeRefusal, OpenCashier, OpenCashierRefusal};
