//! Against a server that answers and signs as WeChat Pay does, with a key made for these tests.

use chrono::NaiveDate;
use kernel::{Currency, ManualClock, Money};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{method, path},
};

use super::{CallFault, Client, Prepay, RefundOrder};
use crate::{
    ProviderRef,
    testing::at,
    wechat::{
        CallbackRefusal, Merchant, MerchantKey, RefundNotice, RefundProgress, attempt_of,
        tests::{ATTEMPT, SERIAL, merchant},
    },
};

const PLATFORM_KEY: &str = include_str!("../testdata/platform_key.pem");

/// An answer with WeChat Pay's signature, or with one that is not.
struct Signed {
    status: u16,
    body: String,
    is_genuine: bool,
}

impl Respond for Signed {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let key = MerchantKey::from_pem(SERIAL, PLATFORM_KEY).expect("a key");
        let timestamp = at(0).timestamp();
        let signed = if self.is_genuine { self.body.as_str() } else { "something else" };
        let signature = key.sign(&format!("{timestamp}\nn1\n{signed}\n")).expect("signed");
        ResponseTemplate::new(self.status)
            .insert_header("Wechatpay-Serial", SERIAL)
            .insert_header("Wechatpay-Timestamp", timestamp.to_string())
            .insert_header("Wechatpay-Nonce", "n1")
            .insert_header("Wechatpay-Signature", signature)
            .set_body_string(self.body.clone())
    }
}

/// A server that gives one answer to one request.
async fn answering(verb: &str, at_path: &str, status: u16, body: Value) -> MockServer {
    let server = MockServer::start().await;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    answer(&server, verb, at_path, Signed { status, body, is_genuine: true }).await;
    server
}

async fn answer(server: &MockServer, verb: &str, at_path: &str, with: Signed) {
    drop(rustls::crypto::ring::default_provider().install_default());
    Mock::given(method(verb)).and(path(at_path)).respond_with(with).mount(server).await;
}

/// What the server was sent, after its signature was proven.
async fn sent(server: &MockServer, merchant: &Merchant) -> Value {
    let requests = server.received_requests().await.expect("recorded");
    let request = requests.last().expect("a request");
    let header = request.headers["authorization"].to_str().expect("text");
    let nonce = header.split("nonce_str=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce");
    let url = &request.url;
    let target = url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let body = String::from_utf8(request.body.clone()).expect("text");
    let expected = merchant.authorization(request.method.as_str(), &target, &body, nonce, at(0)).expect("signed");
    assert_eq!(header, expected, "signed over exactly what was sent");
    serde_json::from_str(&body).unwrap_or(Value::Null)
}

fn client_at<'a>(merchant: &'a Merchant, base: &str, clock: &'a ManualClock) -> Client<'a> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    Client::over(merchant, http, base, clock)
}

fn fen(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Cny).expect("an amount")
}

fn prepay() -> Prepay {
    Prepay {
        attempt: attempt_of(ATTEMPT).expect("an attempt"),
        description: "橘子、鸡蛋".to_owned(),
        amount: fen(5_680),
        ends_at: at(30),
        notify_url: "https://hearth.example/pay/wechat".to_owned(),
    }
}

#[tokio::test]
async fn prepares_a_payment_by_its_own_number_in_fen_and_until_its_end() {
    let (merchant, clock) = (merchant(), ManualClock::at(at(0)));
    let server = answering("POST", "/v3/pay/transactions/jsapi", 200, json!({ "prepay_id": "wx201" })).await;
    let client = client_at(&merchant, &server.uri(), &clock);

    assert_eq!(client.prepay_in_wechat(&prepay(), "o1").await.expect("prepared"), "wx201");

    let body = sent(&server, &merchant).await;
    assert_eq!(body["out_trade_no"], ATTEMPT);
    assert_eq!(body["amount"], json!({ "total": 5680, "currency": "CNY" }));
    assert_eq!(body["time_expire"], "2026-03-01T10:30:00+00:00");
    assert_eq!(body["payer"], json!({ "openid": "o1" }));
}

