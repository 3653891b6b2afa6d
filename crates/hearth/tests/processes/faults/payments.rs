//! The server is killed at every step of a payment: while it is asked for, on the way to the cashier, while it is paid, and in all that
//! follows of it.

use std::{
    fs,
    io::{Read, Write},
    net::SocketAddr,
    thread,
    time::Duration,
};

use accounts::Relation;
use kernel::Actor;
use serde_json::{Value, json};

use super::{
    Chance,
    cluster::Cluster,
    http, rounds,
    server::Server,
    turn,
    world::{World, ask},
};
use crate::program::{runtime, wait_until};

/// What two jin of oranges cost, in fen.
const FEN: i64 = 1_980;

/// A kill falls on any moment up to here after a step was sent: most steps take a few milliseconds.
const LONGEST_WAIT_MILLIS: u64 = 25;

/// A senior in one household and a daughter in another, before a server that dies.
struct Payments<'w> {
    world: &'w World,
    server: Server,
    chance: Chance,
    kills: u32,
}

impl Payments<'_> {
    /// Sends a step, kills the server a moment later, starts it again, and sends the same step until it is answered: whoever had no answer does
    /// so, and so does whoever presses twice.
    fn step<T: Send>(&mut self, once: impl Fn(SocketAddr) -> Option<T> + Sync) -> T {
        let address = self.server.address;
        let wait = Duration::from_millis(self.chance.below(LONGEST_WAIT_MILLIS));
        thread::scope(|scope| {
            scope.spawn(|| once(address));
            thread::sleep(wait);
            self.kill();
        });
        let mut answer = None;
        wait_until("the step is answered", || {
            answer = once(address);
            answer.is_some()
        });
        answer.unwrap()
    }

    fn kill(&mut self) {
        self.server.kill();
        self.server = self.world.serve_again(&self.server).0;
        self.kills += 1;
    }

    /// One order from the senior's yes to the daughter's payment.
    fn pay(&mut self, number: u32) {
        let (senior, daughter) = (self.world.tokens[0].clone(), self.world.tokens[1].clone());
        let request = self.step(|address| asked(address, &senior, number));
        let link = self.step(|address| {
            let query = "query($id:ID!){payRequest(id:$id){payToken}}";
            let seen = asked_for(address, &daughter, query, &json!({ "id": request }))?;
            Some(seen["payRequest"]["payToken"].as_str()?.to_owned())
        });
        let cashier = self.step(|address| form(address, &format!("/pay/{link}/pay"), "me=yes"));
        assert!(cashier.starts_with("/sandbox-pay/pa_"), "{cashier}");
        self.step(|address| form(address, &cashier, "outcome=succeed"));
        // What follows of it dies as well.
        thread::sleep(Duration::from_millis(self.chance.below(LONGEST_WAIT_MILLIS)));
        self.kill();
    }
}

/// The senior says yes, under a key of this order.
fn asked(address: SocketAddr, token: &str, number: u32) -> Option<String> {
    let query = "mutation($i:AskToPayInput!){askToPay(input:$i){payRequest{id} userErrors{code}}}";
    let lines = json!([{ "productRef": "F01", "quantity": "2" }]);
    let input =
        json!({ "lines": lines, "priceMinor": FEN.to_string(), "idempotencyKey": format!("killed-{number:0>9}") });
    let answer = asked_for(address, token, query, &json!({ "i": input }))?;
    assert_eq!(answer["askToPay"]["userErrors"], json!([]), "{answer}");
    Some(answer["askToPay"]["payRequest"]["id"].as_str()?.to_owned())
}

/// The data of an answer; none where none came.
fn asked_for(address: SocketAddr, token: &str, query: &str, variables: &Value) -> Option<Value> {
    let authorization = [("authorization", format!("Bearer {token}"))];
    let body = json!({ "query": query, "variables": variables }).to_string();
    let answer = http::post(http::connect(address).ok()?, "/graphql", &authorization, &body).ok()?;
    (answer.status == 200).then(|| answer.body["data"].clone())
}

/// Sends a form as a browser does: where it is sent on to; none where no answer came.
fn form(address: SocketAddr, path: &str, body: &str) -> Option<String> {
    let mut stream = http::connect(address).ok()?;
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: hearth\r\nConnection: close\r\nContent-Length: {length}\r\n");
    let head = format!("{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}");
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let head = answer.split("\r\n\r\n").next()?;
    let location = head.lines().find_map(|line| line.strip_prefix("location: "));
    assert!(head.starts_with("HTTP/1.1 303") || location.is_none(), "{head}");
    location.map(str::to_owned)
}

