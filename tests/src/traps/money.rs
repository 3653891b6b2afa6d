//! Traps 7, 12 and 13: what becomes of fractions.

use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::{buys, code, key, posted, sign_in, wang};
use crate::{
    journeys::door::{Door, paid, part_in_points, refunded},
    world::{assert_verifies, define_perk, earn, set_rule},
};

/// An order of which only a part was paid in cash.
fn part_in_cash(order: &str, lines: &[(&str, i64)], cash: i64) -> Value {
    let mut sale = paid(&format!("ev-{order}"), order, "H-WANG", "2026-03-01T11:00:00+08:00", lines);
    sale["data"]["cashMinor"] = json!(cash);
    sale
}

/// What refunds gave back in cash, smallest number of refund first.
async fn cash_refunded(world: &TestApp) -> Vec<i64> {
    let rows = world.db().texts("SELECT CAST(cash_minor AS TEXT) FROM refunds ORDER BY external_ref").await;
    rows.iter().map(|row| row[0].parse().unwrap()).collect()
}

on_both_engines! {
    /// Cash refunded for the part that was paid with points: 36.09 instead of 35.21. Each line keeps its share of the cash and of
    /// the points, and a refund never gives back more of either.
    async fn trap_07_each_line_is_refunded_in_the_tender_it_was_paid_with(world: TestApp) {
        wang(&world).await;
        earn(world.app(), "H-WANG", "2000").await;
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        let lines = [("蔬菜", 3_333), ("水果", 3_333), ("粮油", 3_334)];
        assert_eq!(door.tell(json!([part_in_points("D-1", &lines, 8_000, 2_000)])).await, ["accepted"]);
        assert_eq!(door.account(&token).await.1, [0, 80, 0, 0]);

        for (line_no, fen) in [(1, 3_333), (3, 3_334), (2, 3_333)] {
            let refund = refunded(&format!("ev-{line_no}"), "D-1", "2026-03-01T11:50:00+08:00", &[(line_no, fen)]);
            assert_eq!(door.tell(json!([refund])).await, ["accepted"]);
        }

        assert_eq!(cash_refunded(&world).await, [2_667, 2_666, 2_667]);
        assert_eq!(cash_refunded(&world).await.iter().sum::<i64>(), 8_000);
        assert_eq!(posted(world.db(), "restore").await, ["667", "667", "666"]);
        assert_eq!(door.account(&token).await.1, [2_000, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }

    /// Float dust: 268.28000000000003 points, −1e-14 is an invalid coupon, a rounding factor makes 1 point 0.
    async fn trap_12_points_are_whole_and_rounded_in_one_place(world: TestApp) {
        wang(&world).await;
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        // 0.29 × 20 = 5.80: five points for the sale, and none for as many sales of one line.
        let lines = [("蔬菜", 29); 20];
        door.tell(json!([part_in_cash("D-1", &[("蔬菜", 26_828)], 26_828), part_in_cash("D-2", &lines, 580)])).await;
        assert_eq!(door.account(&token).await.1, [0, 273, 0, 0]);
        for n in 0..20 {
            door.tell(json!([part_in_cash(&format!("D-small-{n}"), &[("蔬菜", 29)], 29)])).await;
        }
        assert_eq!(posted(world.db(), "earn").await, ["268", "5"]);

        for line_no in 1..=20 {
            let refund = refunded(&format!("ev-{line_no}"), "D-2", "2026-03-01T11:50:00+08:00", &[(line_no, 29)]);
            assert_eq!(door.tell(json!([refund])).await, ["accepted"]);
        }
        assert_eq!(posted(world.db(), "clawback").await, ["1", "1", "1", "1", "1"]);
        assert_eq!(door.account(&token).await.1, [0, 268, 0, 0]);

        // A third of a point per yuan: the exact 3333 × 0.3333 / 100 = 11.1088… is 11 wherever it is shown.
        set_rule(world.app(), "0.3333", "2017-01-01", &[]).await;
        door.tell(json!([part_in_cash("D-3", &[("蔬菜", 3_333)], 3_333)])).await;
        assert_eq!(door.account(&token).await.1, [0, 279, 0, 0]);
        assert_verifies(world.app()).await;
    }

    /// Rounding leaves 0.4 that can never be redeemed. Points that are all redeemed leave nothing behind, an order paid with all of
    /// them leaves exactly nothing due, and what is all refunded leaves nothing either.
    async fn trap_13_redeeming_all_ends_at_exactly_zero(world: TestApp) {
        wang(&world).await;
        let perk = define_perk(world.app(), 1_047, 5, 5).await.id.to_string();
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        buys(&door, "D-1", &[("蔬菜", 33_333), ("水果", 33_333), ("粮油", 33_334)]).await;
        buys(&door, "D-2", &[("蔬菜", 4_799)]).await;
        world.clock().set(crate::world::local("2026-03-09T00:00:00"));
        assert_eq!(door.account(&token).await.1, [1_047, 0, 0, 0]);

        // ¥10.47 due, all 1,047 points for it, and not a fen of cash.
        assert_eq!(door.tell(json!([part_in_points("D-9", &[("蔬菜", 333), ("水果", 714)], 0, 1_047)])).await, ["accepted"]);
        assert_eq!(door.account(&token).await.1, [0, 0, 0, 0]);
        let back = refunded("ev-9", "D-9", "2026-03-09T00:00:00+08:00", &[(1, 333), (2, 714)]);
        assert_eq!(door.tell(json!([back])).await, ["accepted"]);
        assert_eq!(door.account(&token).await.1, [1_047, 0, 0, 0]);

        assert_eq!(code(&door.redeem(&token, &perk, &key(1)).await), "none");

        assert_eq!(door.account(&token).await.1, [0, 0, 0, 0]);
        assert_eq!(world.db().count("lots WHERE remaining <> 0").await, 0);
        let thirds = [("蔬菜", 7), ("水果", 7), ("粮油", 6)];
        assert_eq!(door.tell(json!([part_in_cash("D-3", &thirds, 13)])).await, ["accepted"]);
        for (line_no, fen) in [(1, 3), (2, 7), (1, 4), (3, 6)] {
            let refund =
                refunded(&format!("ev-{line_no}-{fen}"), "D-3", "2026-03-09T00:00:00+08:00", &[(line_no, fen)]);
            assert_eq!(door.tell(json!([refund])).await, ["accepted"]);
        }
        assert_eq!(cash_refunded(&world).await.iter().sum::<i64>(), 13);
        assert_verifies(world.app()).await;
    }

    /// Points earned on the full price although part of it was paid with points: points that breed points.
    async fn trap_28_only_the_cash_of_an_order_earns(world: TestApp) {
        wang(&world).await;
        earn(world.app(), "H-WANG", "12001").await;
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;

        for (order, cash, earned) in [("D-1", 8_000, 80), ("D-2", 0, 80), ("D-3", 9_999, 179)] {
            let sale = part_in_points(order, &[("蔬菜", 6_000), ("水果", 4_000)], cash, 10_000 - cash);
            assert_eq!(door.tell(json!([sale])).await, ["accepted"]);
            assert_eq!(door.account(&token).await.1[1], earned, "{order}");
        }
        assert_verifies(world.app()).await;
    }
}
