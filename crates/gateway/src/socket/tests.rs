//! One conversation after another, over a wire in memory: the rules of graphql-transport-ws, and ours.

use std::{
    io,
    num::NonZeroU32,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use accounts::Role;
use futures_util::{Sink, Stream};
use kernel::Locale;
use poem::web::websocket::Message;
use serde_json::{Value, json};
use testkit::{Engine, on_both_engines, run};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{
    Sockets,
    conversation::{Conversation, Origin, Pace},
};
use crate::{
    CostBucket, GatewayOptions,
    http::{GraphqlDoor, tests::Door},
    limits::Network,
};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

const FOLLOW: &str = "subscription($a:String){householdEvents(after:$a){id cursor kind subjectIds occurredAt}}";

const REDEEM: &str =
    "mutation($p:ID!,$k:String!){redeemPerk(input:{perkId:$p,idempotencyKey:$k}){grant{id} userErrors{code}}}";

struct Wire {
    incoming: UnboundedReceiver<io::Result<Message>>,
    outgoing: UnboundedSender<Message>,
}

impl Stream for Wire {
    type Item = io::Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.incoming.poll_recv(context)
    }
}

impl Sink<Message> for Wire {
    type Error = io::Error;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> io::Result<()> {
        self.outgoing.send(message).map_err(io::Error::other)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The other end of the wire.
struct Client {
    say: UnboundedSender<io::Result<Message>>,
    heard: UnboundedReceiver<Message>,
}

/// Long enough that no test meets them by chance.
fn unhurried() -> Pace {
    Pace { close_within: Duration::from_millis(10), ..Pace::default() }
}

impl Client {
    fn connect(door: &Door, sockets: &Sockets, pace: Pace) -> Self {
        let wide = NonZeroU32::new(1_000_000).unwrap();
        let cost_bucket = CostBucket { maximum: wide, restore_per_second: wide };
        let options = GatewayOptions { cost_bucket, ..GatewayOptions::default() };
        let graphql = Arc::new(GraphqlDoor::new(door.world.app().clone(), &options));
        let network = Network::of([192, 0, 2, 1].into());
        let seat = sockets.take(network).unwrap();
        let (say, incoming) = unbounded_channel();
        let (outgoing, heard) = unbounded_channel();
        let origin = Origin { network, locale: Locale::En };
        let talk = Conversation::new(Wire { incoming, outgoing }, graphql, seat, origin, pace, sockets.stopping());
        tokio::spawn(talk.run());
        Self { say, heard }
    }

    fn say(&self, message: &Value) {
        self.say_text(&message.to_string());
    }

    fn say_text(&self, text: &str) {
        self.say.send(Ok(Message::text(text))).unwrap();
    }

    async fn hear_message(&mut self) -> Message {
        tokio::time::timeout(PATIENCE, self.heard.recv()).await.expect("something in time").expect("something")
    }

    async fn hear(&mut self) -> Value {
        match self.hear_message().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("a text, not {other:?}"),
        }
    }

    async fn hear_close(&mut self) -> u16 {
        match self.hear_message().await {
            Message::Close(Some((code, _))) => code.into(),
            other => panic!("a close, not {other:?}"),
        }
    }

    async fn init(&mut self, token: &str) {
        self.say(&json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } }));
        assert_eq!(self.hear().await, json!({ "type": "connection_ack" }));
    }

    fn follow(&self, id: &str, after: Option<&str>) {
        let payload = json!({ "query": FOLLOW, "variables": { "a": after } });
        self.say(&json!({ "type": "subscribe", "id": id, "payload": payload }));
    }

    /// The event of the next `next`.
    async fn hear_event(&mut self) -> Value {
        let heard = self.hear().await;
        assert_eq!(heard["type"], "next", "{heard}");
        heard["payload"]["data"]["householdEvents"].clone()
    }
}

/// 王's household with 300 points, a perk for 100, and a token.
async fn neighbourhood(door: &Door) -> (String, String) {
    door.set_rule().await;
    door.add_member("H-1", "wang", Role::Owner).await;
    door.earn("H-1", 30_000).await;
    (door.sign_in("wang").await, door.define_perk(100, 10, 5).await)
}

async fn redeem(door: &Door, token: &str, perk: &str, key: &str) -> String {
    let answer = door.ask(Some(token), REDEEM, json!({ "p": perk, "k": key })).await;
    answer.data()["redeemPerk"]["grant"]["id"].as_str().unwrap().to_owned()
}

