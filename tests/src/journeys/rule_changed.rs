//! Scenario 3: the rule changes between sale and refund.

use serde_json::json;
use testkit::{TestApp, on_both_engines};

use super::door::{Door, paid, refunded};
use crate::world::{assert_verifies, found, local, set_rule};

on_both_engines! {
    async fn a_full_refund_takes_back_what_was_earned_not_what_the_rule_says_now(world: TestApp) {
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(world.app(), "1", "2026-01-01", &[]).await;
        found(world.app(), "H-WANG").await;
        let door = Door::open(&world).await;
        let token = door.sign_in("h-wang-owner@hearth.example").await;
        door.tell(json!([paid("ev-1", "D-1", "H-WANG", "2026-03-01T11:00:00+08:00", &[("蔬菜", 5_000)])])).await;
        assert_eq!(door.account(&token).await.1, [0, 50, 0, 0]);

        set_rule(world.app(), "2", "2026-01-01", &[]).await;
        let told = door.tell(json!([refunded("ev-2", "D-1", "2026-03-01T11:30:00+08:00", &[(1, 5_000)])])).await;

        assert_eq!(told, ["accepted"]);
        assert_eq!(world.db().count("postings WHERE kind = 'clawback' AND points = 50").await, 1);
        assert_eq!(door.account(&token).await.1, [0, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }

    async fn returning_an_item_that_earned_nothing_takes_nothing_back(world: TestApp) {
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(world.app(), "1", "2026-01-01", &[("烟酒", "0")]).await;
        found(world.app(), "H-WANG").await;
        let door = Door::open(&world).await;
        let token = door.sign_in("h-wang-owner@hearth.example").await;
        let lines = [("蔬菜", 3_000), ("烟酒", 7_000)];
        door.tell(json!([paid("ev-1", "D-1", "H-WANG", "2026-03-01T11:00:00+08:00", &lines)])).await;
        assert_eq!(door.account(&token).await.1, [0, 30, 0, 0]);

        door.tell(json!([refunded("ev-2", "D-1", "2026-03-01T11:30:00+08:00", &[(2, 7_000)])])).await;
        assert_eq!(door.account(&token).await.1, [0, 30, 0, 0]);
        assert_eq!(world.db().count("postings WHERE kind = 'clawback'").await, 0);

        // And the item that did earn takes back its own, line by line: 30 points over ¥30, ¥10 at a time.
        door.tell(json!([refunded("ev-3", "D-1", "2026-03-01T11:40:00+08:00", &[(1, 1_000)])])).await;
        assert_eq!(door.account(&token).await.1, [0, 20, 0, 0]);
        door.tell(json!([refunded("ev-4", "D-1", "2026-03-01T11:50:00+08:00", &[(1, 2_000)])])).await;
        assert_eq!(door.account(&token).await.1, [0, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }

    async fn points_that_are_spent_already_are_owed_and_the_next_earn_pays_them(world: TestApp) {
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(world.app(), "1", "2026-01-01", &[]).await;
        let perk = crate::world::define_perk(world.app(), 180, 10, 10).await.id.to_string();
        found(world.app(), "H-WANG").await;
        let door = Door::open(&world).await;
        let token = door.sign_in("h-wang-owner@hearth.example").await;
        let told = door.tell(json!([
            paid("ev-1", "D-1", "H-WANG", "2026-03-01T11:00:00+08:00", &[("蔬菜", 20_000)]),
            super::door::picked_up("ev-2", "D-1", "2026-03-01T11:30:00+08:00"),
        ]));
        assert_eq!(told.await, ["accepted", "accepted"]);
        world.clock().set(local("2026-03-09T08:00:00"));
        assert_eq!(door.redeem(&token, &perk, "key-0123456789abcdef").await["userErrors"], json!([]));
        assert_eq!(door.account(&token).await.1, [20, 0, 0, 0]);

        door.tell(json!([refunded("ev-3", "D-1", "2026-03-09T08:00:00+08:00", &[(1, 5_000)])])).await;
        assert_eq!(door.account(&token).await.1, [0, 0, 0, 30]);
        let refused = door.redeem(&token, &perk, "key-0123456789abcdeg").await;
        assert_eq!(refused["userErrors"][0]["code"], json!("OWES_POINTS"));
        assert_eq!(refused["owed"], json!(30));

        door.tell(json!([
            paid("ev-4", "D-2", "H-WANG", "2026-03-09T08:10:00+08:00", &[("蔬菜", 10_000)]),
            super::door::picked_up("ev-5", "D-2", "2026-03-09T08:20:00+08:00"),
        ]))
        .await;
        world.clock().set(local("2026-03-17T00:00:00"));
        assert_eq!(door.account(&token).await.1, [70, 0, 0, 0]);

        // Further refunds of the first order take back at most the 150 it has left.
        door.tell(json!([refunded("ev-6", "D-1", "2026-03-17T00:00:00+08:00", &[(1, 15_000)])])).await;
        assert_eq!(door.account(&token).await.1, [0, 0, 0, 80]);
        assert_verifies(world.app()).await;
    }
}
