//! Scenario 9: two members race for the pool, and everybody can see whose points were spent by whom.

use accounts::Role;
use app::{App, ImportMode};
use orders::OrderPaid;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::{add_person, assert_verifies, define_perk, found, label, local, paid, points, reference, set_rule};

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

/// A second perk, beside the one of `perk`.
async fn other_perk(app: &App, price: i64) -> String {
    let define = app::entitlements::DefinePerk {
        code: "seat".parse().unwrap(),
        name_zh: label("活动席位"),
        name_en: label("A seat"),
        terms_zh: label("一席"),
        terms_en: label("One seat"),
        price: points(price),
        limit_per_household: 10,
        valid_days: 30,
        stock_total: 10,
        is_open: true,
    };
    app.define_perk(&define).await.unwrap().unwrap().id.to_string()
}

/// Who brought what the son spent.
fn contributions() -> Value {
    json!([
        { "person": { "name": "mother" }, "points": 200 },
        { "person": { "name": "father" }, "points": 150 },
    ])
}

const SET_RIGHT: &str = "mutation($input: SetSpendRightInput!) { setSpendRight(input: $input) { household { members { person { name } \
     spendRight { kind weeklyPoints } } } userErrors { code } } }";

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

        let query = "{ me { household { assetAccount { statement(first: 1) { nodes { kind points transfers { points fromLotId to } \
             person { name } contributions { person { name } points } } } } \
             grants(first: 1) { nodes { redeemedBy { name } contributions { person { name } points } } } } } }";
        let shown = door.graphql(Some(&son), query, json!({})).await["me"]["household"].take();
        assert_eq!(
            shown["assetAccount"]["statement"]["nodes"],
            json!([{ "kind": "REDEEM", "points": -350, "transfers": [
                { "points": 200, "fromLotId": first["id"], "to": "REDEEMED" },
                { "points": 150, "fromLotId": second["id"], "to": "REDEEMED" },
            ], "person": { "name": "son" }, "contributions": contributions() }])
        );
        assert_eq!(
            shown["grants"]["nodes"],
            json!([{ "redeemedBy": { "name": "son" }, "contributions": contributions() }])
        );
        assert_verifies(world.app()).await;
    }

    async fn mother_takes_400_and_the_son_300_at_once_and_only_one_of_them_does(world: TestApp) {
        pool(&world).await;
        let (dear, cheap) = (perk(world.app(), 400).await, other_perk(world.app(), 300).await);
        let door = Door::open(&world).await;
        let (mother, son) = (door.sign_in("mother@hearth.example").await, door.sign_in("son@hearth.example").await);

        let both =
            tokio::join!(door.redeem(&mother, &dear, "key-0123456789-1"), door.redeem(&son, &cheap, "key-0123456789-2"));

        let left = door.account(&mother).await.1;
        let short = |payload: &Value| payload["userErrors"][0]["code"] == json!("INSUFFICIENT_POINTS");
        match (short(&both.0), short(&both.1)) {
            (false, true) => assert_eq!((left, &both.1["shortBy"]), ([100, 0, 0, 0], &json!(200))),
            (true, false) => assert_eq!((left, &both.0["shortBy"]), ([200, 0, 0, 0], &json!(200))),
            (mother, son) => panic!("refused: mother {mother}, son {son}"),
        }
        assert_verifies(world.app()).await;
    }

    async fn a_son_limited_to_200_a_week_is_refused_at_201_and_spends_to_the_last_point(world: TestApp) {
        pool(&world).await;
        let (one_more, half) = (perk(world.app(), 201).await, other_perk(world.app(), 100).await);
        let door = Door::open(&world).await;
        let owner = door.sign_in("h-wang-owner@hearth.example").await;
        let son = door.sign_in("son@hearth.example").await;
        let ids = door.graphql(Some(&owner), "{ me { household { members { person { id name } } } } }", json!({})).await;
        let members = ids["me"]["household"]["members"].as_array().unwrap();
        let son_id = &members.iter().find(|member| member["person"]["name"] == "son").unwrap()["person"]["id"];
        let right = json!({ "input": { "personId": son_id, "kind": "WEEKLY", "weeklyPoints": 200 } });

        let by_son = door.graphql(Some(&son), SET_RIGHT, right.clone()).await;
        assert_eq!(by_son["setSpendRight"]["userErrors"], json!([{ "code": "NOT_OWNER" }]));
        let set = door.graphql(Some(&owner), SET_RIGHT, right).await["setSpendRight"].take();
        assert_eq!(set["userErrors"], json!([]));
        let members = set["household"]["members"].as_array().unwrap();
        let of_son = members.iter().find(|member| member["person"]["name"] == "son").unwrap();
        assert_eq!(of_son["spendRight"], json!({ "kind": "WEEKLY", "weeklyPoints": 200 }));

        let redeem = "mutation($input: RedeemPerkInput!) { redeemPerk(input: $input) { leftThisWeek userErrors { code } } }";
        let redeem = async |perk: &str, key: &str| {
            let input = json!({ "perkId": perk, "idempotencyKey": key });
            door.graphql(Some(&son), redeem, json!({ "input": input })).await["redeemPerk"].take()
        };
        let refused = |left: i64| json!({ "leftThisWeek": left, "userErrors": [{ "code": "WEEKLY_LIMIT" }] });
        let done = json!({ "leftThisWeek": null, "userErrors": [] });
        assert_eq!(redeem(&one_more, "key-0123456789-1").await, refused(200));
        // 1 March 2026 is a Sunday. Two at once and a third: the third is one too many, whoever is the third.
        let three = tokio::join!(
            redeem(&half, "key-0123456789-2"),
            redeem(&half, "key-0123456789-3"),
            redeem(&half, "key-0123456789-4")
        );
        let three = [three.0, three.1, three.2];
        assert_eq!(three.iter().filter(|payload| **payload == done).count(), 2, "{three:?}");
        assert_eq!(three.iter().filter(|payload| **payload == refused(0)).count(), 1, "{three:?}");
        assert_eq!(door.account(&son).await.1, [300, 0, 0, 0]);
        // The last moment of the week, and the first of the next.
        world.clock().set(local("2026-03-01T23:59:59"));
        assert_eq!(redeem(&half, "key-0123456789-5").await, refused(0));
        world.clock().set(local("2026-03-02T00:00:00"));
        assert_eq!(redeem(&half, "key-0123456789-6").await, done);
        assert_eq!(redeem(&one_more, "key-0123456789-7").await, refused(100));
        // The same key again answers again, whatever is left.
        assert_eq!(redeem(&half, "key-0123456789-2").await, done);
        assert_verifies(world.app()).await;
    }

    async fn a_member_sees_date_and_amount_of_the_others_and_neither_basket_nor_address(world: TestApp) {
        pool(&world).await;
        let door = Door::open(&world).await;
        let son = door.sign_in("son@hearth.example").await;

        let query = "{ me { household { members { person { id name role household { id } } role joinedAt } \
             assetAccount { statement(first: 100) { nodes { kind points businessDate postedAt cause reference person { name } } } } } } }";
        let shown = door.graphql(Some(&son), query, json!({})).await;

        let lines = shown["me"]["household"]["assetAccount"]["statement"]["nodes"].as_array().unwrap();
        assert!(lines.iter().any(|line| line["points"] == json!(300)), "{lines:?}");
        // Nowhere an address, and the schema has no field that could name one, nor a line of an order.
        let text = shown.to_string();
        assert!(!text.contains("@hearth.example") && !text.contains("ADDRESS"), "{text}");
        let sdl = gateway::sdl();
        let person = sdl.split("\ntype Person implements Node {").nth(1).unwrap().split("\n}").next().unwrap();
        for word in ["email", "address", "phone", "bornOn", "orders"] {
            assert!(!person.contains(&format!("  {word}")), "{word}");
        }
        assert!(!sdl.contains("OrderLine") && !sdl.contains("type Order "), "no basket is served");
        // The words of a statement line say how much, never what was in the basket.
        assert!(!sdl.contains("lineNo"), "{sdl}");
    }
}
