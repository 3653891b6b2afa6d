//! The door as others see it: a real server on a free port, real HTTP, mailed codes, signed events.

use std::{num::NonZeroU32, time::Duration};

use gateway::{CostBucket, EventKey, GatewayOptions};
use mail::Message;
use poem::{EndpointExt, Server, listener::TcpAcceptor};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::TestApp;

/// The order system's key in these tests.
const EVENT_KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A running server on a test's world; gone with it.
pub(crate) struct Door<'w> {
    world: &'w TestApp,
    address: String,
    client: reqwest::Client,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Door<'_> {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl<'w> Door<'w> {
    pub(crate) async fn open(world: &'w TestApp) -> Self {
        Self::open_with(world, GatewayOptions::default()).await
    }

    /// Opens one with other options; nobody is counted or charged there.
    pub(crate) async fn open_with(world: &'w TestApp, options: GatewayOptions) -> Self {
        let plenty = NonZeroU32::new(1_000_000).unwrap();
        let options = GatewayOptions {
            event_keys: vec![EVENT_KEY.parse::<EventKey>().unwrap()],
            cost_bucket: CostBucket { maximum: plenty, restore_per_second: plenty },
            sign_in_attempts_per_minute: plenty,
            invitation_attempts_per_hour: plenty,
            ..options
        };
        let endpoint = gateway::routes(world.app().clone(), &options).boxed();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let acceptor = TcpAcceptor::from_std(listener).unwrap();
        let server = tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(endpoint).await.unwrap() });
        // A client wants to know how to speak TLS, also where it never does. Already installed: just as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        Self { world, address, client, server }
    }

    /// Asks or acts; fails on anything but data.
    pub(crate) async fn graphql(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        self.graphql_in("en", token, query, variables).await
    }

    /// As [`Door::graphql`], for somebody who reads another language.
    pub(crate) async fn graphql_in(&self, language: &str, token: Option<&str>, query: &str, variables: Value) -> Value {
        let mut request = self.client.post(format!("{}/graphql", self.address));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request
            .header("accept-language", language)
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let mut answer: Value = response.json().await.unwrap();
        assert_eq!(answer.get("errors"), None, "{query}");
        answer["data"].take()
    }

    /// Sends bytes to one of the plain doors.
    pub(crate) async fn post(&self, path: &str, token: Option<&str>, kind: &str, body: Vec<u8>) -> reqwest::Response {
        let mut request = self.client.post(format!("{}{path}", self.address)).header("content-type", kind);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.body(body).send().await.unwrap()
    }

    /// Sends a text with headers to one of the plain doors; the status and the answer.
    pub(crate) async fn send(&self, path: &str, headers: &[(&'static str, String)], body: String) -> (u16, String) {
        let mut request =
            self.client.post(format!("{}{path}", self.address)).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request.body(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Signs in by the code mailed to an address, as a person does.
    pub(crate) async fn sign_in(&self, address: &str) -> String {
        let ask =
            "mutation($input: RequestSignInCodeInput!) { requestSignInCode(input: $input) { userErrors { code } } }";
        let asked = self.graphql(None, ask, json!({ "input": { "address": address } })).await;
        assert_eq!(asked, json!({ "requestSignInCode": { "userErrors": [] } }));
        self.world.app().drain().await.unwrap();
        let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { token userErrors { code } } }";
        let input = json!({ "address": address, "code": self.mailed_code(address) });
        let signed_in = self.graphql(None, sign_in, json!({ "input": input })).await;
        assert_eq!(signed_in["signIn"]["userErrors"], json!([]));
        signed_in["signIn"]["token"].as_str().unwrap().to_owned()
    }

    fn mailed_code(&self, address: &str) -> String {
        let mails = self.world.mails();
        let codes = mails.iter().rev().filter(|mail| mail.to.as_str() == address).map(|mail| match &mail.message {
            Message::SignInCode(sign_in) => Some(sign_in.code.clone()),
            Message::PerkRedeemed(_)
            | Message::FamilyPay(_)
            | Message::LapseNotice(_)
            | Message::HeldPointsLapsed(_)
            | Message::MemberRemoved(_)
            | Message::BallotThanked(_)
            | Message::PlaceOffered(_)
            | Message::SlotMissed(_)
            | Message::SeatsReturned(_)
            | Message::Invitation(_) => None,
        });
        codes.flatten().next().expect("a code was mailed")
    }

    /// Tells events as the order system does, signed; the status of each.
    pub(crate) async fn tell(&self, events: Value) -> Vec<String> {
        let results = self.tell_fully(events).await;
        results.iter().map(|result| result["status"].as_str().unwrap().to_owned()).collect()
    }

    /// Tells events as the order system does, signed; the whole result of each.
    pub(crate) async fn tell_fully(&self, events: Value) -> Vec<Value> {
        let body = json!({ "events": events }).to_string();
        let sent_at = kernel::Clock::now(self.world.clock()).timestamp();
        let webhook = standardwebhooks::Webhook::new(EVENT_KEY).unwrap();
        let signature = webhook.sign("msg-1", sent_at, body.as_bytes()).unwrap();
        let response = self
            .client
            .post(format!("{}/v1/events", self.address))
            .header("content-type", "application/json")
            .header("webhook-id", "msg-1")
            .header("webhook-timestamp", sent_at.to_string())
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let answer: Value = response.json().await.unwrap();
        answer["results"].as_array().unwrap().clone()
    }

    /// The household of whoever is signed in: its id, and available, pending, held, owed.
    pub(crate) async fn account(&self, token: &str) -> (String, [i64; 4]) {
        let query = "{ me { household { id assetAccount { available pending held owed } } } }";
        let data = self.graphql(Some(token), query, json!({})).await;
        let household = &data["me"]["household"];
        let figure = |name: &str| household["assetAccount"][name].as_i64().unwrap();
        let figures = [figure("available"), figure("pending"), figure("held"), figure("owed")];
        (household["id"].as_str().unwrap().to_owned(), figures)
    }

    /// Redeems a perk; the payload.
    pub(crate) async fn redeem(&self, token: &str, perk: &str, key: &str) -> Value {
        let redeem = "mutation($input: RedeemPerkInput!) { redeemPerk(input: $input) { \
             grant { id price } shortBy owed userErrors { code message retryable } } }";
        let input = json!({ "perkId": perk, "idempotencyKey": key });
        self.graphql(Some(token), redeem, json!({ "input": input })).await["redeemPerk"].take()
    }
}

/// An `order.paid` event, all in cash.
pub(crate) fn paid(event: &str, order: &str, household: &str, ordered_at: &str, lines: &[(&str, i64)]) -> Value {
    let amount: i64 = lines.iter().map(|(_, fen)| fen).sum();
    let lines: Vec<Value> = lines
        .iter()
        .map(|(category, fen)| json!({ "category": category, "quantity": 1, "amountMinor": fen }))
        .collect();
    json!({ "id": event, "type": "order.paid", "data": {
        "orderRef": order, "householdRef": household, "orderedAt": ordered_at,
        "amountMinor": amount, "cashMinor": amount, "itemsCount": 1, "lines": lines,
    } })
}

/// An `order.paid` event of 1 March 2026 at eleven, by `H-WANG`, paid in cash and points.
pub(crate) fn part_in_points(order: &str, lines: &[(&str, i64)], cash: i64, points: i64) -> Value {
    let mut sale = paid(&format!("ev-{order}"), order, "H-WANG", "2026-03-01T11:00:00+08:00", lines);
    sale["data"]["cashMinor"] = json!(cash);
    sale["data"]["pointsTendered"] = json!(points);
    sale
}

/// An `order.picked_up` event.
pub(crate) fn picked_up(event: &str, order: &str, at: &str) -> Value {
    json!({ "id": event, "type": "order.picked_up", "data": { "orderRef": order, "pickedUpAt": at } })
}

/// An `order.refunded` event; lines as (line number, fen).
pub(crate) fn refunded(event: &str, order: &str, at: &str, lines: &[(u32, i64)]) -> Value {
    let amount: i64 = lines.iter().map(|(_, fen)| fen).sum();
    let lines: Vec<Value> =
        lines.iter().map(|(line_no, fen)| json!({ "lineNo": line_no, "amountMinor": fen })).collect();
    json!({ "id": event, "type": "order.refunded", "data": {
        "orderRef": order, "refundRef": format!("R-{event}"), "refundedAt": at, "amountMinor": amount, "lines": lines,
    } })
}
