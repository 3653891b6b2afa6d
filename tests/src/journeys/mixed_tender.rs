//! Scenario 4: an order is paid part in cash and part with points; each line keeps its share of both, and every refund goes
//! back in kind.

use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::{Door, paid, part_in_points, refunded};
use crate::world::{assert_verifies, earn, found, local, set_rule};

const AT: &str = "2026-03-01T11:50:00+08:00";

/// Noon of 1 March 2026, one point per yuan, and so many points of `H-WANG` to spend; the owner's token.
async fn with_points(world: &TestApp, door: &Door<'_>, points: &str) -> String {
    world.clock().set(local("2026-03-01T12:00:00"));
    set_rule(world.app(), "1", "2017-01-01", &[]).await;
    found(world.app(), "H-WANG").await;
    earn(world.app(), "H-WANG", points).await;
    door.sign_in("h-wang-owner@hearth.example").await
}

/// What a refund gave back: cash, points, and how many of them are back.
fn parts(result: &Value) -> [i64; 3] {
    assert_eq!(result["status"], "accepted", "{result}");
    ["cashMinor", "points", "pointsReturned"].map(|field| result[field].as_i64().unwrap())
}

/// Refunds parts of lines in turn, as (line, fen); what all of them gave back, which may never be more than was paid.
async fn refunds(door: &Door<'_>, order: &str, told: &[(u32, i64)], paid: [i64; 2]) -> [i64; 2] {
    let mut back = [0, 0];
    for (n, &line) in told.iter().enumerate() {
        let [cash, points, returned] =
            parts(&door.tell_fully(json!([refunded(&format!("ev-{order}-{n}"), order, AT, &[line])])).await[0]);
        assert_eq!(points, returned);
        back = [back[0] + cash, back[1] + points];
        assert!(back[0] <= paid[0] && back[1] <= paid[1], "{order}: {back:?} of {paid:?}");
    }
    back
}

/// Refunds an order line by line, each in two parts, and watches the cash: never above what was paid, at the end
/// exactly it.
async fn refunds_all(world: &TestApp, order: &str, lines: &[(&str, i64)], cash: i64) {
    let door = Door::open(world).await;
    let mut sale = paid(&format!("ev-{order}"), order, "H-WANG", "2026-03-01T11:00:00+08:00", lines);
    sale["data"]["cashMinor"] = json!(cash);
    assert_eq!(door.tell(json!([sale])).await, ["accepted"]);
    let mut refunded_before = 0;
    for (line_no, (_, fen)) in (1..).zip(lines) {
        for (part, fen) in [("a", fen / 3), ("b", fen - fen / 3)].iter().filter(|(_, fen)| *fen > 0) {
            let event = format!("ev-{order}-{line_no}{part}");
            let refund = refunded(&event, order, "2026-03-01T11:50:00+08:00", &[(line_no, *fen)]);
            assert_eq!(door.tell(json!([refund])).await, ["accepted"]);
            let sum = format!(
                "SELECT CAST(SUM(r.cash_minor) AS TEXT) FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.external_ref = '{order}'"
            );
            let now: i64 = world.db().texts(&sum).await[0][0].parse().unwrap();
            assert!(refunded_before <= now && now <= cash, "{order}: {now} of {cash}");
            refunded_before = now;
        }
    }
    assert_eq!(refunded_before, cash, "{order}");
}

/// An order's number, its lines, the cash, and the refunds in turn.
type Case<'a> = (&'a str, &'a [(&'a str, i64)], i64, &'a [(u32, i64)]);

const THIRDS: [(&str, i64); 3] = [("蔬菜", 3_333), ("水果", 3_333), ("粮油", 3_334)];

