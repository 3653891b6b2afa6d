//! Telling the operator's systems what happened: to a real server on this machine, signed, again and again until it is taken.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use app::webhooks::{
    AddWebhook, AddWebhookRefusal, ChangeWebhookRefusal, Decider, EventTypes, MAX_TRIES, MAX_WEBHOOKS,
    RedeliverRefusal, SigningKey,
};
use chrono::TimeDelta;
use db::deliveries::DeliveryState;
use gateway::{PrivateAddresses, WebhookWorker};
use kernel::{Clock, Id, kinds};
use poem::{
    EndpointExt, IntoResponse, Request, Response, Route, Server, endpoint, http::StatusCode, listener::TcpAcceptor,
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use testkit::{TestApp, on_both_engines};

use super::door::{Door, paid};
use crate::world::{found, local, set_rule};

/// A message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    id: String,
    sent_at: i64,
    signatures: Vec<String>,
    body: String,
}

impl Heard {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Which of its signatures a key makes.
    fn is_signed_with(&self, key: &SigningKey) -> bool {
        let signed = Webhook::new(&key.to_text()).unwrap().sign(&self.id, self.sent_at, self.body.as_bytes()).unwrap();
        self.signatures.contains(&signed)
    }
}

/// A server that hears messages and answers what it was told to, then 204.
struct Receiver {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<VecDeque<Response>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Receiver {
    async fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let answers: Arc<Mutex<VecDeque<Response>>> = Arc::default();
        let (keeps, says) = (Arc::clone(&heard), Arc::clone(&answers));
        let hook = endpoint::make(move |mut request: Request| {
            let (keeps, says) = (Arc::clone(&keeps), Arc::clone(&says));
            async move {
                let header = |name: &str| request.header(name).unwrap().to_owned();
                let (id, sent_at) = (header("webhook-id"), header("webhook-timestamp").parse().unwrap());
                let signatures = header("webhook-signature").split(' ').map(str::to_owned).collect();
                assert_eq!(header("content-type"), "application/json");
                let body = request.take_body().into_string().await.unwrap();
                keeps.lock().unwrap().push(Heard { id, sent_at, signatures, body });
                let answer = says.lock().unwrap().pop_front();
                Ok::<_, poem::Error>(answer.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response()))
            }
        });
        let routes = Route::new().at("/hook", hook).boxed();
        let acceptor = TcpAcceptor::from_std(listener).unwrap();
        let server = tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(routes).await.unwrap() });
        Self { address, heard, answers, server }
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn will_answer(&self, answers: impl IntoIterator<Item = Response>) {
        self.answers.lock().unwrap().extend(answers);
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

fn status(code: u16) -> Response {
    StatusCode::from_u16(code).unwrap().into_response()
}

async fn add(world: &TestApp, url: &str, types: &str) -> (Id<kinds::Webhook>, SigningKey) {
    let add = AddWebhook { url: url.parse().unwrap(), event_types: types.parse::<EventTypes>().unwrap() };
    let added = world.app().add_webhook(Decider::Operator, &add).await.unwrap().unwrap();
    (added.webhook, added.key)
}

fn worker(world: &TestApp) -> WebhookWorker {
    WebhookWorker::new(world.app().clone(), PrivateAddresses::Allowed)
}

/// One order, told through the door: an order and an earn to hear of.
async fn tell_order(world: &TestApp, number: u32) {
    let door = Door::open(world).await;
    let told = door
        .tell(json!([paid(
            &format!("ev-{number}"),
            &format!("D-{number}"),
            "H-WANG",
            "2026-03-01T11:00:00+08:00",
            &[("蔬菜", 12_860)]
        )]))
        .await;
    assert_eq!(told, ["accepted"]);
}

async fn begin(world: &TestApp) {
    world.clock().set(local("2026-03-01T12:00:00"));
    set_rule(world.app(), "1", "2017-01-01", &[]).await;
    found(world.app(), "H-WANG").await;
}

async fn states(world: &TestApp) -> Vec<(DeliveryState, Vec<Option<u16>>)> {
    let deliveries = world.app().list_deliveries(None, None).await.unwrap();
    let state = |delivery: db::deliveries::Delivery| {
        (delivery.state, delivery.attempts.iter().map(|attempt| attempt.status).collect())
    };
    deliveries.into_iter().rev().map(state).collect()
}

on_both_engines! {
    async fn what_happens_is_told_signed_thin_and_once(world: TestApp) {
        begin(&world).await;
        tell_order(&world, 1).await;
        let receiver = Receiver::start().await;
        let (_, key) = add(&world, &receiver.url(), "").await;
        tell_order(&world, 2).await;

        let worker = worker(&world);
        assert_eq!(worker.drain().await.unwrap(), 2);
        assert_eq!(worker.drain().await.unwrap(), 0);

        let heard = receiver.heard();
        let mut types: Vec<Value> = heard.iter().map(|message| message.json()["type"].clone()).collect();
        types.sort_by_key(Value::to_string);
        assert_eq!(types, ["ledger.points_posted.v1", "orders.order_recorded.v1"]);
        let order = heard.iter().find(|message| message.json()["type"] == "orders.order_recorded.v1").unwrap();
        let json = order.json();
        assert_eq!((&json["data"]["order_ref"], &json["data"]["amount_minor"]), (&json!("D-2"), &json!(12_860)));
        assert_eq!(json["timestamp"], "2026-03-01T04:00:00.000Z");
        assert_eq!(json.as_object().unwrap().len(), 3);
        assert!(order.id.starts_with("ev_"), "{}", order.id);
        assert_eq!(order.sent_at, Clock::now(world.clock()).timestamp());
        assert!(heard.iter().all(|message| message.is_signed_with(&key) && message.signatures.len() == 1));
        let names = ["H-WANG-owner", "h-wang-owner@hearth.example", "玉兰里"];
        assert!(heard.iter().all(|message| names.iter().all(|name| !message.body.contains(name))));
    }

    async fn a_webhook_hears_what_it_asked_for_and_sign_ins_nobody(world: TestApp) {
        begin(&world).await;
        let (all, some) = (Receiver::start().await, Receiver::start().await);
        add(&world, &all.url(), "").await;
        add(&world, &some.url(), "orders.order_recorded.v1").await;
        tell_order(&world, 1).await;
        let door = Door::open(&world).await;
        door.sign_in("h-wang-owner@hearth.example").await;

        worker(&world).drain().await.unwrap();

        assert_eq!((all.heard().len(), some.heard().len()), (2, 1));
        assert_eq!(some.heard()[0].json()["type"], "orders.order_recorded.v1");
        // The same event is the same message to both.
        assert!(all.heard().iter().any(|message| message.id == some.heard()[0].id && message.body == some.heard()[0].body));
    }

    async fn a_failing_server_is_tried_for_days_with_the_same_id_then_parked_then_sent_by_hand(world: TestApp) {
        begin(&world).await;
        let receiver = Receiver::start().await;
        add(&world, &receiver.url(), "orders.order_recorded.v1").await;
        tell_order(&world, 1).await;
        receiver.will_answer((0..MAX_TRIES).map(|n| status(if n % 2 == 0 { 500 } else { 302 })));
        let worker = worker(&world);

        let mut waits = Vec::new();
        for _ in 0..MAX_TRIES {
            assert_eq!(worker.drain().await.unwrap(), 1);
            assert_eq!(worker.drain().await.unwrap(), 0);
            if let DeliveryState::Due(at) = states(&world).await[0].0 {
                let wait = at - Clock::now(world.clock());
                waits.push(wait.num_seconds());
                world.clock().advance(wait - TimeDelta::milliseconds(1));
                assert_eq!(worker.drain().await.unwrap(), 0, "not before its time");
                world.clock().advance(TimeDelta::milliseconds(1));
            }
        }

        for (wait, pause) in waits.iter().zip([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]) {
            assert!((pause * 9 / 10..=pause * 11 / 10 + 1).contains(wait), "{waits:?}");
        }
        assert_eq!(waits.len(), 9);
        let (state, attempts) = states(&world).await.remove(0);
        assert!(matches!(state, DeliveryState::Parked(_)), "{state:?}");
        assert_eq!(attempts, [500, 302, 500, 302, 500, 302, 500, 302, 500, 302].map(Some));
        world.clock().advance(TimeDelta::days(30));
        assert_eq!(worker.drain().await.unwrap(), 0);

        let delivery = world.app().list_deliveries(None, None).await.unwrap()[0].id;
        world.app().redeliver(Decider::Operator, delivery).await.unwrap().unwrap();
        assert_eq!(worker.drain().await.unwrap(), 1);
        let (state, attempts) = states(&world).await.remove(0);
        assert!(matches!(state, DeliveryState::Delivered(_)), "{state:?}");
        assert_eq!((attempts.len(), attempts[10]), (11, Some(204)));
        // A delivered one may be asked for again too.
        world.app().redeliver(Decider::Operator, delivery).await.unwrap().unwrap();
        worker.drain().await.unwrap();
        let ids: std::collections::BTreeSet<String> = receiver.heard().into_iter().map(|message| message.id).collect();
        assert_eq!((receiver.heard().len(), ids.len()), (12, 1));
        let unknown = world.app().redeliver(Decider::Operator, "de_00000000000000000000000000000000".parse().unwrap()).await.unwrap();
        assert_eq!(unknown, Err(RedeliverRefusal::NoSuchDelivery));
    }

    async fn a_server_that_is_gone_for_good_is_told_nothing_more(world: TestApp) {
        begin(&world).await;
        let receiver = Receiver::start().await;
        let (webhook, _) = add(&world, &receiver.url(), "orders.order_recorded.v1").await;
        receiver.will_answer([status(410)]);
        tell_order(&world, 1).await;
        let worker = worker(&world);
        worker.drain().await.unwrap();
        tell_order(&world, 2).await;
        worker.drain().await.unwrap();

        assert_eq!(receiver.heard().len(), 1);
        assert_eq!(states(&world).await.len(), 1);
        let (_, because) = world.app().list_webhooks().await.unwrap()[0].disabled.clone().unwrap();
        assert_eq!(because, "answered 410");
        let delivery = world.app().list_deliveries(Some(webhook), None).await.unwrap()[0].id;
        assert_eq!(world.app().redeliver(Decider::Operator, delivery).await.unwrap(), Err(RedeliverRefusal::Disabled));
        assert_eq!(world.app().rotate_webhook_key(Decider::Operator, webhook, None).await.unwrap(), Err(ChangeWebhookRefusal::Disabled));
    }

    async fn both_keys_sign_for_a_day_while_one_replaces_the_other(world: TestApp) {
        begin(&world).await;
        let receiver = Receiver::start().await;
        let (webhook, old) = add(&world, &receiver.url(), "orders.order_recorded.v1").await;
        let new = world.app().rotate_webhook_key(Decider::Operator, webhook, None).await.unwrap().unwrap();
        assert_ne!(new, old);
        let worker = worker(&world);
        for number in 1..=2 {
            tell_order(&world, number).await;
            worker.drain().await.unwrap();
            world.clock().advance(TimeDelta::hours(24));
        }

        let [first, second] = receiver.heard().try_into().unwrap();
        assert!(first.is_signed_with(&new) && first.is_signed_with(&old) && first.signatures.len() == 2);
        assert!(second.is_signed_with(&new) && !second.is_signed_with(&old) && second.signatures.len() == 1);
        // At rest neither key can be read.
        let stored = world.db().texts("SELECT url, event_types FROM webhooks").await.concat().concat();
        assert!(!stored.contains("whsec_"));
    }

    async fn a_private_address_is_not_talked_to(world: TestApp) {
        begin(&world).await;
        let receiver = Receiver::start().await;
        add(&world, &receiver.url(), "orders.order_recorded.v1").await;
        let by_name = format!("https://localhost:{}/hook", receiver.address.port());
        add(&world, &by_name, "orders.order_recorded.v1").await;
        tell_order(&world, 1).await;

        let strict = WebhookWorker::new(world.app().clone(), PrivateAddresses::Refused);
        assert_eq!(strict.drain().await.unwrap(), 2);

        assert_eq!(receiver.heard(), []);
        let failures = world.db().texts("SELECT failure FROM webhook_attempts").await.concat();
        assert_eq!(failures, ["the host has an address that is not public"; 2]);
    }

    async fn two_workers_send_each_message_once_and_a_dead_one_loses_its_lease(world: TestApp) {
        begin(&world).await;
        let receiver = Receiver::start().await;
        add(&world, &receiver.url(), "orders.order_recorded.v1").await;
        for number in 1..=10 {
            tell_order(&world, number).await;
        }
        // A worker that claims one and dies.
        assert_eq!(world.another().claim_deliveries(|_| 1).await.unwrap().len(), 1);

        let (one, two) = (worker(&world), WebhookWorker::new(world.another(), PrivateAddresses::Allowed));
        let (first, second) = tokio::join!(one.drain(), two.drain());
        assert_eq!(first.unwrap() + second.unwrap(), 9);
        world.clock().advance(TimeDelta::seconds(61));
        assert_eq!(one.drain().await.unwrap(), 1);

        let ids: std::collections::BTreeSet<String> = receiver.heard().into_iter().map(|message| message.id).collect();
        assert_eq!((receiver.heard().len(), ids.len()), (10, 10));
    }

    async fn a_silent_server_keeps_neither_another_nor_a_sign_in_waiting(world: TestApp) {
        begin(&world).await;
        let receiver = Receiver::start().await;
        // It takes connections and says nothing.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        add(&world, &format!("http://{}/", silent.local_addr().unwrap()), "orders.order_recorded.v1").await;
        add(&world, &receiver.url(), "orders.order_recorded.v1").await;
        for number in 1..=8 {
            tell_order(&world, number).await;
        }

        let worker = worker(&world);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let working = tokio::spawn(async move { worker.work(stopped).await });
        let mut again = tokio::time::interval(std::time::Duration::from_millis(20));
        let begun = std::time::Instant::now();
        while receiver.heard().len() < 8 {
            again.tick().await;
            assert!(begun.elapsed().as_secs() < 14, "{} heard", receiver.heard().len());
        }
        Door::open(&world).await.sign_in("h-wang-owner@hearth.example").await;
        drop(stop);
        working.abort();
    }

    async fn what_was_delivered_goes_with_its_event_after_ninety_days_and_what_was_not_stays(world: TestApp) {
        begin(&world).await;
        let (receiver, failing) = (Receiver::start().await, Receiver::start().await);
        add(&world, &receiver.url(), "orders.order_recorded.v1").await;
        add(&world, &failing.url(), "ledger.points_posted.v1").await;
        failing.will_answer([status(500)]);
        tell_order(&world, 1).await;
        worker(&world).drain().await.unwrap();
        world.clock().advance(TimeDelta::days(91));

        world.app().prune().await.unwrap();

        assert_eq!(world.db().count("webhook_attempts").await, 1);
        assert_eq!(world.db().count("webhook_deliveries WHERE delivered_at IS NULL").await, 1);
        assert_eq!(world.db().texts("SELECT kind FROM outbox_events").await.concat(), ["ledger.points_posted.v1"]);
    }

    async fn webhooks_are_few_and_each_address_is_there_once(world: TestApp) {
        let add = |n: usize| AddWebhook { url: format!("https://shop.example/{n}").parse().unwrap(), event_types: EventTypes::default() };
        let app = world.app();
        let first = app.add_webhook(Decider::Operator, &add(0)).await.unwrap().unwrap();
        assert_eq!(app.add_webhook(Decider::Operator, &add(0)).await.unwrap(), Err(AddWebhookRefusal::AlreadyThere));
        for n in 1..MAX_WEBHOOKS {
            app.add_webhook(Decider::Operator, &add(n)).await.unwrap().unwrap();
        }
        assert_eq!(app.add_webhook(Decider::Operator, &add(99)).await.unwrap(), Err(AddWebhookRefusal::TooMany));
        app.disable_webhook(Decider::Operator, first.webhook).await.unwrap().unwrap();
        assert_eq!(app.disable_webhook(Decider::Operator, first.webhook).await.unwrap(), Err(ChangeWebhookRefusal::Disabled));
        app.add_webhook(Decider::Operator, &add(0)).await.unwrap().unwrap();
        let acts = "SELECT DISTINCT action FROM audit_lines WHERE actor_kind = 'operator' ORDER BY action";
        assert_eq!(world.db().texts(acts).await.concat(), ["add_webhook", "disable_webhook"]);
    }
}
