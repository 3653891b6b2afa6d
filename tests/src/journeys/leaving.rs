//! Scenario 10: a member leaves by the policy shown before, and an owner hands over first.

use accounts::Role;
use app::{App, ImportMode};
use chrono::TimeDelta;
use orders::OrderPaid;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::{
    door::{Door, refunded},
    invitations::{accept, invite},
};
use crate::world::{add_person, assert_verifies, define_perk, found, local, paid, reference, set_rule};

const PREVIEW: &str = "{ previewLeave { obstacle version moving { points availableFrom expiresOn } available pending heldStaying \
     pointsStaying owedStaying rightsStaying invitationsEnding payRequestsEnding rejoinOn } }";
const LEAVE: &str = "mutation($input: LeaveHouseholdInput!) { leaveHousehold(input: $input) { householdId pointsMoved userErrors { code } } }";
const OFFER: &str =
    "mutation($input: OfferOwnershipInput!) { offerOwnership(input: $input) { expiresAt userErrors { code } } }";
const TAKE: &str =
    "mutation($input: AcceptOwnershipInput!) { acceptOwnership(input: $input) { isOwner userErrors { code } } }";
const ROLES: &str = "{ me { id role household { id members { role person { id name } } grants(first: 5) { nodes { id } } \
     assetAccount { lots { points availableFrom expiresOn contributor { id } } } } } }";