on_both_engines! {
    async fn each_line_goes_back_in_kind_and_all_of_them_are_exactly_what_was_paid(world: TestApp) {
        let door = Door::open(&world).await;
        let token = with_points(&world, &door, "3000").await;

        assert_eq!(door.tell(json!([part_in_points("D-1", &THIRDS, 8_000, 2_000)])).await, ["accepted"]);
        // Spent at once; and earned on the cash alone, which waits for the return window.
        assert_eq!(door.account(&token).await.1, [1_000, 80, 0, 0]);

        let mut left = [1_000, 80];
        for (line_no, fen, expected, earned) in
            [(1, 3_333, [2_667, 667, 667], 27), (2, 3_333, [2_666, 666, 666], 26), (3, 3_334, [2_667, 667, 667], 27)]
        {
            let refund = refunded(&format!("ev-{line_no}"), "D-1", AT, &[(line_no, fen)]);
            assert_eq!(parts(&door.tell_fully(json!([refund.clone()])).await[0]), expected);
            left = [left[0] + expected[1], left[1] - earned];
            assert_eq!(door.account(&token).await.1, [left[0], left[1], 0, 0], "line {line_no}");
            assert_eq!(door.tell(json!([refund])).await, ["duplicate"]);
        }
        assert_eq!(door.account(&token).await.1, [3_000, 0, 0, 0]);
        let more = door.tell_fully(json!([refunded("ev-more", "D-1", AT, &[(1, 1)])])).await;
        assert_eq!((&more[0]["status"], &more[0]["code"]), (&json!("rejected"), &json!("MORE_THAN_PAID")));
        assert_eq!(door.account(&token).await.1, [3_000, 0, 0, 0]);
        assert_eq!(world.db().count("postings WHERE kind = 'restore'").await, 3);
        assert_eq!(world.db().count("postings WHERE kind = 'clawback'").await, 3);
        assert_verifies(world.app()).await;
    }

    async fn other_numbers_other_parts_and_other_orders_end_at_the_same_totals(world: TestApp) {
        let door = Door::open(&world).await;
        let token = with_points(&world, &door, "20000").await;
        let sevenths: [(&str, i64); 7] = [1, 2, 3, 4, 5, 6, 7].map(|n| ("蔬菜", 1_428 + n % 2));
        let all: i64 = sevenths.iter().map(|(_, fen)| fen).sum();
        let one = [("蔬菜", 10_000)];
        let cases: [Case<'_>; 6] = [
            // Three parts of one line.
            ("D-1", &one, 8_000, &[(1, 3_333), (1, 3_333), (1, 3_334)]),
            ("D-2", &one, 1, &[(1, 1), (1, 9_998), (1, 1)]),
            // The lines in another order, in two parts, in fen.
            ("D-3", &THIRDS, 8_000, &[(3, 3_334), (1, 3_333), (2, 3_333)]),
            ("D-4", &THIRDS, 9_999, &[(2, 1), (3, 3_334), (2, 3_332), (1, 3_333)]),
            ("D-5", &THIRDS, 0, &[(2, 1_111), (2, 2_222), (1, 3_333), (3, 3_334)]),
            ("D-6", &sevenths, 3_333, &[(7, 1_429), (1, 1_429), (6, 1_428), (2, 1_428), (5, 1_429), (3, 1_429), (4, 1_428)]),
        ];
        for (order, lines, cash, told) in cases {
            let amount = if order == "D-6" { all } else { 10_000 };
            let paid = [cash, amount - cash];

            let sale = part_in_points(order, lines, cash, amount - cash);
            assert_eq!(door.tell(json!([sale])).await, ["accepted"], "{order}");
            assert_eq!(door.account(&token).await.1[0], 20_000 - paid[1], "{order}");

            assert_eq!(refunds(&door, order, told, paid).await, paid, "{order}");
            assert_eq!(door.account(&token).await.1, [20_000, 0, 0, 0], "{order}");
        }
        assert_verifies(world.app()).await;
    }

    async fn a_statement_says_which_order_was_paid_and_refunded(world: TestApp) {
        let door = Door::open(&world).await;
        let token = with_points(&world, &door, "3000").await;
        door.tell(json!([part_in_points("D-1", &THIRDS, 8_000, 2_000)])).await;
        door.tell(json!([refunded("ev-1", "D-1", AT, &[(1, 3_333)])])).await;

        let query = "{ me { household { assetAccount { statement(first: 9) { nodes { \
             id kind points cause reference correctsId } } } } } }";
        let data = door.graphql(Some(&token), query, json!({})).await;
        let lines = &data["me"]["household"]["assetAccount"]["statement"]["nodes"];
        let order = lines[2]["reference"].as_str().unwrap();

        assert_eq!(lines[0]["kind"], "CLAWBACK");
        assert_eq!((&lines[1]["kind"], &lines[1]["points"]), (&json!("RESTORE"), &json!(667)));
        assert_eq!(lines[1]["cause"], format!("Order {order} refunded: 667 points returned"));
        assert_eq!(lines[1]["correctsId"], lines[3]["id"]);
        assert_eq!((&lines[2]["kind"], &lines[2]["points"]), (&json!("EARN"), &json!(80)));
        assert_eq!((&lines[3]["kind"], &lines[3]["points"]), (&json!("REDEEM"), &json!(-2_000)));
        assert_eq!(lines[3]["cause"], format!("Order {order} paid with 2000 points"));
    }

    async fn points_are_held_before_the_money_is_taken_and_then_spent_or_let_go(world: TestApp) {
        let door = Door::open(&world).await;
        let token = with_points(&world, &door, "2500").await;
        let held = |event: &str, order: &str, points: i64, until: &str| {
            let data = json!({ "orderRef": order, "householdRef": "H-WANG", "points": points, "until": until });
            json!({ "id": event, "type": "order.points_held", "data": data })
        };
        let released = |event: &str, order: &str, household: &str| {
            let data = json!({ "orderRef": order, "householdRef": household });
            json!({ "id": event, "type": "order.points_released", "data": data })
        };
        let until = "2026-03-01T12:15:00+08:00";
        let code = async |event: Value| door.tell_fully(json!([event])).await.remove(0)["code"].take();

        assert_eq!(door.tell(json!([held("ev-1", "D-1", 2_000, until)])).await, ["accepted"]);
        assert_eq!(door.tell(json!([held("ev-2", "D-1", 2_000, until), held("ev-1", "D-1", 2_000, until)])).await, ["duplicate"; 2]);
        assert_eq!(door.account(&token).await.1, [500, 0, 2_000, 0]);
        assert_eq!(code(held("ev-3", "D-1", 1_000, until)).await, "HOLD_DIFFERS");
        assert_eq!(code(held("ev-4", "D-2", 501, until)).await, "INSUFFICIENT_POINTS");
        assert_eq!(code(held("ev-5", "D-2", 1, "2026-03-01T12:00:00+08:00")).await, "HOLD_OUT_OF_RANGE");
        assert_eq!(code(held("ev-6", "D-2", 1, "2026-07-01T12:00:00+08:00")).await, "HOLD_OUT_OF_RANGE");
        assert_eq!(code(held("ev-7", "D-2", 0, until)).await, "HOLD_OUT_OF_RANGE");
        assert_eq!(code(released("ev-8", "D-2", "H-WANG")).await, "UNKNOWN_HOLD");
        assert_eq!(code(released("ev-9", "D-2", "H-NOBODY")).await, "UNKNOWN_HOUSEHOLD");
        assert_eq!(code(part_in_points("D-2", &[("蔬菜", 501)], 0, 501)).await, "INSUFFICIENT_POINTS");
        assert_eq!(code(part_in_points("D-1", &THIRDS, 9_000, 1_000)).await, "HOLD_DIFFERS");
        assert_eq!(door.account(&token).await.1, [500, 0, 2_000, 0]);

        // In one call: one order is paid with what was held for it, another is held for and given up.
        let told = door
            .tell(json!([
                part_in_points("D-1", &THIRDS, 8_000, 2_000),
                held("ev-10", "D-3", 500, until),
                released("ev-11", "D-3", "H-WANG"),
                released("ev-12", "D-3", "H-WANG"),
            ]))
            .await;
        assert_eq!(told, ["accepted", "accepted", "accepted", "duplicate"]);
        assert_eq!(door.account(&token).await.1, [500, 80, 0, 0]);
        assert_eq!(code(released("ev-13", "D-1", "H-WANG")).await, "HOLD_SPENT");
        let paid = [8_000, 2_000];
        assert_eq!(refunds(&door, "D-1", &[(2, 3_333), (1, 3_333), (3, 3_334)], paid).await, paid);
        assert_eq!(door.account(&token).await.1, [2_500, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }

    async fn an_order_that_is_called_off_gives_back_all_its_points(world: TestApp) {
        let door = Door::open(&world).await;
        let token = with_points(&world, &door, "3000").await;
        assert_eq!(door.tell(json!([part_in_points("D-1", &THIRDS, 8_000, 2_000)])).await, ["accepted"]);
        assert_eq!(door.account(&token).await.1, [1_000, 80, 0, 0]);

        let cancelled = json!({ "id": "ev-1", "type": "order.cancelled", "data": { "orderRef": "D-1", "cancelledAt": AT } });
        assert_eq!(door.tell(json!([cancelled.clone()])).await, ["accepted"]);
        assert_eq!(door.tell(json!([cancelled])).await, ["duplicate"]);

        assert_eq!(door.account(&token).await.1, [3_000, 0, 0, 0]);
        assert_eq!(door.tell(json!([refunded("ev-2", "D-1", AT, &[(1, 1)])])).await, ["rejected"]);
        assert_eq!(door.account(&token).await.1, [3_000, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }

    async fn after_all_refunds_exactly_the_cash_is_back(world: TestApp) {
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(world.app(), "1", "2026-01-01", &[]).await;
        found(world.app(), "H-WANG").await;
        let thirds = [("蔬菜", 3_333), ("水果", 3_333), ("粮油", 3_334)];
        let sevenths = [
            ("蔬菜", 1_428),
            ("水果", 1_429),
            ("粮油", 1_428),
            ("蛋", 1_429),
            ("奶", 1_428),
            ("茶", 1_429),
            ("盐", 1_429),
        ];

        refunds_all(&world, "D-1", &thirds, 8_000).await;
        refunds_all(&world, "D-2", &sevenths, 1).await;
        refunds_all(&world, "D-3", &sevenths, 9_999).await;
        refunds_all(&world, "D-4", &[("蔬菜", 1), ("水果", 1)], 1).await;
        refunds_all(&world, "D-5", &thirds, 0).await;

        // What was earned on the cash is back too.
        assert_eq!(world.db().count("wallets WHERE balance = 0 AND owed = 0").await, 1);
        assert_eq!(world.db().count("postings WHERE kind = 'earn'").await, 2);
        assert_verifies(world.app()).await;
    }
}
