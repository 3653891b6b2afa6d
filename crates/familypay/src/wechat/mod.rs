//! WeChat Pay's interface v3: what we sign, what we believe, what we open, and the [`Client`] that asks.
//!
//! Written from the documents at <https://pay.weixin.qq.com/doc/v3/merchant/4012081606>. Nothing is read of a message before its
//! signature holds: it is checked over the raw body.

mod bill;
mod callback;
mod cipher;
mod client;
mod keys;
mod service;
#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::{Id, Timestamp, kinds};

pub use self::{
    bill::{BillRefusal, read_bill},
    callback::{CallbackHeaders, CallbackRefusal, Notice, PaidNotice, RefundNotice, RefundProgress},
    cipher::ApiKey,
    client::{ANSWER_WITHIN, CallFault, Client, MAX_ANSWER_BYTES, Prepay, RefundOrder, WECHAT_PAY},
    keys::{InvalidKey, MerchantKey, PlatformKey},
    service::{CashierKind, WeChatPay},
};

/// How far a message's time may lie from ours, in seconds.
pub const CLOCK_WINDOW_SECONDS: i64 = 300;

/// A merchant of WeChat Pay, with all it signs and opens messages with.
#[derive(Debug)]
pub struct Merchant {
    /// The merchant's number (mchid).
    pub merchant_id: String,
    /// The app payments are made in (appid).
    pub app_id: String,
    /// What we sign with.
    pub key: MerchantKey,
    /// What WeChat Pay signs with, each by its serial: old and new hold side by side while it changes them.
    pub platform_keys: Vec<PlatformKey>,
    /// What opens the content of callbacks (APIv3 key).
    pub api_key: ApiKey,
}

/// What the cashier inside WeChat is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CashierCall {
    /// The app.
    pub app_id: String,
    /// Seconds since 1970.
    pub timestamp: i64,
    /// Random text.
    pub nonce: String,
    /// `prepay_id=…`: with its name, unlike what the prepay answers.
    pub package: String,
    /// RSA over the four of them.
    pub signature: String,
}

impl Merchant {
    /// The `Authorization` of a request. `target` is the path with its query, `body` empty where there is none.
    ///
    /// # Errors
    /// [`InvalidKey`] when the machine will not sign.
    pub fn authorization(
        &self,
        method: &str,
        target: &str,
        body: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<String, InvalidKey> {
        let timestamp = now.timestamp();
        let signature = self.key.sign(&lines(&[method, target, &timestamp.to_string(), nonce, body]))?;
        let (merchant, serial) = (&self.merchant_id, self.key.serial());
        Ok(format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{merchant}\",nonce_str=\"{nonce}\",signature=\"{signature}\",\
             timestamp=\"{timestamp}\",serial_no=\"{serial}\""
        ))
    }

    /// What a page or mini-program inside WeChat opens the cashier with (JSAPI).
    ///
    /// # Errors
    /// [`InvalidKey`] when the machine will not sign.
    pub fn cashier_call(&self, prepay_id: &str, nonce: &str, now: Timestamp) -> Result<CashierCall, InvalidKey> {
        let timestamp = now.timestamp();
        let package = format!("prepay_id={prepay_id}");
        let signature = self.key.sign(&lines(&[&self.app_id, &timestamp.to_string(), nonce, &package]))?;
        Ok(CashierCall { app_id: self.app_id.clone(), timestamp, nonce: nonce.to_owned(), package, signature })
    }

    /// What a callback says, once it is proven to be WeChat Pay's, fresh, and about this merchant.
    ///
    /// # Errors
    /// [`CallbackRefusal`] says what does not hold; the caller answers with an error, and WeChat Pay sends it again.
    pub fn open_callback(
        &self,
        headers: &CallbackHeaders<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Notice, CallbackRefusal> {
        self.check_signature(headers, body, now)?;
        callback::open(self, body)
    }

    /// Whether an answer or a callback is WeChat Pay's own and fresh.
    ///
    /// # Errors
    /// [`CallbackRefusal`] says what does not hold.
    pub fn check_signature(
        &self,
        headers: &CallbackHeaders<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), CallbackRefusal> {
        let sent_at: i64 = headers.timestamp.parse().map_err(|_| CallbackRefusal::Malformed("timestamp"))?;
        if now.timestamp().abs_diff(sent_at) > CLOCK_WINDOW_SECONDS.unsigned_abs() {
            return Err(CallbackRefusal::Stale);
        }
        let key = self.platform_keys.iter().find(|key| key.serial() == headers.serial);
        let key = key.ok_or(CallbackRefusal::UnknownKey)?;
        let signature = STANDARD.decode(headers.signature).map_err(|_| CallbackRefusal::Malformed("signature"))?;
        let mut message = format!("{}\n{}\n", headers.timestamp, headers.nonce).into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        if key.has_signed(&message, &signature) { Ok(()) } else { Err(CallbackRefusal::NotSigned) }
    }
}

/// The number an attempt has at WeChat Pay (out_trade_no): 32 characters, one attempt each.
#[must_use]
pub fn trade_number(attempt: Id<kinds::PaymentAttempt>) -> String {
    attempt.uuid().simple().to_string()
}

/// The attempt a number stands for; `None` when it is none of ours.
#[must_use]
pub fn attempt_of(trade_number: &str) -> Option<Id<kinds::PaymentAttempt>> {
    let is_ours = trade_number.len() == 32 && trade_number.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_ours
        .then(|| u128::from_str_radix(trade_number, 16).ok())
        .flatten()
        .map(|n| Id::from_uuid(uuid::Uuid::from_u128(n)))
}

/// What is signed: each part with a line end, the last one too.
fn lines(parts: &[&str]) -> String {
    parts.iter().fold(String::new(), |mut lines, part| {
        lines.push_str(part);
        lines.push('\n');
        lines
    })
}
