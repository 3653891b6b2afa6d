use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use kernel::{Currency, Id, Money, kinds};
use serde_json::Value;

use super::{Merchant, attempt_of};
use crate::{Payment, ProviderRef};

/// What a callback, or an answer, says of itself in its headers.
#[derive(Debug, Clone, Copy)]
pub struct CallbackHeaders<'a> {
    /// `Wechatpay-Serial`.
    pub serial: &'a str,
    /// `Wechatpay-Timestamp`.
    pub timestamp: &'a str,
    /// `Wechatpay-Nonce`.
    pub nonce: &'a str,
    /// `Wechatpay-Signature`.
    pub signature: &'a str,
}

/// Why a callback is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRefusal {
    /// A part of it is not as the interface says.
    #[error("{0} is missing or malformed")]
    Malformed(&'static str),
    /// Too old, or from the future: perhaps played back.
    #[error("it was not sent within five minutes of now")]
    Stale,
    /// Signed with a key we do not have.
    #[error("its key is not known")]
    UnknownKey,
    /// The signature does not hold.
    #[error("its signature does not hold")]
    NotSigned,
    /// The content cannot be opened with our key.
    #[error("its content cannot be opened")]
    NotOurs,
    /// It is about another merchant or another app.
    #[error("it is for another merchant or app")]
    AnotherMerchant,
    /// In a currency we do not take.
    #[error("it is not in yuan")]
    AnotherCurrency,
}

/// What a callback says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Money was taken.
    Paid(PaidNotice),
    /// A refund went through, or did not.
    Refund(RefundNotice),
    /// Something else that needs nothing of us; acknowledged.
    Other,
}

/// Money was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidNotice {
    /// The attempt its number stands for; none when the number is none of ours, which is refunded.
    pub attempt: Option<Id<kinds::PaymentAttempt>>,
    /// The payment.
    pub payment: Payment,
}

/// What became of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundNotice {
    /// Our number of it (out_refund_no).
    pub refund_number: String,
    /// How much goes back.
    pub amount: Money,
    /// Where it stands.
    pub progress: RefundProgress,
}

/// Where a refund stands at WeChat Pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundProgress {
    /// It is on its way.
    Processing,
    /// It is with the payer.
    Done,
    /// It was closed, or cannot be brought to the payer: somebody has to look.
    Stuck,
}

impl RefundProgress {
    fn read(word: &str) -> Result<Self, CallbackRefusal> {
        match word {
            "PROCESSING" => Ok(Self::Processing),
            "SUCCESS" => Ok(Self::Done),
            "CLOSED" | "ABNORMAL" => Ok(Self::Stuck),
            _ => Err(CallbackRefusal::Malformed("the state of a refund")),
        }
    }
}

/// Opens a message whose signature holds.
pub(super) fn open(merchant: &Merchant, body: &[u8]) -> Result<Notice, CallbackRefusal> {
    let message: Value = serde_json::from_slice(body).map_err(|_| CallbackRefusal::Malformed("body"))?;
    let resource = &message["resource"];
    if text(resource, "algorithm")? != "AEAD_AES_256_GCM" {
        return Err(CallbackRefusal::Malformed("algorithm"));
    }
    let sealed =
        STANDARD.decode(text(resource, "ciphertext")?).map_err(|_| CallbackRefusal::Malformed("ciphertext"))?;
    let associated = resource["associated_data"].as_str().unwrap_or_default();
    let opened = merchant.api_key.open(text(resource, "nonce")?, associated, sealed).ok_or(CallbackRefusal::NotOurs)?;
    let content: Value = serde_json::from_slice(&opened).map_err(|_| CallbackRefusal::Malformed("content"))?;
    if text(&content, "mchid")? != merchant.merchant_id {
        return Err(CallbackRefusal::AnotherMerchant);
    }
    match text(&message, "event_type")? {
        "TRANSACTION.SUCCESS" => paid(merchant, &content).map(Notice::Paid),
        kind if kind.starts_with("REFUND.") => refund(&content).map(Notice::Refund),
        _ => Ok(Notice::Other),
    }
}

/// What a query says of an attempt: its payment, or nothing while it is not paid.
pub(super) fn found_payment(merchant: &Merchant, answer: &Value) -> Result<Option<PaidNotice>, CallbackRefusal> {
    if text(answer, "mchid")? != merchant.merchant_id {
        return Err(CallbackRefusal::AnotherMerchant);
    }
    // REFUND was paid before it went back.
    match text(answer, "trade_state")? {
        "SUCCESS" | "REFUND" => paid(merchant, answer).map(Some),
        "NOTPAY" | "CLOSED" | "REVOKED" | "USERPAYING" | "PAYERROR" | "ACCEPT" => Ok(None),
        _ => Err(CallbackRefusal::Malformed("trade_state")),
    }
}

/// What an answer says of a refund.
pub(super) fn found_refund(answer: &Value) -> Result<RefundNotice, CallbackRefusal> {
    let refund_number = text(answer, "out_refund_no")?.to_owned();
    let progress = RefundProgress::read(text(answer, "status")?)?;
    Ok(RefundNotice { refund_number, amount: fen(&answer["amount"], "refund")?, progress })
}

fn paid(merchant: &Merchant, content: &Value) -> Result<PaidNotice, CallbackRefusal> {
    if text(content, "appid")? != merchant.app_id {
        return Err(CallbackRefusal::AnotherMerchant);
    }
    if !matches!(text(content, "trade_state")?, "SUCCESS" | "REFUND") {
        return Err(CallbackRefusal::Malformed("trade_state"));
    }
    // Believed is what was taken; what it was for stands in our own attempt.
    let amount = fen(&content["amount"], "total")?;
    let paid_at = DateTime::parse_from_rfc3339(text(content, "success_time")?)
        .map_err(|_| CallbackRefusal::Malformed("success_time"))?
        .with_timezone(&Utc);
    let provider_ref =
        ProviderRef::new(text(content, "transaction_id")?).ok_or(CallbackRefusal::Malformed("transaction_id"))?;
    let attempt = attempt_of(text(content, "out_trade_no")?);
    Ok(PaidNotice { attempt, payment: Payment { provider_ref, amount, paid_at } })
}

fn refund(content: &Value) -> Result<RefundNotice, CallbackRefusal> {
    let refund_number = text(content, "out_refund_no")?.to_owned();
    let progress = RefundProgress::read(text(content, "refund_status")?)?;
    Ok(RefundNotice { refund_number, amount: fen(&content["amount"], "refund")?, progress })
}

/// A whole number of fen. A refund's notice names no currency: it is the payment's.
fn fen(amount: &Value, name: &'static str) -> Result<Money, CallbackRefusal> {
    if amount["currency"].as_str().is_some_and(|currency| currency != "CNY") {
        return Err(CallbackRefusal::AnotherCurrency);
    }
    let minor = amount[name].as_i64().ok_or(CallbackRefusal::Malformed("amount"))?;
    Money::from_minor(minor, Currency::Cny).ok_or(CallbackRefusal::Malformed("amount"))
}

fn text<'a>(value: &'a Value, name: &'static str) -> Result<&'a str, CallbackRefusal> {
    value[name].as_str().ok_or(CallbackRefusal::Malformed(name))
}
