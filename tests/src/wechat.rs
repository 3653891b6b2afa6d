//! WeChat Pay as a server that signs as it does, keeps what it is told, and forgets nothing; with keys made for tests.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use app::{
    Settings,
    familypay::{ApiKey, CashierKind, Merchant, MerchantKey, PaymentProvider, PlatformKey, WeChatPay},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{Clock, Timestamp};
use poem::{
    Endpoint, EndpointExt, Request, Response, Server,
    http::{Method, StatusCode},
    listener::TcpAcceptor,
};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use testkit::{Engine, Fixture, TestApp};

const MERCHANT_KEY: &str = include_str!("../../crates/familypay/src/wechat/testdata/merchant_key.pem");
const PLATFORM_KEY: &str = include_str!("../../crates/familypay/src/wechat/testdata/platform_key.pem");
const PLATFORM_PUBLIC: &str = include_str!("../../crates/familypay/src/wechat/testdata/platform_public.pem");
const SERIAL: &str = "PUB_KEY_ID_0119000000012026";
const API_KEY: &str = "0123456789abcdef0123456789abcdef";
const MERCHANT: &str = "1900000001";
const APP: &str = "wx0000000000000001";

/// An order at WeChat Pay.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) amount: i64,
    pub(crate) state: &'static str,
    pub(crate) number: String,
    pub(crate) paid_at: Option<Timestamp>,
    pub(crate) description: String,
}

/// What it keeps.
#[derive(Default)]
pub(crate) struct Books {
    /// By our number of the attempt.
    pub(crate) orders: BTreeMap<String, Order>,
    /// By our number: the payment's number, the amount, the state, and how often it was ordered.
    pub(crate) refunds: BTreeMap<String, (String, i64, &'static str, u32)>,
    /// Whether it answers nobody.
    pub(crate) is_away: bool,
    /// Where refunds stand when they are ordered.
    pub(crate) refunds_are: Option<&'static str>,
    /// The bill of a day, in place of what its books come to.
    pub(crate) bill: Option<String>,
    /// Every request, as method and path.
    pub(crate) asked: Vec<String>,
}

/// The server.
pub(crate) struct WeChat {
    books: Arc<Mutex<Books>>,
    clock: Arc<Mutex<Option<Arc<dyn Clock>>>>,
    server: tokio::task::JoinHandle<()>,
}

/// A world whose families pay by WeChat Pay, with the server that it is.
pub(crate) struct WeChatWorld<const IS_CODE: bool> {
    pub(crate) world: TestApp,
    pub(crate) wechat: WeChat,
}

impl<const IS_CODE: bool> Fixture for WeChatWorld<IS_CODE> {
    async fn on(engine: Engine) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (books, clock) = (Arc::default(), Arc::new(Mutex::new(None)));
        let serving = Serving { books: Arc::clone(&books), clock: Arc::clone(&clock), base: base.clone() };
        let acceptor = TcpAcceptor::from_std(listener).unwrap();
        let server =
            tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(serving.boxed()).await.unwrap() });
        let kind = if IS_CODE { CashierKind::Code } else { CashierKind::Browser };
        let account = WeChatPay::new(merchant(), kind, "https://hearth.example/v1/pay/wechat".to_owned(), base);
        let settings = Settings {
            payments: PaymentProvider::WeChatPay,
            wechat_pay: Some(Arc::new(account)),
            pay_link: Some("https://hearth.example/pay/".to_owned()),
            ..Settings::default()
        };
        let world = TestApp::with(engine, settings).await;
        *clock.lock().unwrap() = Some(Arc::clone(world.app().db().clock()));
        Self { world, wechat: WeChat { books, clock, server } }
    }
}

impl Drop for WeChat {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl WeChat {
    /// What it keeps, to look at and to change.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    fn now(&self) -> Timestamp {
        self.clock.lock().unwrap().as_ref().unwrap().now()
    }

    /// Somebody pays an order; whether it could still be paid.
    pub(crate) fn pays(&self, attempt: impl std::fmt::Display) -> bool {
        let now = self.now();
        let mut books = self.books();
        let order = books.orders.get_mut(&number_of(attempt)).expect("an order");
        if order.state != "NOTPAY" {
            return false;
        }
        (order.state, order.paid_at) = ("SUCCESS", Some(now));
        true
    }

