//! Scenario 4, our side of it: an order paid part in cash keeps each line's share of the cash, and every refund goes by
//! it. That the rest was paid with points, the order system knows; points are no tender of ours yet.

use serde_json::json;
use testkit::{TestApp, on_both_engines};

use super::door::{Door, paid, refunded};
use crate::world::{assert_verifies, found, local, set_rule};

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

on_both_engines! {
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