async fn feed_end(door: &Door, token: &str) -> String {
    let answer = door.ask(Some(token), "{householdEventsCursor}", json!({})).await;
    answer.data()["householdEventsCursor"].as_str().unwrap().to_owned()
}

#[test]
fn each_broken_rule_closes_with_its_code() {
    run(Engine::Sqlite, async |door: Door| {
        let (token, _) = neighbourhood(&door).await;
        let sockets = Sockets::default();
        let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
        let stranger = json!({ "type": "connection_init", "payload": { "authorization": "Bearer nonsense" } });
        let follow = json!({ "type": "subscribe", "id": "1", "payload": { "query": FOLLOW } });
        for (code, messages) in [
            (4400, vec![json!({ "type": "nonsense" })]),
            (4400, vec![init.clone(), json!({ "type": "subscribe", "id": "1", "payload": { "query": 1 } })]),
            (4401, vec![follow.clone()]),
            (4403, vec![json!({ "type": "connection_init" })]),
            (4403, vec![stranger]),
            (4409, vec![init.clone(), follow.clone(), follow]),
            (4429, vec![init.clone(), init.clone()]),
        ] {
            let mut client = Client::connect(&door, &sockets, unhurried());
            messages.iter().for_each(|message| client.say(message));
            if messages[0] == init {
                assert_eq!(client.hear().await, json!({ "type": "connection_ack" }));
            }
            assert_eq!(client.hear_close().await, code, "{messages:?}");
        }

        let mut client = Client::connect(&door, &sockets, unhurried());
        client.say.send(Ok(Message::binary([1]))).unwrap();
        assert_eq!(client.hear_close().await, 4400);
        let hasty = Pace { init_within: Duration::from_millis(30), ..unhurried() };
        assert_eq!(Client::connect(&door, &sockets, hasty).hear_close().await, 4408);
        sockets.close().await;
    });
}

#[test]
fn pings_go_both_ways_and_silence_ends_a_socket() {
    run(Engine::Sqlite, async |door: Door| {
        let (token, _) = neighbourhood(&door).await;
        let pace = Pace { ping_every: Duration::from_millis(200), ..unhurried() };
        let mut client = Client::connect(&door, &Sockets::default(), pace);
        client.say(&json!({ "type": "ping" }));
        assert_eq!(client.hear().await, json!({ "type": "pong" }));
        client.init(&token).await;
        for _ in 0..2 {
            assert_eq!(client.hear().await, json!({ "type": "ping" }));
            client.say(&json!({ "type": "pong" }));
        }
        assert_eq!(client.hear().await, json!({ "type": "ping" }));
        assert_eq!(client.hear_close().await, 1008);
    });
}

#[test]
fn only_subscriptions_run_and_each_passes_the_guard() {
    run(Engine::Sqlite, async |door: Door| {
        let (token, perk) = neighbourhood(&door).await;
        let mut client = Client::connect(&door, &Sockets::default(), unhurried());
        client.init(&token).await;
        let act = format!(
            "mutation{{redeemPerk(input:{{perkId:\"{perk}\",idempotencyKey:\"0123456789abcdef\"}}){{grant{{id}}}}}}"
        );
        let deep = "{a".repeat(40);
        let two = "subscription{a:householdEvents{id} b:householdEvents{id}}";
        let hidden = "subscription{...F} fragment F on Subscription{householdEvents{id}}";
        for (query, reason) in [
            ("{__typename}", "NOT_A_SUBSCRIPTION"),
            (act.as_str(), "NOT_A_SUBSCRIPTION"),
            (two, "ONE_ROOT_FIELD"),
            (hidden, "ONE_ROOT_FIELD"),
            ("subscription{", "SYNTAX"),
            ("subscription{nothing}", "INVALID_DOCUMENT"),
            (deep.as_str(), "QUERY_TOO_DEEP"),
            ("subscription{householdEvents(after:\"made up\"){id}}", "BAD_CURSOR"),
        ] {
            client.say(&json!({ "type": "subscribe", "id": "x", "payload": { "query": query } }));
            let heard = client.hear().await;
            assert_eq!((&heard["type"], &heard["id"]), (&json!("error"), &json!("x")), "{query}");
            assert_eq!(heard["payload"][0]["extensions"]["reason"], reason, "{query}");
        }
        assert_eq!(door.world.db().count("grants").await, 0);

        (0..20).for_each(|id| client.follow(&id.to_string(), None));
        client.follow("one more", None);
        assert_eq!(client.hear().await["payload"][0]["extensions"]["reason"], "TOO_MANY_OPERATIONS");
        client.say(&json!({ "type": "complete", "id": "7" }));
        client.follow("7", None);
        client.say(&json!({ "type": "ping" }));
        assert_eq!(client.hear().await, json!({ "type": "pong" }));

        let posted = door.ask(Some(&token), FOLLOW, json!({})).await;
        assert_eq!((posted.status.as_u16(), posted.error().0), (400, "BAD_USER_INPUT"));
    });
}

