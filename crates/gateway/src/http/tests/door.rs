use std::num::NonZeroU32;

use accounts::{HouseholdRow, Role};
use app::{ImportMode, entitlements::DefinePerk};
use kernel::{Currency, Money, Points, Rate};
use ledger::EarnTerms;
use orders::OrderPaid;
use poem::{
    Endpoint, Request, Route,
    http::{HeaderMap, Method, StatusCode},
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use testkit::{Engine, Fixture, TestApp};

use crate::{CostBucket, GatewayOptions, routes};

/// The key order events are signed with.
pub(crate) const KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// The door on a fresh app.
pub(crate) struct Door {
    routes: Route,
    pub(crate) world: TestApp,
}

/// An answer, its body as JSON where it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    /// The code of the first error, with its reason.
    pub(crate) fn error(&self) -> (&str, &str) {
        let extensions = &self.body["errors"][0]["extensions"];
        (extensions["code"].as_str().unwrap_or_default(), extensions["reason"].as_str().unwrap_or_default())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The data, where nothing went wrong.
    pub(crate) fn data(&self) -> &Value {
        assert_eq!(self.body.get("errors"), None, "{self:?}");
        &self.body["data"]
    }
}

impl Fixture for Door {
    async fn on(engine: Engine) -> Self {
        Self::with(engine, GatewayOptions::default()).await
    }
}

impl Door {
    /// A door whose operator decided otherwise. Limits over time are wide, so that only their own tests meet them.
    pub(crate) async fn with(engine: Engine, options: GatewayOptions) -> Self {
        let wide = NonZeroU32::new(1_000_000).unwrap();
        let options = GatewayOptions {
            event_keys: vec![KEY.parse().unwrap()],
            cost_bucket: CostBucket { maximum: wide, restore_per_second: wide },
            sign_in_attempts_per_minute: wide,
            invitation_attempts_per_hour: wide,
            ..options
        };
        Self::with_exactly(engine, options).await
    }

    pub(crate) async fn with_exactly(engine: Engine, options: GatewayOptions) -> Self {
        let world = TestApp::new(engine).await;
        Self { routes: routes(world.app().clone(), &options), world }
    }

    pub(crate) async fn send(&self, request: Request) -> Answer {
        let mut response = self.routes.get_response(request).await;
        let text = response.take_body().into_string().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: response.status(), headers: response.headers().clone(), body, text }
    }

    /// A raw POST to `/graphql` with these headers.
    pub(crate) async fn post(&self, headers: &[(&str, &str)], body: impl Into<poem::Body>) -> Answer {
        let mut request = Request::builder().method(Method::POST).uri_str("/graphql");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body)).await
    }

    /// What a well-behaved client sends.
    pub(crate) async fn ask(&self, token: Option<&str>, query: &str, variables: Value) -> Answer {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json"), ("accept", "application/graphql-response+json")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        self.post(&headers, body).await
    }

    /// Signed order events.
    pub(crate) async fn tell(&self, body: &Value) -> Answer {
        let now = self.world.app().db().clock().now().timestamp();
        let body = body.to_string();
        let signature = Webhook::new(KEY).unwrap().sign("msg-1", now, body.as_bytes()).unwrap();
        let request = Request::builder()
            .method(Method::POST)
            .uri_str("/v1/events")
            .header("content-type", "application/json")
            .header("webhook-id", "msg-1")
            .header("webhook-timestamp", now)
            .header("webhook-signature", signature);
        self.send(request.body(body)).await
    }

    /// A member of a household, founded when it is new, with the address `NAME@hearth.example`.
    pub(crate) async fn add_member(&self, household: &str, name: &str, role: Role) {
        let row = HouseholdRow {
            household: household.parse().unwrap(),
            household_name: Some(household.parse().unwrap()),
            community: Some("玉兰里".parse().unwrap()),
            person: name.parse().unwrap(),
            person_name: name.parse().unwrap(),
            role,
            born_on: None,
            email: Some(format!("{name}@hearth.example").parse().unwrap()),
            leads: None,
            kin: None,
        };
        let answers = self.world.app().import_households(vec![row], ImportMode::Commit).await.unwrap();
        assert_eq!(answers, [Ok(accounts::Imported::New)]);
    }

    /// Signs in the way a person does, through the mail. Returns the token.
    pub(crate) async fn sign_in(&self, name: &str) -> String {
        let address = format!("{name}@hearth.example");
        let request = "mutation($a:String!){requestSignInCode(input:{address:$a}){userErrors{code}}}";
        let answer = self.ask(None, request, json!({ "a": address })).await;
        assert_eq!(answer.data()["requestSignInCode"]["userErrors"], json!([]));
        self.world.app().drain().await.unwrap();
        let mail = self.world.mails().pop().unwrap();
        let code = six_digits(&mail.text);
        let sign_in = "mutation($a:String!,$c:String!){signIn(input:{address:$a,code:$c}){token userErrors{code}}}";
        let answer = self.ask(None, sign_in, json!({ "a": address, "c": code })).await;
        answer.data()["signIn"]["token"].as_str().unwrap().to_owned()
    }

    /// The id of the household of whoever holds a token.
    pub(crate) async fn household_of(&self, token: &str) -> String {
        let answer = self.ask(Some(token), "{me{household{id}}}", json!({})).await;
        answer.data()["me"]["household"]["id"].as_str().unwrap().to_owned()
    }

    /// One point per yuan, from the beginning on.
    pub(crate) async fn set_rule(&self) {
        let from = "2017-01-01".parse().unwrap();
        let terms = EarnTerms::plain("基本积分".parse().unwrap(), Rate::parse("1").unwrap(), from);
        self.world.app().ensure_earn_rule(&terms).await.unwrap().unwrap();
    }

    /// Gives a household points that can be spent today.
    pub(crate) async fn earn(&self, household: &str, fen: i64) {
        let now = self.world.app().db().clock().now();
        let amount = Money::from_minor(fen, Currency::Cny).unwrap();
        let order = OrderPaid {
            order_ref: format!("E-{household}").parse().unwrap(),
            household_ref: household.parse().unwrap(),
            person_ref: None,
            community: None,
            channel: None,
            ordered_at: now - chrono::TimeDelta::days(20),
            picked_up_at: Some(now - chrono::TimeDelta::days(19)),
            amount,
            cash: amount,
            points_tendered: kernel::Points::ZERO,
            items_count: 1,
            lines: Vec::new(),
        };
        let answers = self.world.app().import_orders(&[order], ImportMode::Commit).await.unwrap();
        assert!(answers[0].is_ok(), "{answers:?}");
    }

    /// Priority delivery. Returns its id.
    pub(crate) async fn define_perk(&self, price: i64, stock_total: u32, limit_per_household: u32) -> String {
        let define = DefinePerk {
            code: "priority-delivery".parse().unwrap(),
            name_zh: "优先配送".parse().unwrap(),
            name_en: "Priority delivery".parse().unwrap(),
            terms_zh: "次日第一批送达".parse().unwrap(),
            terms_en: "First on tomorrow's round".parse().unwrap(),
            price: Points::new(price).unwrap(),
            limit_per_household,
            valid_days: 30,
            stock_total,
            is_open: true,
        };
        self.world.app().define_perk(&define).await.unwrap().unwrap().id.to_string()
    }
}

/// The first six digits in a row.
fn six_digits(text: &str) -> String {
    let digits = text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6);
    digits.expect("a code in the mail").to_owned()
}
