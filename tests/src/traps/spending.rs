//! Traps 9, 10 and 11: one pool, spent once.

use std::sync::Arc;

use accounts::Role;
use app::{ImportMode, ledger::HoldPoints};
use futures_util::future::join_all;
use kernel::Actor;
use ledger::SpendRefusal;
use orders::OrderPaid;
use serde_json::json;
use testkit::{TestApp, on_both_engines};

use super::{code, household, key, posted, sign_in, wang};
use crate::{
    journeys::door::{Door, paid as told_paid, picked_up},
    world::{add_person, assert_verifies, define_perk, earn, label, local, paid, points},
};

on_both_engines! {
    /// Double spend by parallel checkout.
    async fn trap_09_two_devices_at_once_spend_the_pool_once(world: TestApp) {
        wang(&world).await;
        add_person(world.app(), "H-WANG", "H-WANG-son", Role::Adult).await;
        earn(world.app(), "H-WANG", "500").await;
        let perk = define_perk(world.app(), 100, 100, 100).await.id.to_string();
        let door = Arc::new(Door::open(&world).await);
        let (mother, son) = (sign_in(&door).await, door.sign_in("h-wang-son@hearth.example").await);
        let keys: Vec<String> = (0..10).map(key).collect();

        let presses = keys.iter().flat_map(|key| [door.redeem(&mother, &perk, key), door.redeem(&son, &perk, key)]);
        let payloads = join_all(presses).await;

        let granted = payloads.iter().filter(|payload| !payload["grant"].is_null()).count();
        let refused = payloads.iter().filter(|payload| code(payload) == "INSUFFICIENT_POINTS").count();
        assert_eq!((granted, refused), (5, 15));
        assert_eq!(door.account(&mother).await.1, [0, 0, 0, 0]);
        assert_eq!(posted(world.db(), "redeem").await, ["100"; 5]);
        assert_verifies(world.app()).await;
    }

    /// A bulk of confirmations is checked one by one and deducted together: −100.
    async fn trap_10_a_burst_is_judged_one_by_one_on_what_is_left(world: TestApp) {
        wang(&world).await;
        earn(world.app(), "H-WANG", "100").await;
        let perk = define_perk(world.app(), 60, 100, 100).await.id.to_string();
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        let keys: Vec<String> = (0..30).map(key).collect();

        let payloads = join_all(keys.iter().map(|key| door.redeem(&token, &perk, key))).await;

        let granted = payloads.iter().filter(|payload| !payload["grant"].is_null()).count();
        let short: Vec<_> = payloads.iter().filter(|payload| payload["shortBy"] == json!(20)).collect();
        assert_eq!((granted, short.len()), (1, 29));
        assert_eq!(door.account(&token).await.1, [40, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }

    /// Earned on one kind of document, redeemed on another: the discount is given and nothing deducted, for ever.
    async fn trap_11_every_channel_earns_into_and_spends_from_one_balance(world: TestApp) {
        let wang = wang(&world).await;
        let perk = define_perk(world.app(), 150, 5, 5).await.id.to_string();
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        let in_shop = OrderPaid {
            channel: Some(label("门店")),
            picked_up_at: Some(local("2026-02-20T12:00:00")),
            ..paid("S-1", "H-WANG", "2026-02-20T11:00:00", &[("", "100")])
        };
        world.app().import_orders(&[in_shop], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
        let mut online = told_paid("ev-1", "D-1", "H-WANG", "2026-02-21T11:00:00+08:00", &[("蔬菜", 10_000)]);
        online["data"]["channel"] = json!("小程序");
        let told = door.tell(json!([online, picked_up("ev-2", "D-1", "2026-02-21T12:00:00+08:00")])).await;
        assert_eq!(told, ["accepted", "accepted"]);
        world.clock().set(local("2026-03-02T12:00:00"));
        assert_eq!(door.account(&token).await.1, [200, 0, 0, 0]);

        assert_eq!(code(&door.redeem(&token, &perk, &key(1)).await), "none");

        let seat = HoldPoints {
            household: household(&wang),
            owner: label("seat 1"),
            purpose: label("seat"),
            points: points(51),
            ends_at: local("2026-03-02T12:15:00"),
        };
        let refused = world.app().hold_points(Actor::Member(wang.person), &seat).await.unwrap().unwrap_err();
        let short_by_one = SpendRefusal::InsufficientPoints { short_by: points(1), held: points(0), matures_on: None };
        assert_eq!(refused, short_by_one.into());
        let seat = HoldPoints { points: points(50), ..seat };
        world.app().hold_points(Actor::Member(wang.person), &seat).await.unwrap().unwrap();
        assert_eq!(door.account(&token).await.1, [0, 0, 50, 0]);
        assert_verifies(world.app()).await;
    }
}
