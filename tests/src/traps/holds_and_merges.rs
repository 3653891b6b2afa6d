//! Traps 8, 18 and 19: points that are set aside, and points that change household.

use std::sync::Arc;

use accounts::Role;
use app::{App, ledger::HoldPoints};
use futures_util::future::join_all;
use kernel::Actor;
use ledger::{Hold, SpendRefusal};
use serde_json::json;
use testkit::{TestApp, on_both_engines};

use super::{household, key, moving, posted, sign_in, wang};
use crate::{
    journeys::door::Door,
    world::{add_person, assert_verifies, balance, define_perk, earn, found, label, local, points},
};

/// So many of Wang's points held for a quarter of an hour from noon of 1 March on.
async fn hold(app: &App, wang: &app::Principal, owner: &str, n: i64) -> Hold {
    let hold = HoldPoints {
        household: household(wang),
        owner: label(owner),
        purpose: label("seat"),
        points: points(n),
        ends_at: local("2026-03-01T12:15:00"),
    };
    app.hold_points(Actor::Member(wang.person), &hold).await.unwrap().unwrap()
}

on_both_engines! {
    /// Points are not returned when a payment expires; after the mend, they are returned twice.
    async fn trap_08_a_hold_gives_its_points_back_exactly_once(world: TestApp) {
        let wang = wang(&world).await;
        let app = Arc::new(world.app().clone());
        earn(&app, "H-WANG", "100").await;
        let (expiring, released) = (hold(&app, &wang, "seat 1", 60).await, hold(&app, &wang, "seat 2", 30).await);
        assert_eq!(balance(&app, &wang).await, [10, 0, 90, 0]);

        let releases = join_all((0..8).map(|_| app.release_hold(Actor::System, household(&wang), released.id))).await;
        assert_eq!(releases.iter().filter(|release| release.as_ref().unwrap().is_ok()).count(), 1);
        assert_eq!(balance(&app, &wang).await, [40, 0, 60, 0]);

        world.clock().set(local("2026-03-01T12:15:00"));
        let ended: usize = join_all((0..8).map(|_| app.end_due_holds())).await.into_iter().map(Result::unwrap).sum();
        assert_eq!(ended, 1);
        assert_eq!(balance(&app, &wang).await, [100, 0, 0, 0]);
        assert_eq!(app.end_due_holds().await.unwrap(), 0);
        assert!(app.release_hold(Actor::System, household(&wang), expiring.id).await.unwrap().is_err());
        assert!(app.capture_hold(Actor::System, household(&wang), expiring.id).await.unwrap().is_err());
        assert_eq!(balance(&app, &wang).await, [100, 0, 0, 0]);
        assert_verifies(&app).await;
    }

    /// A hold of an abandoned cart is never released: "your card is empty", and no way out.
    async fn trap_18_a_hold_ends_by_itself_says_that_it_holds_and_anybody_of_the_household_lets_it_go(world: TestApp) {
        let wang = wang(&world).await;
        let app = world.app();
        let son = add_person(app, "H-WANG", "H-WANG-son", Role::Adult).await;
        earn(app, "H-WANG", "100").await;
        let perk = define_perk(app, 100, 5, 5).await.id.to_string();
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        let first = hold(app, &wang, "seat 1", 60).await;

        let ask = "mutation($input: RedeemPerkInput!) { redeemPerk(input: $input) { \
             grant { id } shortBy held userErrors { code } } }";
        let input = json!({ "input": { "perkId": perk, "idempotencyKey": key(1) } });
        let refused = door.graphql(Some(&token), ask, input).await;
        let says =
            json!({ "grant": null, "shortBy": 60, "held": 60, "userErrors": [{ "code": "INSUFFICIENT_POINTS" }] });
        assert_eq!(refused["redeemPerk"], says);

        app.release_hold(Actor::Member(son.person), household(&son), first.id).await.unwrap().unwrap();
        assert_eq!(balance(app, &wang).await, [100, 0, 0, 0]);
        hold(app, &wang, "seat 2", 100).await;
        world.clock().set(local("2026-03-01T12:15:00"));
        assert_eq!(app.end_due_holds().await.unwrap(), 1);
        assert_eq!(balance(app, &wang).await, [100, 0, 0, 0]);
        let short = HoldPoints {
            household: household(&wang),
            owner: label("seat 3"),
            purpose: label("seat"),
            points: points(101),
            ends_at: local("2026-03-01T12:30:00"),
        };
        let refusal = app.hold_points(Actor::Member(wang.person), &short).await.unwrap().unwrap_err();
        let nothing_held = SpendRefusal::InsufficientPoints { short_by: points(1), held: points(0), matures_on: None };
        assert_eq!(refusal, nothing_held.into());
        assert_verifies(app).await;
    }

    /// Merging customers loses points: 50 + 100 shows 200, then 100.
    async fn trap_19_a_merge_moves_points_by_transfers_that_sum_to_zero(world: TestApp) {
        let wang = wang(&world).await;
        let app = world.app();
        let li = found(app, "H-LI").await;
        earn(app, "H-WANG", "50").await;
        earn(app, "H-LI", "100").await;

        for _ in 0..3 {
            app.move_points(&moving(&li, &wang, 1)).await.unwrap().unwrap();
        }

        assert_eq!((balance(app, &wang).await, balance(app, &li).await), ([150, 0, 0, 0], [0, 0, 0, 0]));
        assert_eq!(
            (posted(world.db(), "move_out").await, posted(world.db(), "move_in").await),
            (vec!["100".into()], vec!["100".to_owned()])
        );
        let sum_of = "SELECT CAST(SUM(CASE WHEN to_account = 'moved' THEN points ELSE -points END) AS TEXT) FROM transfers \
             WHERE (to_account = 'moved') <> (from_account = 'moved')";
        assert_eq!(world.db().texts(sum_of).await, [["0"]]);

        // A refund of what Li bought finds the points where they are now.
        let refund = super::refund(app, "E-H-LI", "100");
        app.record_order_events(&[crate::world::event("ev-1", refund)]).await.unwrap()[0].as_ref().unwrap();
        assert_eq!((balance(app, &wang).await, balance(app, &li).await), ([50, 0, 0, 0], [0, 0, 0, 0]));
        assert_verifies(app).await;
    }
}
