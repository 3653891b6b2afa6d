//! Against messages that openssl signed and another implementation sealed. The keys were made for these tests and open nothing else.

use kernel::{Id, Timestamp, kinds};
use proptest::prelude::{any, proptest};
use serde_json::Value;

use super::{
    ApiKey, CallbackHeaders, CallbackRefusal, InvalidKey, Merchant, MerchantKey, Notice, PaidNotice, PlatformKey,
    RefundNotice, RefundProgress, attempt_of, trade_number,
};
use crate::{Payment, ProviderRef, testing::at};

const MERCHANT_KEY: &str = include_str!("testdata/merchant_key.pem");
const PLATFORM_KEY: &str = include_str!("testdata/platform_public.pem");
pub(super) const SERIAL: &str = "PUB_KEY_ID_0119000000012026";
pub(super) const ATTEMPT: &str = "0193c1a27e5b7cc29f6a0d4c5e8f1a2b";

macro_rules! message {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("testdata/", $name, ".json"))).expect("JSON")
    };
}

pub(super) fn merchant() -> Merchant {
    Merchant {
        merchant_id: "1900000001".to_owned(),
        app_id: "wx0000000000000001".to_owned(),
        key: MerchantKey::from_pem("4A", MERCHANT_KEY).expect("a key"),
        platform_keys: vec![PlatformKey::from_pem(SERIAL, PLATFORM_KEY).expect("a key")],
        api_key: ApiKey::new("0123456789abcdef0123456789abcdef").expect("32 characters"),
    }
}

fn headers(message: &Value) -> CallbackHeaders<'_> {
    let text = |name: &str| message[name].as_str().expect("text");
    CallbackHeaders { serial: SERIAL, timestamp: text("timestamp"), nonce: text("nonce"), signature: text("signature") }
}

fn open_at(message: &Value, now: Timestamp) -> Result<Notice, CallbackRefusal> {
    merchant().open_callback(&headers(message), message["body"].as_str().expect("text").as_bytes(), now)
}

fn open(message: &Value) -> Result<Notice, CallbackRefusal> {
    open_at(message, at(0))
}

fn money(minor: i64) -> kernel::Money {
    kernel::Money::from_minor(minor, kernel::Currency::Cny).expect("an amount")
}

fn paid(attempt: Option<Id<kinds::PaymentAttempt>>) -> Notice {
    let provider_ref = ProviderRef::new("4200001234202603011234567890").expect("a reference");
    let paid_at = "2026-03-01T10:00:00Z".parse().expect("an instant");
    Notice::Paid(PaidNotice { attempt, payment: Payment { provider_ref, amount: money(5_680), paid_at } })
}

#[test]
fn signs_as_openssl_signs() {
    let signed = message!("signed_by_openssl");
    let header =
        merchant().authorization("POST", "/v3/pay/transactions/jsapi", "{\"a\":1}", "n0nce", at(0)).expect("signed");
    assert_eq!(
        header,
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\",nonce_str=\"n0nce\",signature=\"{}\",\
             timestamp=\"1772359200\",serial_no=\"4A\"",
            signed["request"].as_str().expect("text")
        )
    );
    let get = merchant().authorization("GET", "/v3/x?mchid=1", "", "n0nce", at(0)).expect("signed");
    assert!(get.contains(signed["get"].as_str().expect("text")), "an empty body has its line end too");

    let call = merchant().cashier_call("wx123", "n0nce", at(0)).expect("signed");
    assert_eq!(call.package, "prepay_id=wx123");
    assert_eq!(call.signature, signed["cashier"].as_str().expect("text"));
}

#[test]
fn believes_what_was_signed_sealed_and_is_ours() {
    assert_eq!(open(&message!("paid")), Ok(paid(attempt_of(ATTEMPT))));
    assert_eq!(open(&message!("paid_unknown")), Ok(paid(None)), "money of no attempt is told all the same");
    let refund =
        |progress| Ok(Notice::Refund(RefundNotice { refund_number: "R1".to_owned(), amount: money(897), progress }));
    assert_eq!(open(&message!("refunded")), refund(RefundProgress::Done));
    assert_eq!(open(&message!("refund_abnormal")), refund(RefundProgress::Stuck));
    assert_eq!(open(&message!("something_else")), Ok(Notice::Other));
}

