//! The requests to WeChat Pay. Nothing of an answer is read before its signature holds; what comes of a request that is not answered is
//! unknown, and asked for by its number before anything else is done.

use std::time::Duration;

use kernel::{BusinessDate, Clock, Id, Money, Timestamp, kinds};
use reqwest::{Method, Response, StatusCode};
use ring::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    rand::{SecureRandom, SystemRandom},
};
use serde_json::{Value, json};

use super::{
    CallbackHeaders, CallbackRefusal, InvalidKey, Merchant, PaidNotice, RefundNotice,
    callback::{found_payment, found_refund},
    trade_number,
};
use crate::ProviderRef;

#[cfg(test)]
mod tests;

/// Where WeChat Pay answers.
pub const WECHAT_PAY: &str = "https://api.mch.weixin.qq.com";
/// How long an answer may take.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The largest answer read, in bytes; a day's bill is the largest there is.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Sends a merchant's requests.
#[derive(Debug, Clone)]
pub struct Client<'a> {
    merchant: &'a Merchant,
    http: reqwest::Client,
    base: String,
    clock: &'a dyn Clock,
}

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallFault {
    /// No answer, or none that can be read: whether it was done is unknown. Ask by its number.
    #[error("no answer from WeChat Pay: its outcome is unknown")]
    Unanswered(#[source] Option<reqwest::Error>),
    /// WeChat Pay refused it; nothing was done.
    #[error("WeChat Pay refused it: {code}")]
    Refused {
        /// Its own code, such as `ORDERPAID` or `FREQUENCY_LIMITED`.
        code: String,
    },
    /// The answer is not WeChat Pay's: whether it was done is unknown.
    #[error("an answer that is not WeChat Pay's")]
    NotBelieved(#[from] CallbackRefusal),
    /// The request could not be signed; nothing was sent.
    #[error(transparent)]
    Unsigned(#[from] InvalidKey),
}

/// What is to be paid.
#[derive(Debug, Clone)]
pub struct Prepay {
    /// The attempt, whose number it gets.
    pub attempt: Id<kinds::PaymentAttempt>,
    /// What the payer reads of it, at most 127 bytes.
    pub description: String,
    /// How much.
    pub amount: Money,
    /// Until when it can be paid.
    pub ends_at: Timestamp,
    /// Where callbacks go.
    pub notify_url: String,
}

/// Money that goes back.
#[derive(Debug, Clone)]
pub struct RefundOrder {
    /// Our number of it. The same when it is asked for again, or the money goes back twice.
    pub refund_number: String,
    /// The payment it goes back to.
    pub payment: ProviderRef,
    /// How much.
    pub amount: Money,
    /// What was paid.
    pub paid: Money,
}

impl<'a> Client<'a> {
    /// A client that sends to a place by the connections of [`super::WeChatPay`].
    pub(super) fn over(merchant: &'a Merchant, http: reqwest::Client, base: &str, clock: &'a dyn Clock) -> Self {
        Self { merchant, http, base: base.to_owned(), clock }
    }

    /// Prepares a payment inside WeChat; the `prepay_id` opens the cashier for two hours ([`Merchant::cashier_call`]).
    ///
    /// # Errors
    /// [`CallFault`]
    pub async fn prepay_in_wechat(&self, prepay: &Prepay, open_id: &str) -> Result<String, CallFault> {
        self.prepay("jsapi", prepay, json!({ "payer": { "openid": open_id } }), "prepay_id").await
    }

    /// Prepares a payment by a code that is scanned: the content of the QR code.
    ///
    /// # Errors
    /// [`CallFault`]
    pub async fn prepay_by_code(&self, prepay: &Prepay) -> Result<String, CallFault> {
        self.prepay("native", prepay, json!({}), "code_url").await
    }

    /// Prepares a payment from a browser outside WeChat: an address that opens it within five minutes.
    ///
    /// # Errors
    /// [`CallFault`]
    pub async fn prepay_in_browser(&self, prepay: &Prepay, payer_ip: &str) -> Result<String, CallFault> {
        let scene = json!({ "scene_info": { "payer_client_ip": payer_ip, "h5_info": { "type": "Wap" } } });
        self.prepay("h5", prepay, scene, "h5_url").await
    }

    async fn prepay(&self, kind: &str, prepay: &Prepay, more: Value, answer: &str) -> Result<String, CallFault> {
        let mut body = json!({
            "appid": self.merchant.app_id,
            "mchid": self.merchant.merchant_id,
            "description": prepay.description,
            "out_trade_no": trade_number(prepay.attempt),
            "time_expire": prepay.ends_at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            "notify_url": prepay.notify_url,
            "amount": { "total": prepay.amount.minor(), "currency": prepay.amount.currency().code() },
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let answered = self.call(Method::POST, &format!("/v3/pay/transactions/{kind}"), Some(&body)).await?;
        let found = answered[answer].as_str().ok_or(CallbackRefusal::Malformed("the answer"))?;
        Ok(found.to_owned())
    }

    /// What became of an attempt: the payment if it was paid, nothing if it was not.
    ///
    /// # Errors
    /// [`CallFault`]
    pub async fn find_payment(&self, attempt: Id<kinds::PaymentAttempt>) -> Result<Option<PaidNotice>, CallFault> {
        let (number, merchant) = (trade_number(attempt), &self.merchant.merchant_id);
        let target = format!("/v3/pay/transactions/out-trade-no/{number}?mchid={merchant}");
        match self.call(Method::GET, &target, None).await {
            Ok(answer) => Ok(found_payment(self.merchant, &answer)?),
            Err(CallFault::Refused { code }) if code == "ORDER_NOT_EXIST" || code == "ORDERNOTEXIST" => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Closes an attempt, so that it cannot be paid any more. Before another payer is asked, because its end in time does not close it.
    ///
    /// # Errors
    /// [`CallFault`]; `ORDERPAID` when it was paid meanwhile.
    pub async fn close(&self, attempt: Id<kinds::PaymentAttempt>) -> Result<(), CallFault> {
        let target = format!("/v3/pay/transactions/out-trade-no/{}/close", trade_number(attempt));
        let body = json!({ "mchid": self.merchant.merchant_id });
        self.call(Method::POST, &target, Some(&body)).await.map(drop)
    }

    /// Sends money back by the payment it came by. Asked again with the same number it goes back once.
    ///
    /// # Errors
    /// [`CallFault`]
    pub async fn refund(&self, order: &RefundOrder) -> Result<RefundNotice, CallFault> {
        let body = json!({
            "transaction_id": order.payment.as_str(),
            "out_refund_no": order.refund_number,
            "amount": {
                "refund": order.amount.minor(),
                "total": order.paid.minor(),
                "currency": order.amount.currency().code(),
            },
        });
        let answer = self.call(Method::POST, "/v3/refund/domestic/refunds", Some(&body)).await?;
        Ok(found_refund(&answer)?)
    }

    /// What became of a refund; nothing when it was never ordered.
    ///
    /// # Errors
    /// [`CallFault`]
    pub async fn find_refund(&self, refund_number: &str) -> Result<Option<RefundNotice>, CallFault> {
        match self.call(Method::GET, &format!("/v3/refund/domestic/refunds/{refund_number}"), None).await {
            Ok(answer) => Ok(Some(found_refund(&answer)?)),
            Err(CallFault::Refused { code }) if code == "RESOURCE_NOT_EXISTS" => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The bill of a day, ready after ten the next morning; for [`super::read_bill`]. None where nothing moved on that day.
    ///
    /// # Errors
    /// [`CallFault`]
    pub async fn bill(&self, day: BusinessDate) -> Result<Option<String>, CallFault> {
        let target = format!("/v3/bill/tradebill?bill_date={day}&bill_type=ALL");
        let told = match self.call(Method::GET, &target, None).await {
            Err(CallFault::Refused { code }) if code == "NO_STATEMENT_EXIST" => return Ok(None),
            told => told?,
        };
        let text = |name: &'static str| told[name].as_str().ok_or(CallbackRefusal::Malformed(name));
        let (hash, url) = (text("hash_value")?, text("download_url")?);
        // The download is not signed, but its hash was; and our signature goes to WeChat Pay alone.
        let target = url.strip_prefix(&self.base).ok_or(CallbackRefusal::Malformed("download_url"))?;
        let response = self.send(Method::GET, target, None).await?;
        let body = read(response).await?;
        let found: String =
            digest(&SHA1_FOR_LEGACY_USE_ONLY, &body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        if found != hash.to_ascii_lowercase() {
            return Err(CallbackRefusal::NotSigned.into());
        }
        Ok(Some(String::from_utf8(body).map_err(|_| CallbackRefusal::Malformed("bill"))?))
    }

    /// A signed request and its proven answer; null where the answer is empty.
    async fn call(&self, method: Method, target: &str, body: Option<&Value>) -> Result<Value, CallFault> {
        let response = self.send(method, target, body).await?;
        let status = response.status();
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let proof = ["serial", "timestamp", "nonce", "signature"].map(|name| header(&format!("wechatpay-{name}")));
        let body = read(response).await?;
        let [serial, timestamp, nonce, signature] = &proof;
        let headers = CallbackHeaders { serial, timestamp, nonce, signature };
        self.merchant.check_signature(&headers, &body, self.clock.now())?;
        if status.is_server_error() {
            return Err(CallFault::Unanswered(None));
        }
        if status == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        let answer: Value = serde_json::from_slice(&body).map_err(|_| CallbackRefusal::Malformed("the answer"))?;
        if status.is_success() {
            return Ok(answer);
        }
        let code = answer["code"].as_str().unwrap_or("UNKNOWN").to_owned();
        Err(CallFault::Refused { code })
    }

    async fn send(&self, method: Method, target: &str, body: Option<&Value>) -> Result<Response, CallFault> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let authorization = self.merchant.authorization(method.as_str(), target, &body, &nonce()?, self.clock.now())?;
        self.http
            .request(method, format!("{}{target}", self.base))
            .header("authorization", authorization)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("user-agent", "hearth")
            .body(body)
            .send()
            .await
            .map_err(|error| CallFault::Unanswered(Some(error.without_url())))
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, CallFault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| CallFault::Unanswered(Some(error)))? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(CallFault::Unanswered(None));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Sixteen random bytes, as hexadecimal digits.
fn nonce() -> Result<String, InvalidKey> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| InvalidKey::Unsigned)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
