//! Scenario 8, all of it: one seat, fifty households at once, a waiting list, and the seat that is given back.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::{
    staff::hire,
    world::{assert_verifies, earn, found, set_rule},
};

const HOUSEHOLDS: usize = 50;
const DEFINE: &str = "mutation($input: DefineGatheringInput!) { defineGathering(input: $input) { perk { id isOpen stock { total left waiting } \
                      gathering { place partReturnPercent version } } userErrors { code } } }";
const REDEEM: &str = "mutation($input: RedeemPerkInput!) { redeemPerk(input: $input) { grant { id returnsNow } waiting userErrors { code } } }";
const JOIN: &str = "mutation($input: JoinWaitingListInput!) { joinWaitingList(input: $input) { place { number ahead offerEndsAt } userErrors { \
                    code } } }";
const GIVE_BACK: &str = "mutation($input: GiveBackGrantInput!) { giveBackGrant(input: $input) { returnedPoints returnsNow grant { cancelledAt \
                         returnedPoints } userErrors { code } } }";
const PLACES: &str =
    "{ me { household { waitingPlaces { number ahead offerEndsAt perk { code } joinedBy { name } } } } }";

async fn redeem(door: &Door<'_>, token: &str, perk: &str, key: &str) -> Value {
    let input = json!({ "perkId": perk, "idempotencyKey": key });
    door.graphql(Some(token), REDEEM, json!({ "input": input })).await["redeemPerk"].take()
}

async fn announce(world: &TestApp, door: &Door<'_>) -> String {
    let staff = hire(world.app(), "qian", "perks".parse().unwrap()).await.sign_in(world.app()).await;
    let input = json!({
        "code": "dumplings", "nameZh": "包饺子", "nameEn": "Dumpling evening", "termsZh": "食材都备好了", "termsEn": "All is there",
        "placeZh": "活动室", "placeEn": "The common room", "price": 300, "seats": 1, "seatsPerHousehold": 1,
        "startsAt": "2026-06-05T10:00:00Z", "endsAt": "2026-06-05T12:00:00Z", "fullReturnUntil": "2026-06-04T10:00:00Z",
        "partReturnUntil": "2026-06-05T08:00:00Z", "partReturnPercent": 50, "community": "玉兰里社区",
    });
    let defined = door.graphql(Some(&staff), DEFINE, json!({ "input": input })).await;
    let perk = &defined["defineGathering"]["perk"];
    assert_eq!(perk["gathering"], json!({ "place": "The common room", "partReturnPercent": 50, "version": 1 }));
    assert_eq!((&perk["isOpen"], &perk["stock"]), (&json!(true), &json!({ "total": 1, "left": 1, "waiting": 0 })));
    perk["id"].as_str().unwrap().to_owned()
}

on_both_engines! {
    async fn one_is_confirmed_forty_nine_wait_and_the_first_of_them_gets_the_seat_that_comes_back(world: TestApp) {
        set_rule(world.app(), "1", "2017-01-01", &[]).await;
        let door = Door::open(&world).await;
        let mut tokens = Vec::new();
        for n in 0..HOUSEHOLDS {
            found(world.app(), &format!("H-{n}")).await;
            earn(world.app(), &format!("H-{n}"), "400").await;
            tokens.push(door.sign_in(&format!("h-{n}-owner@hearth.example")).await);
        }
        let perk = announce(&world, &door).await;

        let presses = tokens.iter().map(|token| redeem(&door, token, &perk, "key-0123456789abcdef"));
        let pressed = futures_util::future::join_all(presses).await;
        let winner = pressed.iter().position(|payload| !payload["grant"].is_null()).unwrap();
        let sold_out = json!({ "grant": null, "waiting": 0, "userErrors": [{ "code": "SOLD_OUT" }] });
        assert_eq!(pressed.iter().filter(|payload| **payload == sold_out).count(), HOUSEHOLDS - 1);

        let others: Vec<&String> = tokens.iter().enumerate().filter(|(n, _)| *n != winner).map(|(_, token)| token).collect();
        let joins = others.iter().map(|token| door.graphql(Some(token), JOIN, json!({ "input": { "perkId": perk } })));
        let joined = futures_util::future::join_all(joins).await;
        let by_number: BTreeMap<u64, &String> = joined.iter().zip(&others).map(|(joined, token)| {
            (joined["joinWaitingList"]["place"]["number"].as_u64().unwrap(), *token)
        }).collect();
        assert_eq!(by_number.keys().copied().collect::<Vec<_>>(), (1..=49).collect::<Vec<_>>());
        assert_eq!(world.db().count("postings WHERE kind = 'redeem' AND points = 300").await, 1);
        assert_eq!(world.db().count("wallets WHERE balance = 400").await, 49);

        let grant = &pressed[winner]["grant"];
        assert_eq!(grant["returnsNow"], 300);
        let give_back = async |expected: i32| {
            let input = json!({ "grantId": grant["id"], "expectedPoints": expected });
            door.graphql(Some(&tokens[winner]), GIVE_BACK, json!({ "input": input })).await["giveBackGrant"].take()
        };
        let other = give_back(150).await;
        assert_eq!((&other["returnsNow"], &other["userErrors"]), (&json!(300), &json!([{ "code": "RETURN_CHANGED" }])));
        let given = give_back(300).await;
        assert_eq!((&given["returnedPoints"], &given["grant"]["returnedPoints"]), (&json!(300), &json!(300)));
        world.app().drain().await.unwrap();
        world.app().drain().await.unwrap();

        // Two hours from now, in the test's clock.
        let first = by_number[&1];
        let seen = door.graphql(Some(first), PLACES, json!({})).await;
        let place = &seen["me"]["household"]["waitingPlaces"][0];
        assert_eq!((&place["number"], &place["ahead"], &place["offerEndsAt"]), (&json!(1), &json!(0), &json!("2026-06-01T06:00:00.000Z")));
        assert_eq!(place["perk"]["code"], "dumplings");
        let second = by_number[&2];
        let waits = door.graphql(Some(second), PLACES, json!({})).await;
        let place = &waits["me"]["household"]["waitingPlaces"][0];
        assert_eq!((&place["number"], &place["ahead"], &place["offerEndsAt"]), (&json!(2), &json!(0), &Value::Null));
        assert_eq!(redeem(&door, second, &perk, "key-0123456789abcdeg").await["userErrors"][0]["code"], "SOLD_OUT");
        assert_eq!(world.db().count("waiting_places WHERE offered_at IS NOT NULL").await, 1);

        assert_eq!(redeem(&door, first, &perk, "key-0123456789abcdeg").await["userErrors"], json!([]));
        assert_eq!(world.db().count("wallets WHERE balance = 400").await, 49);
        assert_eq!(world.db().count("perk_stocks WHERE taken = 1 AND offered = 0 AND waiting = 48").await, 1);
        assert_verifies(world.app()).await;
    }
}
