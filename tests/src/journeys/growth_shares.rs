//! Scenario 24, what a leader keeps: the agreed share of a household's growth, for 90 days after it went to another leader.

use accounts::HouseholdRow;
use app::{App, ImportMode, orders::EventTold};
use orders::OrderRefunded;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::{
    staff::hire,
    world::{event, found, label, local, paid, reference, set_rule, yuan},
};

const APPOINT: &str =
    "mutation($input: AppointLeaderInput!) { it: appointLeader(input: $input) { userErrors { code field } } }";
const END: &str = "mutation($input: EndLeaderInput!) { it: endLeader(input: $input) { userErrors { code field } } }";
const CHANGE: &str =
    "mutation($input: ChangeCommunityInput!) { it: changeCommunity(input: $input) { userErrors { code field } } }";
const SHARES: &str = "query($c: ID!, $l: ID!, $m: String!) { it: growthShares(communityId: $c, leaderId: $l, month: $m) \
     { permille householdCount cashFen expectedFen shareFen endedAt } }";

async fn act(door: &Door<'_>, token: &str, mutation: &str, input: Value) {
    assert_eq!(door.graphql(Some(token), mutation, json!({ "input": input })).await["it"]["userErrors"], json!([]));
}

/// Permille, households, cash, expected and share of each term that counts in a month.
async fn shares(door: &Door<'_>, token: &str, community: &str, leader: &str, month: &str) -> Vec<[i64; 5]> {
    let variables = json!({ "c": community, "l": leader, "m": month });
    let mut answer = door.graphql(Some(token), SHARES, variables).await["it"].take();
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap();
    let terms = answer.as_array_mut().unwrap().iter();
    let names = ["permille", "householdCount", "cashFen", "expectedFen", "shareFen"];
    terms.map(|term| names.map(|name| number(&term[name]))).collect()
}

async fn buy(app: &App, order: &str, household: &str, ordered_at: &str, amount: &str) {
    let bought = paid(order, household, ordered_at, &[("", amount)]);
    assert!(app.import_orders(&[bought], ImportMode::Commit).await.unwrap()[0].is_ok());
}

