//! Scenario 1: earn once, pending, matures.

use serde_json::json;
use testkit::{TestApp, on_both_engines};

use super::door::{Door, paid, picked_up};
use crate::world::{assert_verifies, found, local, set_rule};

on_both_engines! {
    async fn an_order_told_three_times_earns_once_and_matures_on_day_8(world: TestApp) {
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(world.app(), "1", "2026-01-01", &[]).await;
        found(world.app(), "H-WANG").await;
        let door = Door::open(&world).await;
        let token = door.sign_in("h-wang-owner@hearth.example").await;
        let sale = json!([paid("ev-1", "D-1", "H-WANG", "2026-03-01T11:00:00+08:00", &[("蔬菜", 12_860)])]);

        let mut answers = Vec::new();
        let (first, second) = tokio::join!(door.tell(sale.clone()), door.tell(sale.clone()));
        answers.extend([first, second, door.tell(sale).await].concat());

        answers.sort();
        assert_eq!(answers, ["accepted", "duplicate", "duplicate"]);
        assert_eq!(world.db().count("postings WHERE kind = 'earn' AND points = 128").await, 1);
        assert_eq!(door.account(&token).await.1, [0, 128, 0, 0]);

        world.clock().set(local("2026-03-02T17:31:00"));
        let told = door.tell(json!([picked_up("ev-2", "D-1", "2026-03-02T17:30:00+08:00")])).await;
        assert_eq!(told, ["accepted"]);
        world.clock().set(local("2026-03-09T23:59:59"));
        assert_eq!(door.account(&token).await.1, [0, 128, 0, 0]);
        world.clock().set(local("2026-03-10T00:00:00"));
        assert_eq!(door.account(&token).await.1, [128, 0, 0, 0]);

        // There is no maturity job: dates decide. The clockwork finds nothing to do, twice.
        assert_eq!(world.app().lapse_lots().await.unwrap(), 0);
        assert_eq!(world.app().lapse_lots().await.unwrap(), 0);
        assert_eq!(door.account(&token).await.1, [128, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }
}
