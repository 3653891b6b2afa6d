//! What users of other platforms suffered, one test per complaint, named after it: the ledger must not fall into any.
//!
//! Through the door a system or a person uses where there is one, else through the use-case behind it.

mod expiry;
mod holds_and_merges;
mod money;
mod refunds;
mod spending;

use app::{App, Principal, Secret, Settings, ledger::MovePoints, orders::EventTold};
use kernel::{Id, kinds};
use mail::Mailer;
use orders::OrderRefunded;
use serde_json::{Value, json};
use testkit::{TestApp, TestDb};

use crate::{
    journeys::door::{Door, paid, picked_up},
    world::{found, label, local, reference, set_rule, yuan},
};

/// A key no other act of the test has.
fn key(n: usize) -> String {
    format!("key-0123456789-{n}")
}

/// Noon of 1 March 2026, one point per yuan, one household: `H-WANG`.
async fn wang(world: &TestApp) -> Principal {
    world.clock().set(local("2026-03-01T12:00:00"));
    set_rule(world.app(), "1", "2017-01-01", &[]).await;
    found(world.app(), "H-WANG").await
}

/// Signs Wang's owner in.
async fn sign_in(door: &Door<'_>) -> String {
    door.sign_in("h-wang-owner@hearth.example").await
}

/// Wang bought on 1 March at eleven and picked up half an hour later: the points can be spent from 9 March on.
async fn buys(door: &Door<'_>, order: &str, lines: &[(&str, i64)]) {
    let told = door
        .tell(json!([
            paid(&format!("ev-paid-{order}"), order, "H-WANG", "2026-03-01T11:00:00+08:00", lines),
            picked_up(&format!("ev-up-{order}"), order, "2026-03-01T11:30:00+08:00"),
        ]))
        .await;
    assert_eq!(told, ["accepted", "accepted"]);
}

/// The first error a mutation's payload names.
fn code(payload: &Value) -> &str {
    payload["userErrors"][0]["code"].as_str().unwrap_or("none")
}

fn household(principal: &Principal) -> Id<kinds::Household> {
    principal.household.unwrap().0
}

fn moving(from: &Principal, to: &Principal, n: usize) -> MovePoints {
    MovePoints {
        from: household(from),
        to: household(to),
        contributor: None,
        reason: label("合并"),
        idempotency_key: key(n).parse().unwrap(),
    }
}

/// The use-cases of an operator who decided otherwise.
pub(crate) fn app_with(db: &TestDb, settings: Settings) -> App {
    let mailer = Mailer::capture("hearth@hearth.example".parse().unwrap());
    App::new(db.db().clone(), settings, Secret::new(vec![7; Secret::MIN_BYTES]).unwrap(), mailer)
}

/// A refund of an order that names no lines, told now.
fn refund(app: &App, order: &str, amount: &str) -> EventTold {
    EventTold::Refunded(OrderRefunded {
        order_ref: reference(order),
        refund_ref: reference("R-1"),
        refunded_at: app.db().clock().now(),
        amount: yuan(amount),
        lines: Vec::new(),
    })
}

/// The points of all postings of a kind, from the rows themselves.
async fn posted(db: &TestDb, kind: &str) -> Vec<String> {
    let rows =
        db.texts(&format!("SELECT CAST(points AS TEXT) FROM postings WHERE kind = '{kind}' ORDER BY no, points")).await;
    rows.into_iter().map(|mut row| row.remove(0)).collect()
}