on_both_engines! {
    async fn a_leader_keeps_the_agreed_share_of_a_households_growth_for_ninety_days(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (one, wang) = (found(app, "H-ONE").await, found(app, "H-WANG").await);
        let two = HouseholdRow {
            household: reference("H-TWO"), household_name: None, community: Some(label("桂花里社区")),
            person: reference("two"), person_name: label("two"), role: accounts::Role::Owner, born_on: None, email: None,
            leads: None, kin: None,
        };
        app.import_households(vec![two], ImportMode::Commit).await.unwrap().remove(0).unwrap();
        let two = crate::world::principal(app, "two").await.person.to_string();
        let (one, household) = (one.person.to_string(), wang.household.unwrap().0.to_string());
        let mut staff = hire(app, "admin", "admin".parse().unwrap()).await;
        let admin = staff.sign_in(app).await;
        let door = Door::open(&world).await;
        let listed = door.graphql(Some(&admin), "{ communities(first: 9) { nodes { id } } }", json!({})).await;
        let [at_one, at_two] = [0, 1].map(|n| listed["communities"]["nodes"][n]["id"].as_str().unwrap().to_owned());
        let appoint = |community: &str, person: &str, permille: i64| json!({
            "communityId": community, "personId": person, "growthSharePermille": permille, "reason": "elected",
        });
        let too_much = door.graphql(Some(&admin), APPOINT, json!({ "input": appoint(&at_one, &one, 1_001) })).await;
        assert_eq!(too_much["it"]["userErrors"][0], json!({ "code": "BAD_GROWTH_SHARE", "field": ["input", "growthSharePermille"] }));
        // 10 yuan a day in the 90 days before the leader came, and one order that was before them.
        buy(app, "A-1", "H-WANG", "2026-04-01T12:00:00", "900.00").await;
        buy(app, "A-0", "H-WANG", "2026-02-01T12:00:00", "5000.00").await;

        world.clock().set(local("2026-06-01T12:00:00"));
        let admin = staff.sign_in(app).await;
        act(&door, &admin, APPOINT, appoint(&at_one, &one, 100)).await;
        act(&door, &admin, APPOINT, appoint(&at_two, &two, 50)).await;
        buy(app, "A-2", "H-WANG", "2026-06-11T12:00:00", "400.00").await;
        world.clock().set(local("2026-07-01T12:00:00"));
        let admin = staff.sign_in(app).await;
        act(&door, &admin, CHANGE, json!({ "householdId": household, "communityId": at_two, "reason": "moved" })).await;
        buy(app, "A-3", "H-WANG", "2026-08-11T12:00:00", "500.00").await;
        world.clock().set(local("2026-09-05T12:00:00"));
        let admin = staff.sign_in(app).await;
        let refund = EventTold::Refunded(OrderRefunded {
            order_ref: reference("A-3"),
            refund_ref: reference("R-1"),
            refunded_at: local("2026-09-05T12:00:00"),
            amount: yuan("100.00"),
            lines: Vec::new(),
        });
        app.record_order_events(&[event("R-1", refund)]).await.unwrap().remove(0).unwrap();
        buy(app, "A-4", "H-WANG", "2026-09-29T12:00:00", "800.00").await;

        // 29.5 days at 10 yuan were expected of June, and 400 yuan came.
        assert_eq!(shares(&door, &admin, &at_one, &one, "2026-06").await, [[100, 2, 40_000, 29_500, 1_050]]);
        // It went to the other leader, and its growth counts on for the first; for the other it is measured by what it bought since April.
        assert_eq!(shares(&door, &admin, &at_one, &one, "2026-08").await, [[100, 2, 50_000, 31_000, 1_900]]);
        assert_eq!(shares(&door, &admin, &at_two, &two, "2026-08").await, [[50, 2, 50_000, 13_777, 1_811]]);
        // What was refunded lessens the month of the refund, and 90 days after the move, at noon, nothing more counts.
        assert_eq!(shares(&door, &admin, &at_one, &one, "2026-09").await, [[100, 2, -10_000, 28_500, 0]]);
        assert_eq!(shares(&door, &admin, &at_one, &one, "2026-10").await, [[100, 1, 0, 0, 0]]);
        assert_eq!(shares(&door, &admin, &at_one, &two, "2026-08").await, Vec::<[i64; 5]>::new());
        assert_eq!(shares(&door, &admin, &at_one, &one, "2026-05").await, Vec::<[i64; 5]>::new());
    }

    async fn a_leader_who_ends_and_comes_back_has_a_term_for_each_time_and_nothing_twice(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let one = found(app, "H-ONE").await.person.to_string();
        let mut staff = hire(app, "admin", "admin".parse().unwrap()).await;
        let admin = staff.sign_in(app).await;
        let door = Door::open(&world).await;
        let listed = door.graphql(Some(&admin), "{ communities(first: 9) { nodes { id } } }", json!({})).await;
        let community = listed["communities"]["nodes"][0]["id"].as_str().unwrap().to_owned();
        let appoint = |permille: i64| json!({
            "communityId": community, "personId": one, "growthSharePermille": permille, "reason": "elected",
        });
        world.clock().set(local("2026-06-01T00:00:00"));
        let admin = staff.sign_in(app).await;
        act(&door, &admin, APPOINT, appoint(100)).await;
        world.clock().set(local("2026-06-11T00:00:00"));
        let admin = staff.sign_in(app).await;
        act(&door, &admin, END, json!({ "communityId": community, "personId": one, "reason": "ill" })).await;
        world.clock().set(local("2026-06-21T00:00:00"));
        let admin = staff.sign_in(app).await;
        act(&door, &admin, APPOINT, appoint(200)).await;
        // Said again it changes nothing, what was agreed neither.
        act(&door, &admin, APPOINT, appoint(300)).await;
        for (order, day, amount) in [("A-1", "05", "100.00"), ("A-2", "15", "200.00"), ("A-3", "25", "400.00")] {
            buy(app, order, "H-ONE", &format!("2026-06-{day}T12:00:00"), amount).await;
        }

        let finance = hire(app, "fang", "finance".parse().unwrap()).await.sign_in(app).await;
        // What was bought between the terms is of the first; of the second is expected a tenth of a month of what came before it.
        let june = shares(&door, &finance, &community, &one, "2026-06").await;
        assert_eq!(june, [[100, 1, 30_000, 0, 3_000], [200, 1, 40_000, 30_000 * 10 / 90, (40_000 - 3_333) / 5]]);
        let terms = door.graphql(Some(&finance), SHARES, json!({ "c": community, "l": one, "m": "2026-06" })).await;
        assert_eq!((&terms["it"][0]["endedAt"], &terms["it"][1]["endedAt"]), (&json!("2026-06-10T16:00:00.000Z"), &json!(null)));
        assert_eq!(world.db().count("earlier_leader_terms").await, 1);
    }
}