#[test]
fn names_what_does_not_hold() {
    assert_eq!(open(&message!("paid_other_merchant")), Err(CallbackRefusal::AnotherMerchant));
    assert_eq!(open(&message!("paid_other_app")), Err(CallbackRefusal::AnotherMerchant));
    assert_eq!(open(&message!("paid_dollars")), Err(CallbackRefusal::AnotherCurrency));
    assert_eq!(open(&message!("paid_negative")), Err(CallbackRefusal::Malformed("amount")));
    assert_eq!(open(&message!("other_key")), Err(CallbackRefusal::NotOurs));
}

#[test]
fn takes_nothing_older_or_newer_than_five_minutes() {
    let message = message!("paid");
    for (minutes, is_fresh) in [(-6, false), (-5, true), (5, true), (6, false)] {
        let opened = open_at(&message, at(minutes));
        assert_eq!(opened.is_ok(), is_fresh, "{minutes}");
        assert!(is_fresh || opened == Err(CallbackRefusal::Stale), "{minutes}");
    }
}

#[test]
fn a_changed_message_or_another_key_is_not_believed() {
    let message = message!("paid");
    let body = message["body"].as_str().expect("text").as_bytes();
    let good = headers(&message);
    let opened = |headers: CallbackHeaders<'_>, body: &[u8]| merchant().open_callback(&headers, body, at(0));

    let mut changed = body.to_vec();
    let last = changed.len() - 2;
    changed[last] = b' ';
    assert_eq!(opened(good, &changed), Err(CallbackRefusal::NotSigned));
    assert_eq!(opened(good, b""), Err(CallbackRefusal::NotSigned));
    assert_eq!(opened(CallbackHeaders { timestamp: "1772359201", ..good }, body), Err(CallbackRefusal::NotSigned));
    assert_eq!(opened(CallbackHeaders { nonce: "n0nc3", ..good }, body), Err(CallbackRefusal::NotSigned));
    assert_eq!(opened(CallbackHeaders { serial: "4A", ..good }, body), Err(CallbackRefusal::UnknownKey));
    let malformed = Err(CallbackRefusal::Malformed("signature"));
    assert_eq!(opened(CallbackHeaders { signature: "no base64!", ..good }, body), malformed);
    let malformed = Err(CallbackRefusal::Malformed("timestamp"));
    assert_eq!(opened(CallbackHeaders { timestamp: "now", ..good }, body), malformed);
}

#[test]
fn keys_that_are_none_are_refused_and_never_shown() {
    assert_eq!(PlatformKey::from_pem(SERIAL, MERCHANT_KEY).err(), Some(InvalidKey::NotPem("PUBLIC KEY")));
    assert_eq!(MerchantKey::from_pem("4A", PLATFORM_KEY).err(), Some(InvalidKey::NotPem("PRIVATE KEY")));
    let empty = "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----";
    assert_eq!(PlatformKey::from_pem(SERIAL, empty).err(), Some(InvalidKey::NotRsa));
    assert!(ApiKey::new("too short").is_none());
    let shown = format!("{:?}", merchant());
    assert!(!shown.contains("0123456789abcdef") && shown.contains("ApiKey(…)"), "{shown}");
}

#[test]
fn an_attempt_has_one_number_and_a_number_one_attempt() {
    let attempt = attempt_of(ATTEMPT).expect("a number of ours");
    assert_eq!(trade_number(attempt), ATTEMPT);
    for strange in ["", "SHOP-1", "0193C1A27E5B7CC29F6A0D4C5E8F1A2B", "+193c1a27e5b7cc29f6a0d4c5e8f1a2b"] {
        assert_eq!(attempt_of(strange), None, "{strange}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_key_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
        drop(PlatformKey::from_pem("1", &format!("-----BEGIN PUBLIC KEY-----{text}-----END PUBLIC KEY-----")));
        drop(MerchantKey::from_pem("1", &format!("-----BEGIN PRIVATE KEY-----{text}-----END PRIVATE KEY-----")));
    }
}