#[tokio::test]
async fn prepares_it_by_a_code_and_in_a_browser_too() {
    let (merchant, clock) = (merchant(), ManualClock::at(at(0)));
    let server = answering("POST", "/v3/pay/transactions/native", 200, json!({ "code_url": "weixin://x" })).await;
    let client = client_at(&merchant, &server.uri(), &clock);
    assert_eq!(client.prepay_by_code(&prepay()).await.expect("prepared"), "weixin://x");

    let server = answering("POST", "/v3/pay/transactions/h5", 200, json!({ "h5_url": "https://wx" })).await;
    let client = client_at(&merchant, &server.uri(), &clock);
    assert_eq!(client.prepay_in_browser(&prepay(), "10.0.0.1").await.expect("prepared"), "https://wx");
    assert_eq!(sent(&server, &merchant).await["scene_info"]["payer_client_ip"], "10.0.0.1");
}

#[tokio::test]
async fn finds_what_became_of_an_attempt() {
    let (merchant, clock) = (merchant(), ManualClock::at(at(0)));
    let attempt = prepay().attempt;
    let target = format!("/v3/pay/transactions/out-trade-no/{ATTEMPT}");
    let told = |state: &str| {
        json!({
            "mchid": "1900000001", "appid": "wx0000000000000001", "out_trade_no": ATTEMPT, "trade_state": state,
            "transaction_id": "P1", "success_time": "2026-03-01T18:00:00+08:00", "amount": { "total": 5680, "currency": "CNY" },
        })
    };
    for (status, body, expected) in [
        (200, told("SUCCESS"), Some(5_680)),
        (200, told("REFUND"), Some(5_680)),
        (200, told("NOTPAY"), None),
        (200, told("CLOSED"), None),
        (404, json!({ "code": "ORDER_NOT_EXIST" }), None),
    ] {
        let server = answering("GET", &target, status, body).await;
        let client = client_at(&merchant, &server.uri(), &clock);
        let found = client.find_payment(attempt).await.expect("an answer");
        assert_eq!(found.as_ref().map(|notice| notice.payment.amount.minor()), expected);
        assert!(found.is_none_or(|notice| notice.attempt == Some(attempt)));
        sent(&server, &merchant).await;
    }
}

#[tokio::test]
async fn closes_an_attempt_unless_it_was_paid_meanwhile() {
    let (merchant, clock) = (merchant(), ManualClock::at(at(0)));
    let target = format!("/v3/pay/transactions/out-trade-no/{ATTEMPT}/close");
    let server = answering("POST", &target, 204, Value::Null).await;
    let client = client_at(&merchant, &server.uri(), &clock);
    client.close(prepay().attempt).await.expect("closed");
    assert_eq!(sent(&server, &merchant).await, json!({ "mchid": "1900000001" }));

    let server = answering("POST", &target, 400, json!({ "code": "ORDERPAID" })).await;
    let client = client_at(&merchant, &server.uri(), &clock);
    let refused = client.close(prepay().attempt).await;
    assert!(matches!(refused, Err(CallFault::Refused { code }) if code == "ORDERPAID"));
}

#[tokio::test]
async fn money_goes_back_under_the_number_it_was_given() {
    let (merchant, clock) = (merchant(), ManualClock::at(at(0)));
    let told = json!({ "out_refund_no": "R1", "status": "PROCESSING", "amount": { "refund": 897, "currency": "CNY" } });
    let server = answering("POST", "/v3/refund/domestic/refunds", 200, told).await;
    let client = client_at(&merchant, &server.uri(), &clock);
    let payment = ProviderRef::new("P1").expect("a number");
    let order = RefundOrder { refund_number: "R1".to_owned(), payment, amount: fen(897), paid: fen(5_680) };

    let notice = client.refund(&order).await.expect("taken");

    assert_eq!(
        notice,
        RefundNotice { refund_number: "R1".to_owned(), amount: fen(897), progress: RefundProgress::Processing }
    );
    let body = sent(&server, &merchant).await;
    assert_eq!((&body["out_refund_no"], &body["transaction_id"]), (&json!("R1"), &json!("P1")));
    assert_eq!(body["amount"], json!({ "refund": 897, "total": 5680, "currency": "CNY" }));

    let server =
        answering("GET", "/v3/refund/domestic/refunds/R2", 404, json!({ "code": "RESOURCE_NOT_EXISTS" })).await;
    let client = client_at(&merchant, &server.uri(), &clock);
    assert_eq!(client.find_refund("R2").await.expect("an answer"), None);
}

