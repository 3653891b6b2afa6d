//! Scenario 8, the redemption half: one unit, fifty households, at once.

use std::sync::Arc;

use serde_json::json;
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::{assert_verifies, define_perk, earn, found, set_rule};

const HOUSEHOLDS: usize = 50;

on_both_engines! {
    async fn the_last_unit_goes_to_exactly_one_of_fifty_households(world: TestApp) {
        set_rule(world.app(), "1", "2017-01-01", &[]).await;
        let perk = define_perk(world.app(), 300, 1, 1).await.id.to_string();
        let door = Arc::new(Door::open(&world).await);
        let mut tokens = Vec::new();
        for n in 0..HOUSEHOLDS {
            found(world.app(), &format!("H-{n}")).await;
            earn(world.app(), &format!("H-{n}"), "400").await;
            tokens.push(door.sign_in(&format!("h-{n}-owner@hearth.example")).await);
        }
        let postings = world.db().count("postings").await;

        let presses = tokens.iter().map(|token| door.redeem(token, &perk, "key-0123456789abcdef"));
        let payloads = futures_util::future::join_all(presses).await;

        let granted = payloads.iter().filter(|payload| !payload["grant"].is_null()).count();
        let sold_out = payloads.iter().filter(|payload| payload["userErrors"][0]["code"] == json!("SOLD_OUT")).count();
        assert_eq!((granted, sold_out), (1, HOUSEHOLDS - 1));
        assert_eq!(world.db().count("postings").await, postings + 1);
        assert_eq!(world.db().count("postings WHERE kind = 'redeem' AND points = 300").await, 1);
        assert_eq!(world.db().count("grants").await, 1);
        assert_eq!(world.db().count("wallets WHERE balance = 100").await, 1);
        assert_eq!(world.db().count("wallets WHERE balance = 400").await, 49);
        assert_verifies(world.app()).await;
    }
}