    /// What it tells of an attempt that was paid: the headers and the body.
    pub(crate) fn tells(&self, attempt: impl std::fmt::Display) -> (Vec<(&'static str, String)>, String) {
        let number = number_of(attempt);
        let order = self.books().orders[&number].clone();
        self.sealed("TRANSACTION.SUCCESS", &transaction(&number, &order))
    }

    /// What it tells of a refund.
    pub(crate) fn tells_refund(&self, number: &str, state: &str) -> (Vec<(&'static str, String)>, String) {
        let (_, amount, _, _) = self.books().refunds[number].clone();
        let content = json!({ "mchid": MERCHANT, "out_refund_no": number, "refund_status": state,
            "amount": { "refund": amount } });
        self.sealed(&format!("REFUND.{state}"), &content)
    }

    /// A message as it sends one: content sealed, the whole signed.
    pub(crate) fn sealed(&self, kind: &str, content: &Value) -> (Vec<(&'static str, String)>, String) {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_KEY.as_bytes()).unwrap());
        let mut sealed = content.to_string().into_bytes();
        let nonce = Nonce::assume_unique_for_key(*b"nonce-of-12-");
        key.seal_in_place_append_tag(nonce, Aad::from(b"transaction"), &mut sealed).unwrap();
        let body = json!({ "id": "n", "event_type": kind, "resource_type": "encrypt-resource", "resource": {
            "algorithm": "AEAD_AES_256_GCM", "ciphertext": STANDARD.encode(sealed), "nonce": "nonce-of-12-",
            "associated_data": "transaction" } })
        .to_string();
        (signed_headers(self.now(), &body), body)
    }
}

/// The number an attempt has there.
pub(crate) fn number_of(attempt: impl std::fmt::Display) -> String {
    attempt.to_string().split_once('_').expect("an id with its kind").1.to_owned()
}

fn merchant() -> Merchant {
    Merchant {
        merchant_id: MERCHANT.to_owned(),
        app_id: APP.to_owned(),
        key: MerchantKey::from_pem("4A", MERCHANT_KEY).unwrap(),
        platform_keys: vec![PlatformKey::from_pem(SERIAL, PLATFORM_PUBLIC).unwrap()],
        api_key: ApiKey::new(API_KEY).unwrap(),
    }
}

fn signed_headers(now: Timestamp, body: &str) -> Vec<(&'static str, String)> {
    let pem: String = PLATFORM_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(pem).unwrap()).unwrap();
    let text = format!("{}\nn1\n{body}\n", now.timestamp());
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    vec![
        ("wechatpay-serial", SERIAL.to_owned()),
        ("wechatpay-timestamp", now.timestamp().to_string()),
        ("wechatpay-nonce", "n1".to_owned()),
        ("wechatpay-signature", STANDARD.encode(signature)),
    ]
}

fn transaction(number: &str, order: &Order) -> Value {
    let mut told = json!({ "mchid": MERCHANT, "appid": APP, "out_trade_no": number, "trade_state": order.state });
    if let Some(paid_at) = order.paid_at {
        told["transaction_id"] = json!(order.number);
        told["success_time"] = json!(paid_at.to_rfc3339());
        told["amount"] = json!({ "total": order.amount, "payer_total": order.amount, "currency": "CNY" });
    }
    told
}

struct Serving {
    books: Arc<Mutex<Books>>,
    clock: Arc<Mutex<Option<Arc<dyn Clock>>>>,
    base: String,
}

impl Endpoint for Serving {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let body = request.take_body().into_string().await.unwrap();
        let now = self.clock.lock().unwrap().as_ref().unwrap().now();
        let target = request.uri().to_string();
        check_authorization(&request, &target, &body);
        let mut books = self.books.lock().unwrap();
        books.asked.push(format!("{} {}", request.method(), request.uri().path()));
        if books.is_away {
            return Ok(Response::builder().status(StatusCode::BAD_GATEWAY).body("<html>"));
        }
        let path = request.uri().path().to_owned();
        if path == "/bill" {
            return Ok(Response::builder().body(books.bill()));
        }
        let asked: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
        let (status, answer) = answer(&mut books, request.method(), &path, &asked, &self.base);
        let text = if answer.is_null() { String::new() } else { answer.to_string() };
        let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
        for (name, value) in signed_headers(now, &text) {
            response = response.header(name, value);
        }
        Ok(response.content_type("application/json").body(text))
    }
}

/// Signed over exactly what was sent, by the merchant.
fn check_authorization(request: &Request, target: &str, body: &str) {
    let header = request.header("authorization").expect("an authorization");
    let part = |name: &str| header.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let at = Timestamp::from_timestamp(part("timestamp").parse().unwrap(), 0).unwrap();
    let method = request.method().as_str();
    let expected = merchant().authorization(method, target, body, &part("nonce_str"), at).unwrap();
    assert_eq!(header, expected);
}

fn answer(books: &mut Books, method: &Method, path: &str, asked: &Value, base: &str) -> (u16, Value) {
    let refused = |code: &str| (400, json!({ "code": code, "message": "no" }));
    let last = path.rsplit('/').next().unwrap();
    if let Some(kind) = path.strip_prefix("/v3/pay/transactions/").filter(|kind| !kind.contains('/')) {
        return books.prepay(kind, asked);
    }
    if let Some(number) = path.strip_prefix("/v3/pay/transactions/out-trade-no/") {
        let number = number.strip_suffix("/close").unwrap_or(number);
        let Some(order) = books.orders.get_mut(number) else { return refused("ORDER_NOT_EXIST") };
        if *method == Method::GET {
            return (200, transaction(number, order));
        }
        return match order.state {
            "SUCCESS" | "REFUND" => refused("ORDERPAID"),
            _ => {
                order.state = "CLOSED";
                (204, Value::Null)
            }
        };
    }
    if path == "/v3/refund/domestic/refunds" {
        return books.refund(asked);
    }
    if path.starts_with("/v3/refund/domestic/refunds/") {
        return match books.refunds.get(last) {
            Some((_, amount, state, _)) => (200, refunded(last, *amount, state)),
            None => refused("RESOURCE_NOT_EXISTS"),
        };
    }
    if path == "/v3/bill/tradebill" {
        let bill = books.bill();
        if bill.is_empty() {
            return refused("NO_STATEMENT_EXIST");
        }
        let hash: String = digest(&SHA1_FOR_LEGACY_USE_ONLY, bill.as_bytes())
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        return (200, json!({ "hash_type": "SHA1", "hash_value": hash, "download_url": format!("{base}/bill") }));
    }
    refused("NOT_FOUND")
}

fn refunded(number: &str, amount: i64, state: &str) -> Value {
    json!({ "out_refund_no": number, "status": state, "amount": { "refund": amount, "currency": "CNY" } })
}

impl Books {
    fn prepay(&mut self, kind: &str, asked: &Value) -> (u16, Value) {
        assert_eq!(asked["notify_url"], "https://hearth.example/v1/pay/wechat");
        let number = asked["out_trade_no"].as_str().unwrap().to_owned();
        let order = Order {
            amount: asked["amount"]["total"].as_i64().unwrap(),
            state: "NOTPAY",
            number: format!("42000{}", self.orders.len() + 1),
            paid_at: None,
            description: asked["description"].as_str().unwrap().to_owned(),
        };
        let order = self.orders.entry(number.clone()).or_insert(order);
        match order.state {
            "NOTPAY" => {}
            "CLOSED" => return (400, json!({ "code": "ORDER_CLOSED", "message": "closed" })),
            _ => return (400, json!({ "code": "ORDERPAID", "message": "paid" })),
        }
        match kind {
            "h5" => (200, json!({ "h5_url": format!("https://wx.tenpay.example/checkmweb?prepay_id={number}") })),
            "native" => (200, json!({ "code_url": format!("weixin://wxpay/bizpayurl?pr={number}") })),
            "jsapi" => {
                (200, json!({ "prepay_id": format!("wx{number}-{}", asked["payer"]["openid"].as_str().unwrap()) }))
            }
            _ => (404, json!({ "code": "NOT_FOUND" })),
        }
    }