/// Twelve hours from now, as the setting is written: no order closes during a test, whenever it runs.
fn in_half_a_day() -> String {
    let zone = kernel::Zone::SHANGHAI;
    let then = kernel::Clock::now(&kernel::SystemClock) + chrono::TimeDelta::hours(12);
    zone.local(then).format("%H:%M").to_string()
}

fn kin(world: &World) {
    runtime().block_on(async {
        let database = world.open().await;
        let mut tx = database.begin(Actor::System).await;
        let references = ["P0", "P1"].map(|person| person.parse().unwrap());
        let people = accounts::store::find_person_refs(&mut tx, &references).await.unwrap();
        let [senior, daughter] = references.map(|reference| people[&reference].person);
        accounts::store::insert_kin_link(&mut tx, senior, daughter, Relation::Daughter).await.unwrap();
        tx.commit().await.unwrap();
    });
}

fn number(world: &World, sql: &str) -> i64 {
    runtime().block_on(async {
        let rows = world.open().await.texts(&format!("SELECT CAST(({sql}) AS TEXT)")).await;
        rows[0][0].parse().unwrap()
    })
}

fn pay_through_kills(mut world: World, name: &str) {
    world.set("HEARTH_CUT_OFF", &in_half_a_day());
    fs::write(world.path("offers.csv"), "product_id,name,unit,price\nF01,橘子,斤,9.90\n").unwrap();
    world.run(&["offers", "replace", "offers.csv"]);
    kin(&world);
    let orders = rounds(3, 50);
    let mut payments = Payments { world: &world, server: world.serve().0, chance: Chance(20_261_201), kills: 0 };
    for order in 1..=orders {
        payments.pay(order);
    }
    let kills = payments.kills;
    payments.server.kill();
    // As if a minute went by: what whoever died had claimed is somebody else's.
    runtime().block_on(async {
        let due_now = "UPDATE outbox_events SET due_at = 0 WHERE settled_at IS NULL";
        world.open().await.execute(due_now).await.unwrap();
    });
    payments.server = world.serve_again(&payments.server).0;
    // What was taken and never told is found by the clockwork, which runs first thing.
    wait_until("all that follows was done", || {
        number(&world, "SELECT count(*) FROM orders") == i64::from(orders)
            && number(&world, "SELECT count(*) FROM outbox_events WHERE settled_at IS NULL") == 0
    });
    assert!(!payments.server.log_text().contains("panicked"), "{}", payments.server.log_text());

    let account = "{me{household{assetAccount{available pending}}}}";
    let points = ask(payments.server.address, Some(&world.tokens[0]), account, &json!({})).body;
    let points = &points["data"]["me"]["household"]["assetAccount"];
    drop(payments);
    let orders = i64::from(orders);
    for (what, sql) in [
        ("asked", "SELECT count(*) FROM pay_requests"),
        ("paid", "SELECT count(*) FROM pay_requests WHERE state = 'paid'"),
        ("paid once", "SELECT count(*) FROM paid_requests"),
        ("begun once", "SELECT count(*) FROM payment_attempts"),
        ("taken once", "SELECT count(*) FROM payments WHERE outcome = 'pays'"),
        ("ordered once", "SELECT count(*) FROM orders"),
        ("earned once", "SELECT count(*) FROM postings WHERE kind = 'earn'"),
    ] {
        assert_eq!(number(&world, sql), orders, "{what}");
    }
    assert_eq!(number(&world, "SELECT count(*) FROM payments"), orders, "nothing else came");
    assert_eq!(number(&world, "SELECT count(*) FROM payment_refunds"), 0, "nothing had to go back");
    let total = points["available"].as_i64().unwrap() + points["pending"].as_i64().unwrap();
    assert_eq!(total, orders * (FEN / 100), "points of each order");
    println!("{name}: {orders} payments through {kills} kills; verify: {}", world.run(&["verify"]).trim());
}

#[test]
fn a_sqlite_server_killed_at_every_step_of_a_payment_takes_it_once() {
    let _turn = turn();
    pay_through_kills(World::on_sqlite(), "SQLite server killed at every step");
}

#[test]
fn a_server_on_postgres_killed_at_every_step_of_a_payment_takes_it_once() {
    let _turn = turn();
    let cluster = Cluster::start();
    pay_through_kills(World::on_postgres(cluster.url()), "server on PostgreSQL killed at every step");
}
