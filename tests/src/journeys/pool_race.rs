//! Scenario 9: two members race for the pool, and everybody can see whose points were spent by whom.

use accounts::Role;
use app::{App, ImportMode};
use orders::OrderPaid;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::{add_person, assert_verifies, define_perk, found, local, paid, reference, set_rule};

/// Mother brought 200 that lapse in June, father 300 that lapse in September; it is March.
async fn pool(world: &TestApp) {
    let app = world.app();
    world.clock().set(local("2025-10-01T12:00:00"));
    set_rule(app, "1", "2017-01-01", &[]).await;
    found(app, "H-WANG").await;
    for (person, day, amount) in [("mother", "2025-06-10", "200"), ("father", "2025-09-10", "300")] {
        add_person(app, "H-WANG", person, Role::Adult).await;
        let at = local(&format!("{day}T11:00:00"));
        let order = OrderPaid {
            ordered_at: at,
            picked_up_at: Some(at),
            person_ref: Some(reference(person)),
            ..paid(&format!("D-{person}"), "H-WANG", "2025-01-01T00:00:00", &[("", amount)])
        };
        app.import_orders(&[order], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
    }
    add_person(app, "H-WANG", "son", Role::Adult).await;
    world.clock().set(local("2026-03-01T12:00:00"));
}

async fn perk(app: &App, price: i64) -> String {
    define_perk(app, price, 10, 10).await.id.to_string()
}

on_both_engines! {
    async fn of_two_redemptions_at_once_that_the_pool_cannot_both_pay_exactly_one_succeeds(world: TestApp) {
        pool(&world).await;
        // 260 twice is more than 500, whoever comes first.
        let perk = perk(world.app(), 260).await;
        let door = Door::open(&world).await;
        let (mother, son) = (door.sign_in("mother@hearth.example").await, door.sign_in("son@hearth.example").await);

        let both =
            tokio::join!(door.redeem(&mother, &perk, "key-0123456789-1"), door.redeem(&son, &perk, "key-0123456789-1"));

        let codes: Vec<&Value> = [&both.0, &both.1].iter().map(|payload| &payload["userErrors"][0]["code"]).collect();
        assert_eq!(codes.iter().filter(|code| code.is_null()).count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| **code == "INSUFFICIENT_POINTS").count(), 1, "{codes:?}");
        assert_eq!(door.account(&mother).await.1, [240, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }

    async fn a_redemption_shows_whose_points_it_took_and_who_redeemed(world: TestApp) {
        pool(&world).await;
        let perk = perk(world.app(), 350).await;
        let door = Door::open(&world).await;
        let son = door.sign_in("son@hearth.example").await;
        let lots = "{ me { household { assetAccount { lots { id points expiresOn contributor { name } } } } } }";
        let before = door.graphql(Some(&son), lots, json!({})).await["me"]["household"]["assetAccount"]["lots"].take();
        let [first, second] = before.as_array().unwrap().as_slice() else { panic!("{before}") };
        assert_eq!(
            (&first["points"], &first["expiresOn"], &first["contributor"]["name"]),
            (&json!(200), &json!("2026-06-10"), &json!("mother"))
        );
        assert_eq!(
            (&second["points"], &second["expiresOn"], &second["contributor"]["name"]),
            (&json!(300), &json!("2026-09-10"), &json!("father"))
        );

        assert_eq!(door.redeem(&son, &perk, "key-0123456789-1").await["userErrors"], json!([]));

        let query = "{ me { household { assetAccount { statement(first: 1) { nodes { kind points transfers { points fromLotId to } } } } \
             grants(first: 1) { nodes { redeemedBy { name } } } } } }";
        let shown = door.graphql(Some(&son), query, json!({})).await["me"]["household"].take();
        assert_eq!(
            shown["assetAccount"]["statement"]["nodes"],
            json!([{ "kind": "REDEEM", "points": -350, "transfers": [
                { "points": 200, "fromLotId": first["id"], "to": "REDEEMED" },
                { "points": 150, "fromLotId": second["id"], "to": "REDEEMED" },
            ] }])
        );
        assert_eq!(shown["grants"]["nodes"][0]["redeemedBy"]["name"], json!("son"));
        assert_verifies(world.app()).await;
    }
}