#[tokio::test]
async fn a_bill_is_taken_only_with_the_hash_that_was_signed() {
    let (merchant, clock) = (merchant(), ManualClock::at(at(0)));
    let day = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day");
    // SHA-1 of "abc" (FIPS 180).
    for (hash, is_taken) in [("a9993e364706816aba3e25717850c26c9cd0d89d", true), ("0".repeat(40).as_str(), false)] {
        let server = MockServer::start().await;
        let told = json!({ "hash_type": "SHA1", "hash_value": hash, "download_url": format!("{}/v3/billdownload/file", server.uri()) });
        let told = Signed { status: 200, body: told.to_string(), is_genuine: true };
        answer(&server, "GET", "/v3/bill/tradebill", told).await;
        let file = ResponseTemplate::new(200).set_body_string("abc");
        Mock::given(path("/v3/billdownload/file")).respond_with(file).mount(&server).await;
        let client = client_at(&merchant, &server.uri(), &clock);
        assert_eq!(client.bill(day).await.ok(), is_taken.then(|| Some("abc".to_owned())));
        sent(&server, &merchant).await;
    }
    // A download from elsewhere would show our signature to whoever is there.
    let told = json!({ "hash_value": "0", "download_url": "https://elsewhere.example/file" });
    let server = answering("GET", "/v3/bill/tradebill", 200, told).await;
    let client = client_at(&merchant, &server.uri(), &clock);
    let refused = client.bill(day).await;
    assert!(matches!(refused, Err(CallFault::NotBelieved(CallbackRefusal::Malformed("download_url")))));
}

#[tokio::test]
async fn a_day_on_which_nothing_moved_has_no_bill() {
    let (merchant, clock) = (merchant(), ManualClock::at(at(0)));
    let day = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day");
    for (code, expected) in [("NO_STATEMENT_EXIST", Some(None)), ("STATEMENT_CREATING", None)] {
        let server = answering("GET", "/v3/bill/tradebill", 400, json!({ "code": code })).await;
        let client = client_at(&merchant, &server.uri(), &clock);
        assert_eq!(client.bill(day).await.ok(), expected, "{code}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_signed_or_does_not_come_is_unknown() {
    let (merchant, clock) = (merchant(), ManualClock::at(at(0)));
    let server = MockServer::start().await;
    let forged = Signed { status: 200, body: json!({ "code_url": "weixin://evil" }).to_string(), is_genuine: false };
    answer(&server, "POST", "/v3/pay/transactions/native", forged).await;
    let client = client_at(&merchant, &server.uri(), &clock);
    let refused = client.prepay_by_code(&prepay()).await;
    assert!(matches!(refused, Err(CallFault::NotBelieved(CallbackRefusal::NotSigned))));

    let broken = answering("POST", "/v3/pay/transactions/native", 500, json!({ "code": "SYSTEM_ERROR" })).await;
    let client = client_at(&merchant, &broken.uri(), &clock);
    assert!(matches!(client.prepay_by_code(&prepay()).await, Err(CallFault::Unanswered(None))));

    let nobody = client_at(&merchant, "http://127.0.0.1:1", &clock);
    assert!(matches!(nobody.prepay_by_code(&prepay()).await, Err(CallFault::Unanswered(Some(_)))));
}