#[test]
fn a_socket_ends_with_its_session_and_with_the_process() {
    run(Engine::Sqlite, async |door: Door| {
        let (token, _) = neighbourhood(&door).await;
        let pace = Pace { ping_every: Duration::from_millis(1_200), ..unhurried() };
        let sockets = Sockets::default();
        let mut revoked = Client::connect(&door, &sockets, pace);
        revoked.init(&token).await;
        revoked.follow("1", None);
        door.ask(Some(&token), "mutation{signOut{isSignedOut}}", json!({})).await;
        let last = loop {
            match revoked.hear_message().await {
                Message::Text(text) if text.contains("ping") => revoked.say(&json!({ "type": "pong" })),
                Message::Text(text) => assert!(text.contains("UNAUTHENTICATED") || text.contains("complete"), "{text}"),
                Message::Close(Some((code, _))) => break u16::from(code),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(last, 4403);

        let token = door.sign_in("wang").await;
        let mut open = Client::connect(&door, &sockets, unhurried());
        open.init(&token).await;
        let closing = sockets.clone();
        let closed = tokio::spawn(async move { closing.close().await });
        assert_eq!(open.hear_close().await, 1001);
        tokio::time::timeout(PATIENCE, closed).await.unwrap().unwrap();
    });
}

on_both_engines! {
    async fn who_comes_back_hears_each_event_once(door: Door) {
        let (token, perk) = neighbourhood(&door).await;
        let sockets = Sockets::default();
        let start = feed_end(&door, &token).await;
        let mut client = Client::connect(&door, &sockets, unhurried());
        client.init(&token).await;
        client.follow("1", Some(&start));
        let grant = redeem(&door, &token, &perk, "key-key-key-key-1").await;
        let (first, second) = (client.hear_event().await, client.hear_event().await);
        let mut kinds = [first["kind"].as_str().unwrap(), second["kind"].as_str().unwrap()];
        kinds.sort_unstable();
        assert_eq!(kinds, ["entitlements.perk_redeemed.v1", "ledger.points_posted.v1"]);
        let redeemed = if first["kind"] == kinds[0] { &first } else { &second };
        assert_eq!(redeemed["subjectIds"], json!([grant, perk]));
        drop(client);

        // Away meanwhile; and once more from the middle.
        redeem(&door, &token, &perk, "key-key-key-key-2").await;
        let mut heard = Vec::new();
        for after in [&second["cursor"], &first["cursor"]] {
            let mut client = Client::connect(&door, &sockets, unhurried());
            client.init(&token).await;
            client.follow("again", after.as_str());
            let mut events = Vec::new();
            while events.len() < if after == &first["cursor"] { 3 } else { 2 } {
                events.push(client.hear_event().await);
            }
            heard.push(events);
        }
        assert_eq!(heard[1][0], second);
        assert_eq!(heard[1][1..], heard[0]);

        // Another household's place is none of ours, nor is one that does not exist yet.
        door.add_member("H-2", "li", Role::Owner).await;
        let li = door.sign_in("li").await;
        let mut other = Client::connect(&door, &sockets, unhurried());
        other.init(&li).await;
        other.follow("1", Some(&start));
        assert_eq!(other.hear().await["payload"][0]["extensions"]["reason"], "BAD_CURSOR");
        let end = feed_end(&door, &token).await;
        door.world.db().execute("UPDATE household_feeds SET last_no = 1").await.unwrap();
        door.world.db().execute("UPDATE outbox_events SET feed_no = NULL, household_id = NULL WHERE feed_no > 1").await.unwrap();
        let mut back = Client::connect(&door, &sockets, unhurried());
        back.init(&token).await;
        back.follow("1", Some(&end));
        assert_eq!(back.hear().await["payload"][0]["extensions"]["reason"], "BAD_CURSOR");
    }
}
