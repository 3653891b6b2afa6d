//! Scenario 7: the last second of a lot, and a job that was down for three days.

use app::ImportMode;
use orders::OrderPaid;
use serde_json::json;
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::{assert_verifies, define_perk, found, local, paid, set_rule};

/// Bought and picked up at eleven: the points last until the end of the same day a year later.
fn bought(order: &str, day: &str, amount: &str) -> OrderPaid {
    let at = format!("{day}T11:00:00");
    OrderPaid { picked_up_at: Some(local(&at)), ..paid(order, "H-WANG", &at, &[("", amount)]) }
}

on_both_engines! {
    async fn the_last_second_counts_and_a_late_job_books_each_lot_once_on_its_day(world: TestApp) {
        let app = world.app();
        world.clock().set(local("2025-05-01T12:00:00"));
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        let orders =
            [bought("D-1", "2025-03-31", "100"), bought("D-2", "2025-04-01", "20"), bought("D-3", "2025-04-30", "7")];
        app.import_orders(&orders, ImportMode::Commit).await.unwrap();
        let perk = define_perk(app, 40, 5, 5).await.id.to_string();
        let door = Door::open(&world).await;

        world.clock().set(local("2026-03-31T23:59:59"));
        let token = door.sign_in("h-wang-owner@hearth.example").await;
        assert_eq!(door.account(&token).await.1, [127, 0, 0, 0]);
        assert_eq!(door.redeem(&token, &perk, "key-0123456789-1").await["userErrors"], json!([]));
        world.clock().set(local("2026-04-01T00:00:00"));
        assert_eq!(door.account(&token).await.1, [27, 0, 0, 0]);
        let refused = door.redeem(&token, &perk, "key-0123456789-2").await;
        assert_eq!(
            (&refused["userErrors"][0]["code"], &refused["shortBy"]),
            (&json!("INSUFFICIENT_POINTS"), &json!(13))
        );

        // The job was down until 4 April and then runs twice; two lots were due, on two days.
        world.clock().set(local("2026-04-04T09:00:00"));
        assert_eq!((app.lapse_lots().await.unwrap(), app.lapse_lots().await.unwrap()), (2, 0));

        let query = "{ me { household { assetAccount { statement(first: 2) { nodes { kind points balanceAfter businessDate } } } } } }";
        let lines = door.graphql(Some(&token), query, json!({})).await["me"]["household"]["assetAccount"]["statement"]
            ["nodes"]
            .take();
        assert_eq!(
            lines,
            json!([
                { "kind": "LAPSE", "points": -20, "balanceAfter": 7, "businessDate": "2026-04-02" },
                { "kind": "LAPSE", "points": -60, "balanceAfter": 27, "businessDate": "2026-04-01" },
            ])
        );
        assert_eq!(door.account(&token).await.1, [7, 0, 0, 0]);
        assert_verifies(app).await;
    }
}
