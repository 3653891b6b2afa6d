//! Scenario 2: part of an order is refunded after its points are gone.

use serde_json::json;
use testkit::{TestApp, on_both_engines};

use super::door::{Door, paid, picked_up, refunded};
use crate::world::{assert_verifies, define_perk, found, local, set_rule};

/// An order of so many fen; a perk's price; what is refunded at first; what is owed then; what is earned next; what is
/// available after it matured; what the rest of the order, refunded, leaves: available and owed.
struct Case {
    order: i64,
    price: i64,
    refund: i64,
    owed: i64,
    next: i64,
    available: i64,
    end: [i64; 2],
}

const CASES: [Case; 3] = [
    Case { order: 20_000, price: 180, refund: 5_000, owed: 30, next: 10_000, available: 70, end: [0, 80] },
    Case { order: 109_100, price: 1_091, refund: 109_099, owed: 1_090, next: 200_000, available: 910, end: [909, 0] },
    Case { order: 3_333, price: 33, refund: 1_111, owed: 11, next: 999, available: 0, end: [0, 24] },
];

async fn plays(world: &TestApp, case: &Case) {
    world.clock().set(local("2026-03-01T12:00:00"));
    set_rule(world.app(), "1", "2026-01-01", &[]).await;
    let perk = define_perk(world.app(), case.price, 10, 10).await.id.to_string();
    found(world.app(), "H-WANG").await;
    let door = Door::open(world).await;
    let token = door.sign_in("h-wang-owner@hearth.example").await;
    let told = door.tell(json!([
        paid("ev-1", "D-1", "H-WANG", "2026-03-01T11:00:00+08:00", &[("蔬菜", case.order)]),
        picked_up("ev-2", "D-1", "2026-03-01T11:30:00+08:00"),
    ]));
    assert_eq!(told.await, ["accepted", "accepted"]);
    world.clock().set(local("2026-03-09T08:00:00"));
    assert_eq!(door.redeem(&token, &perk, "key-0123456789-1").await["userErrors"], json!([]));

    let refund = refunded("ev-3", "D-1", "2026-03-09T08:00:00+08:00", &[(1, case.refund)]);
    assert_eq!(door.tell(json!([refund])).await, ["accepted"]);
    assert_eq!(door.account(&token).await.1, [0, 0, 0, case.owed]);
    assert_eq!(world.db().count(&format!("refunds WHERE cash_minor = {}", case.refund)).await, 1);
    let refused = door.redeem(&token, &perk, "key-0123456789-2").await;
    assert_eq!((&refused["userErrors"][0]["code"], &refused["owed"]), (&json!("OWES_POINTS"), &json!(case.owed)));
    // It refers to the earn it takes back.
    let refers = "postings c JOIN postings e ON e.id = c.corrects_id WHERE c.kind = 'clawback' AND e.kind = 'earn'";
    assert_eq!(world.db().count(refers).await, 1);

    door.tell(json!([
        paid("ev-4", "D-2", "H-WANG", "2026-03-09T08:10:00+08:00", &[("蔬菜", case.next)]),
        picked_up("ev-5", "D-2", "2026-03-09T08:20:00+08:00"),
    ]))
    .await;
    world.clock().set(local("2026-03-17T00:00:00"));
    assert_eq!(door.account(&token).await.1[0], case.available);
    let rest = refunded("ev-6", "D-1", "2026-03-17T00:00:00+08:00", &[(1, case.order - case.refund)]);
    assert_eq!(door.tell(json!([rest])).await, ["accepted"]);
    assert_eq!(door.account(&token).await.1, [case.end[0], 0, 0, case.end[1]]);
    assert_verifies(world.app()).await;
}

on_both_engines! {
    async fn an_order_of_200_yuan_of_which_180_points_are_spent(world: TestApp) {
        plays(&world, &CASES[0]).await;
    }

    async fn all_is_spent_and_all_but_a_fen_is_refunded(world: TestApp) {
        plays(&world, &CASES[1]).await;
    }

    async fn a_third_is_refunded_and_the_next_earn_is_less_than_the_debt(world: TestApp) {
        plays(&world, &CASES[2]).await;
    }
}