/// An order of one member, picked up on a day.
async fn order(app: &App, person: &str, number: &str, day: &str, amount: &str) {
    let at = local(&format!("{day}T11:00:00"));
    let order = OrderPaid {
        ordered_at: at,
        picked_up_at: Some(at),
        person_ref: Some(reference(person)),
        ..paid(number, "H-WANG", "2025-01-01T00:00:00", &[("", amount)])
    };
    app.import_orders(&[order], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
}

/// Father brought 300 and 50 that are pending, the owner 80; father spent 100 of his on a seat.
async fn family(world: &TestApp, door: &Door<'_>) -> (String, String) {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    found(app, "H-WANG").await;
    add_person(app, "H-WANG", "father", Role::Adult).await;
    order(app, "father", "D-1", "2026-02-01", "300").await;
    order(app, "H-WANG-owner", "D-2", "2026-03-01", "80").await;
    order(app, "father", "D-3", "2026-05-30", "50").await;
    let seat = define_perk(app, 100, 10, 5).await.id.to_string();
    let (owner, father) =
        (door.sign_in("h-wang-owner@hearth.example").await, door.sign_in("father@hearth.example").await);
    assert_eq!(door.redeem(&father, &seat, "key-0123456789-1").await["userErrors"], json!([]));
    assert_eq!(door.account(&owner).await.1, [280, 50, 0, 0]);
    (owner, father)
}

async fn leave(door: &Door<'_>, token: &str, version: &Value, key: &str) -> Value {
    let input = json!({ "version": version, "idempotencyKey": key });
    door.graphql(Some(token), LEAVE, json!({ "input": input })).await["leaveHousehold"].take()
}

async fn preview(door: &Door<'_>, token: &str) -> Value {
    door.graphql(Some(token), PREVIEW, json!({})).await["previewLeave"].take()
}

fn refused(code: &str) -> Value {
    json!([{ "code": code }])
}

on_both_engines! {
    async fn father_leaves_with_what_he_brought_and_its_days_exactly_as_he_was_shown(world: TestApp) {
        let door = Door::open(&world).await;
        let (owner, father) = family(&world, &door).await;
        let before = door.graphql(Some(&father), ROLES, json!({})).await["me"]["household"]["assetAccount"]["lots"].take();

        let shown = preview(&door, &father).await;

        let mut expected = shown.clone();
        let moving = json!([
            { "points": 200, "availableFrom": "2026-02-09", "expiresOn": "2027-02-01" },
            { "points": 50, "availableFrom": "2026-06-07", "expiresOn": "2027-05-30" },
        ]);
        let figures = json!({ "obstacle": null, "moving": moving, "available": 200, "pending": 50, "heldStaying": 0,
            "pointsStaying": 80, "owedStaying": 0, "rightsStaying": 1, "invitationsEnding": 0, "payRequestsEnding": 0, "rejoinOn": "2026-07-01" });
        expected.as_object_mut().unwrap().extend(figures.as_object().unwrap().clone());
        assert_eq!(shown, expected);
        let left = leave(&door, &father, &shown["version"], "key-0123456789-2").await;
        assert_eq!((&left["pointsMoved"], &left["userErrors"]), (&json!(250), &json!([])));
        assert_eq!(leave(&door, &father, &shown["version"], "key-0123456789-2").await, left, "the same act again");

        let his = door.graphql(Some(&father), ROLES, json!({})).await["me"].take();
        assert_eq!((&his["role"], &his["household"]["id"]), (&json!("OWNER"), &left["householdId"]));
        assert_eq!(door.account(&father).await.1, [200, 50, 0, 0]);
        assert_eq!(door.account(&owner).await.1, [80, 0, 0, 0]);
        // The same lots: points, days and contributor.
        let of_father: Vec<&Value> =
            before.as_array().unwrap().iter().filter(|lot| lot["contributor"]["id"] == his["id"]).collect();
        assert_eq!(his["household"]["assetAccount"]["lots"], json!(of_father));
        // The seat stays with the household, and neither sees what the other has now.
        let hers = door.graphql(Some(&owner), ROLES, json!({})).await["me"].take();
        assert_eq!(hers["household"]["grants"]["nodes"].as_array().unwrap().len(), 1);
        assert_eq!(his["household"]["grants"]["nodes"], json!([]));
        assert_eq!(hers["household"]["members"].as_array().unwrap().len(), 1);
        let peek = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(door.graphql(Some(&owner), peek, json!({ "id": his["id"] })).await["node"], Value::Null);
        assert_verifies(world.app()).await;
    }

    async fn a_refund_after_he_left_takes_the_points_where_they_are_now(world: TestApp) {
        let door = Door::open(&world).await;
        let (owner, father) = family(&world, &door).await;
        let shown = preview(&door, &father).await;
        leave(&door, &father, &shown["version"], "key-0123456789-2").await;

        assert_eq!(door.tell(json!([refunded("e1", "D-3", "2026-06-01T11:30:00+08:00", &[(1, 3_000)])])).await, ["accepted"]);

        assert_eq!(door.account(&father).await.1, [200, 20, 0, 0]);
        assert_eq!(door.account(&owner).await.1, [80, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }

    async fn a_preview_is_refused_as_stale_once_the_books_changed(world: TestApp) {
        let door = Door::open(&world).await;
        let (owner, father) = family(&world, &door).await;
        let shown = preview(&door, &father).await;
        order(world.app(), "H-WANG-owner", "D-4", "2026-05-31", "10").await;

        assert_eq!(leave(&door, &father, &shown["version"], "key-0123456789-2").await["userErrors"], refused("STALE"));
        assert_eq!(leave(&door, &father, &json!("nonsense"), "key-0123456789-2").await["userErrors"], refused("STALE"));
        assert_eq!(leave(&door, &father, &shown["version"], "short").await["userErrors"], refused("BAD_IDEMPOTENCY_KEY"));

        assert_eq!(door.account(&owner).await.1, [280, 60, 0, 0]);
        assert_eq!(world.db().count("memberships WHERE left_at IS NOT NULL").await, 0);
        let again = preview(&door, &father).await;
        assert_eq!(leave(&door, &father, &again["version"], "key-0123456789-2").await["userErrors"], json!([]));
    }

    async fn an_owner_leaves_once_another_accepted_the_household(world: TestApp) {
        let door = Door::open(&world).await;
        let (owner, father) = family(&world, &door).await;
        add_person(world.app(), "H-WANG", "child", Role::Child).await;
        let child = door.sign_in("child@hearth.example").await;
        assert_eq!(preview(&door, &owner).await["obstacle"], json!("OWNER_STAYS"));
        assert_eq!(leave(&door, &owner, &json!("x"), "key-0123456789-3").await["userErrors"], refused("OWNER_STAYS"));
        assert_eq!(preview(&door, &child).await["obstacle"], json!("NOT_ALLOWED"));
        let of = async |token: &str| door.graphql(Some(token), ROLES, json!({})).await["me"]["id"].take();
        let offer = async |token: &str, to: &Value| {
            door.graphql(Some(token), OFFER, json!({ "input": { "personId": to } })).await["offerOwnership"]["userErrors"].take()
        };
        let (owner_id, father_id, child_id) = (of(&owner).await, of(&father).await, of(&child).await);

        assert_eq!(offer(&father, &owner_id).await, refused("NOT_OWNER"));
        assert_eq!(offer(&owner, &child_id).await, refused("CANNOT_OWN"));
        assert_eq!(offer(&owner, &json!("pe_00000000000000000000000000000000")).await, refused("NO_SUCH_MEMBER"));
        assert_eq!(offer(&owner, &father_id).await, json!([]));
        let preview_of = async |token: &str| {
            let query = "{ previewOwnership { version members points owed from { id } } me { household { offeredTo { id } } } }";
            door.graphql(Some(token), query, json!({})).await
        };
        assert_eq!(preview_of(&child).await["previewOwnership"], Value::Null, "not offered to the child");
        let shown = preview_of(&father).await;
        assert_eq!(shown["me"]["household"]["offeredTo"]["id"], father_id);
        let shown = &shown["previewOwnership"];
        assert_eq!((&shown["members"], &shown["points"], &shown["from"]["id"]), (&json!(3), &json!(330), &owner_id));
        let take = async |token: &str, version: &Value| {
            door.graphql(Some(token), TAKE, json!({ "input": { "version": version } })).await["acceptOwnership"]["userErrors"].take()
        };
        assert_eq!(take(&child, &shown["version"]).await, refused("NO_SUCH_OFFER"));
        assert_eq!(take(&father, &json!("x")).await, refused("STALE"));
        assert_eq!(take(&father, &shown["version"]).await, json!([]));
        assert_eq!(take(&father, &shown["version"]).await, refused("NO_SUCH_OFFER"));

        let father_again = door.graphql(Some(&father), ROLES, json!({})).await["me"].take();
        assert_eq!(father_again["role"], json!("OWNER"));
        let version = preview(&door, &owner).await["version"].take();
        assert_eq!(leave(&door, &owner, &version, "key-0123456789-4").await["pointsMoved"], json!(80));
        assert_eq!(door.account(&father).await.1, [200, 50, 0, 0]);
        assert_verifies(world.app()).await;
    }

    async fn an_offer_of_ownership_lapses_after_fourteen_days(world: TestApp) {
        let door = Door::open(&world).await;
        let (owner, father) = family(&world, &door).await;
        let father_id = door.graphql(Some(&father), ROLES, json!({})).await["me"]["id"].take();
        door.graphql(Some(&owner), OFFER, json!({ "input": { "personId": father_id } })).await;

        world.clock().advance(TimeDelta::days(14));

        let shown = door.graphql(Some(&father), "{ previewOwnership { version } me { household { offeredTo { id } } } }", json!({})).await;
        assert_eq!((&shown["previewOwnership"], &shown["me"]["household"]["offeredTo"]), (&Value::Null, &Value::Null));
    }

    async fn who_left_joins_again_thirty_days_later_and_brings_the_points_back(world: TestApp) {
        let door = Door::open(&world).await;
        let (owner, father) = family(&world, &door).await;
        let version = preview(&door, &father).await["version"].take();
        leave(&door, &father, &version, "key-0123456789-2").await;

        world.clock().advance(TimeDelta::days(20));
        let secret = invite(&world, &door, &owner, "father@hearth.example", "ADULT").await;
        let early = accept(&door, &father, &secret).await;
        assert_eq!((&early["userErrors"], &early["possibleOn"]), (&refused("LEFT_TOO_RECENTLY"), &json!("2026-07-01")));
        world.clock().advance(TimeDelta::days(10));
        let (owner, father) =
            (door.sign_in("h-wang-owner@hearth.example").await, door.sign_in("father@hearth.example").await);
        let joined = accept(&door, &father, &secret).await;

        assert_eq!((&joined["userErrors"], &joined["pointsBrought"]), (&json!([]), &json!(250)));
        assert_eq!(door.account(&owner).await.1, [330, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }
}