    fn refund(&mut self, asked: &Value) -> (u16, Value) {
        let (payment, number) = (asked["transaction_id"].as_str().unwrap(), asked["out_refund_no"].as_str().unwrap());
        let amount = asked["amount"]["refund"].as_i64().unwrap();
        let paid: Option<i64> =
            self.orders.values().find(|it| it.number == payment && it.paid_at.is_some()).map(|it| it.amount);
        if paid != asked["amount"]["total"].as_i64() {
            return (400, json!({ "code": "PARAM_ERROR", "message": "total" }));
        }
        let back: i64 =
            self.refunds.iter().filter(|(it, kept)| kept.0 == payment && *it != number).map(|(_, kept)| kept.1).sum();
        if back + amount > paid.unwrap() {
            return (400, json!({ "code": "NOT_ENOUGH", "message": "more than was paid" }));
        }
        let state = self.refunds_are.unwrap_or("SUCCESS");
        let kept = self.refunds.entry(number.to_owned()).or_insert((payment.to_owned(), amount, state, 0));
        kept.3 += 1;
        (200, refunded(number, kept.1, kept.2))
    }

    fn bill(&self) -> String {
        if let Some(bill) = &self.bill {
            return bill.clone();
        }
        let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        let mut rows = Vec::new();
        let (mut came, mut went) = (0, 0);
        for order in self.orders.values().filter(|order| order.paid_at.is_some()) {
            came += order.amount;
            rows.push(format!("`{},`SUCCESS,`CNY,`0,`{},`0.00", order.number, yuan(order.amount)));
        }
        for (number, (payment, amount, _, _)) in &self.refunds {
            went += amount;
            rows.push(format!("`{payment},`REFUND,`CNY,`{number},`0.00,`{}", yuan(*amount)));
        }
        if rows.is_empty() {
            return String::new();
        }
        let header = "微信订单号,交易状态,货币种类,商户退款单号,订单金额,申请退款金额";
        let sums = format!("订单总金额,申请退款总金额\n`{},`{}", yuan(came), yuan(went));
        format!("{header}\n{}\n{sums}\n", rows.join("\n"))
    }
}
