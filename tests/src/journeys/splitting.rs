//! Scenario 12: a daughter moves out with her child and what they brought; a later refund follows it.

use accounts::Role;
use app::{App, ImportMode};
use chrono::TimeDelta;
use kernel::Actor;
use orders::OrderPaid;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::{
    door::{Door, refunded},
    invitations::{accept, invite},
};
use crate::world::{add_person, assert_verifies, define_perk, found, label, local, paid, points, reference, set_rule};

const OFFER: &str =
    "mutation($input: OfferSplitInput!) { offerSplit(input: $input) { expiresAt userErrors { code } } }";
const PREVIEW: &str = "{ previewSplit { version from { id } going { id } membersStaying moving { points availableFrom expiresOn } available \
     pending heldStaying pointsStaying owedStaying rightsStaying invitationsEnding } }";
const SPLIT: &str = "mutation($input: SplitHouseholdInput!) { splitHousehold(input: $input) { householdId pointsMoved userErrors { code } } }";
const UNDO: &str = "mutation($input: UndoSplitInput!) { undoSplit(input: $input) { householdId pointsReturned until userErrors { code } } }";
const STATE: &str = "{ me { id role household { id members { role person { name } } grants(first: 9) { nodes { id } } \
     assetAccount { lots { points availableFrom expiresOn contributor { id } } } } } }";

struct Family {
    mother: String,
    daughter: String,
    mother_id: Value,
    daughter_id: Value,
    child_id: Value,
}

/// An order of one member, picked up on its day.
async fn order(app: &App, person: &str, number: &str, amount: &str) {
    let at = local("2026-05-01T11:00:00");
    let order = OrderPaid {
        ordered_at: at,
        picked_up_at: Some(at),
        person_ref: Some(reference(person)),
        ..paid(number, "H-WANG", "2026-01-01T00:00:00", &[("", amount)])
    };
    app.import_orders(&[order], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
}

async fn me(door: &Door<'_>, token: &str) -> Value {
    door.graphql(Some(token), STATE, json!({})).await["me"].take()
}

/// A pool of 400: mother 280 of 380, of which 100 went for a seat, daughter 120; and the daughter's child.
async fn family(world: &TestApp, door: &Door<'_>) -> Family {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    found(app, "H-WANG").await;
    add_person(app, "H-WANG", "daughter", Role::Adult).await;
    add_person(app, "H-WANG", "child", Role::Child).await;
    add_person(app, "H-WANG", "father", Role::Senior).await;
    order(app, "H-WANG-owner", "O-MOTHER", "380").await;
    let seat = define_perk(app, 100, 9, 2).await.id.to_string();
    let mother = door.sign_in("h-wang-owner@hearth.example").await;
    assert_eq!(door.redeem(&mother, &seat, "key-0123456789-s").await["userErrors"], json!([]));
    order(app, "daughter", "O-DAUGHTER", "120").await;
    let daughter = door.sign_in("daughter@hearth.example").await;
    let child = door.sign_in("child@hearth.example").await;
    assert_eq!(door.account(&mother).await.1, [400, 0, 0, 0]);
    let id = async |token: &str| me(door, token).await["id"].take();
    let (mother_id, daughter_id, child_id) = (id(&mother).await, id(&daughter).await, id(&child).await);
    Family { mother, daughter, mother_id, daughter_id, child_id }
}

async fn offer(door: &Door<'_>, token: &str, owner: &Value, with: &[&Value]) -> Value {
    let input = json!({ "ownerId": owner, "memberIds": with });
    door.graphql(Some(token), OFFER, json!({ "input": input })).await["offerSplit"]["userErrors"].take()
}

async fn preview(door: &Door<'_>, token: &str) -> Value {
    door.graphql(Some(token), PREVIEW, json!({})).await["previewSplit"].take()
}

async fn split(door: &Door<'_>, token: &str, version: &Value, key: &str) -> Value {
    let input = json!({ "version": version, "idempotencyKey": key });
    door.graphql(Some(token), SPLIT, json!({ "input": input })).await["splitHousehold"].take()
}

async fn undo(door: &Door<'_>, token: &str, household: &Value, key: &str) -> Value {
    let input = json!({ "householdId": household, "idempotencyKey": key });
    door.graphql(Some(token), UNDO, json!({ "input": input })).await["undoSplit"].take()
}

/// Offered, looked at and done: the household founded.
async fn move_out(door: &Door<'_>, family: &Family) -> Value {
    assert_eq!(offer(door, &family.mother, &family.daughter_id, &[&family.child_id]).await, json!([]));
    let version = preview(door, &family.daughter).await["version"].take();
    let mut gone = split(door, &family.daughter, &version, "key-0123456789-1").await;
    assert_eq!(gone["userErrors"], json!([]));
    gone["householdId"].take()
}

fn refused(code: &str) -> Value {
    json!([{ "code": code }])
}

on_both_engines! {
    async fn the_daughter_moves_out_with_what_she_brought_and_a_refund_follows_it(world: TestApp) {
        let door = Door::open(&world).await;
        let family = family(&world, &door).await;
        let Family { mother, daughter, daughter_id, child_id, mother_id } = &family;
        assert_eq!(offer(&door, mother, daughter_id, &[child_id]).await, json!([]));

        let shown = preview(&door, daughter).await;

        let mut expected = shown.clone();
        let mut going = [daughter_id.clone(), child_id.clone()];
        going.sort_by_key(Value::to_string);
        let figures = json!({ "from": { "id": mother_id }, "going": going.map(|id| json!({ "id": id })), "membersStaying": 2,
            "moving": [{ "points": 120, "availableFrom": "2026-05-09", "expiresOn": "2027-05-01" }],
            "available": 120, "pending": 0, "heldStaying": 0, "pointsStaying": 280, "owedStaying": 0, "rightsStaying": 1,
            "invitationsEnding": 0 });
        expected.as_object_mut().unwrap().extend(figures.as_object().unwrap().clone());
        assert_eq!(shown, expected);
        let gone = split(&door, daughter, &shown["version"], "key-0123456789-1").await;
        assert_eq!((&gone["pointsMoved"], &gone["userErrors"]), (&json!(120), &json!([])));
        assert_eq!(split(&door, daughter, &shown["version"], "key-0123456789-1").await, gone, "the same act again");

        let hers = me(&door, daughter).await;
        assert_eq!((&hers["role"], &hers["household"]["id"]), (&json!("OWNER"), &gone["householdId"]));
        let members = json!([{ "role": "OWNER", "person": { "name": "daughter" } }, { "role": "CHILD", "person": { "name": "child" } }]);
        assert_eq!(hers["household"]["members"], members);
        let lots = json!([{ "points": 120, "availableFrom": "2026-05-09", "expiresOn": "2027-05-01", "contributor": { "id": daughter_id } }]);
        assert_eq!(hers["household"]["assetAccount"]["lots"], lots);
        // The seat stays with the household that has it.
        assert_eq!(hers["household"]["grants"]["nodes"], json!([]));
        assert_eq!(me(&door, mother).await["household"]["grants"]["nodes"].as_array().unwrap().len(), 1);
        assert_eq!((door.account(mother).await.1, door.account(daughter).await.1), ([280, 0, 0, 0], [120, 0, 0, 0]));
        assert_verifies(world.app()).await;

        assert_eq!(door.tell(json!([refunded("e1", "O-DAUGHTER", "2026-06-01T11:30:00+08:00", &[(1, 8_000)])])).await, ["accepted"]);

        assert_eq!((door.account(mother).await.1, door.account(daughter).await.1), ([280, 0, 0, 0], [40, 0, 0, 0]));
        assert_eq!(door.tell(json!([refunded("e2", "O-MOTHER", "2026-06-01T11:30:00+08:00", &[(1, 8_000)])])).await, ["accepted"]);
        assert_eq!((door.account(mother).await.1, door.account(daughter).await.1), ([200, 0, 0, 0], [40, 0, 0, 0]));
        assert_verifies(world.app()).await;
    }

    async fn within_a_week_they_come_back_with_all_they_have(world: TestApp) {
        let door = Door::open(&world).await;
        let family = family(&world, &door).await;
        let Family { mother, daughter, .. } = &family;
        let before = me(&door, daughter).await;
        let founded = move_out(&door, &family).await;
        // Refunded while they were away: what is left comes back.
        assert_eq!(door.tell(json!([refunded("e1", "O-DAUGHTER", "2026-06-01T11:30:00+08:00", &[(1, 2_000)])])).await, ["accepted"]);
        let father = door.sign_in("father@hearth.example").await;
        assert_eq!(undo(&door, &father, &founded, "key-0123456789-2").await["userErrors"], refused("NO_SUCH_SPLIT"));
        assert_eq!(undo(&door, mother, &json!("hh_00000000000000000000000000000000"), "key-0123456789-2").await["userErrors"], refused("NO_SUCH_SPLIT"));
        assert_eq!(undo(&door, mother, &founded, "short").await["userErrors"], refused("BAD_IDEMPOTENCY_KEY"));

        let undone = undo(&door, mother, &founded, "key-0123456789-2").await;

        let home = before["household"]["id"].clone();
        assert_eq!(undone, json!({ "householdId": home, "pointsReturned": 100, "until": null, "userErrors": [] }));
        assert_eq!(undo(&door, mother, &founded, "key-0123456789-2").await, undone, "the same act again");
        let again = me(&door, daughter).await;
        assert_eq!((&again["role"], &again["household"]["members"]), (&before["role"], &before["household"]["members"]));
        assert_eq!(door.account(mother).await.1, [380, 0, 0, 0]);
        // The id they had for a while leads home, for them alone; a refund finds the points at home.
        let by = async |token: &str| {
            door.graphql(Some(token), "query($id: ID!) { household(id: $id) { id } }", json!({ "id": founded })).await["household"].take()
        };
        assert_eq!(by(daughter).await, json!({ "id": home }));
        found(world.app(), "H-ZHAO").await;
        let stranger = door.sign_in("h-zhao-owner@hearth.example").await;
        assert_eq!(by(&stranger).await, Value::Null);
        assert_eq!(door.tell(json!([refunded("e2", "O-DAUGHTER", "2026-06-01T11:45:00+08:00", &[(1, 10_000)])])).await, ["accepted"]);
        assert_eq!(door.account(mother).await.1, [280, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }

    async fn they_stay_away_once_points_were_spent_somebody_joined_or_a_week_has_passed(world: TestApp) {
        let door = Door::open(&world).await;
        let family = family(&world, &door).await;
        let Family { mother, daughter, .. } = &family;
        let founded = move_out(&door, &family).await;
        let app = world.app();
        let home = crate::world::principal(app, "daughter").await.household.unwrap().0;
        let hold = app::ledger::HoldPoints {
            household: home,
            owner: label("seat-7"),
            purpose: label("seat"),
            points: points(20),
            ends_at: app.db().clock().now() + TimeDelta::hours(1),
        };
        let hold = app.hold_points(Actor::Operator, &hold).await.unwrap().unwrap();
        assert_eq!(undo(&door, daughter, &founded, "key-0123456789-2").await["userErrors"], refused("SPENT_SINCE"));
        app.capture_hold(Actor::Operator, home, hold.id).await.unwrap().unwrap();
        assert_eq!(undo(&door, mother, &founded, "key-0123456789-2").await["userErrors"], refused("SPENT_SINCE"));
        let secret = invite(&world, &door, daughter, "husband@hearth.example", "ADULT").await;
        let husband = door.sign_in("husband@hearth.example").await;
        assert_eq!(accept(&door, &husband, &secret).await["userErrors"], json!([]));
        assert_eq!(undo(&door, mother, &founded, "key-0123456789-2").await["userErrors"], refused("MEMBERS_MOVED"));
        world.clock().advance(TimeDelta::days(7));
        let late = undo(&door, mother, &founded, "key-0123456789-2").await;
        assert_eq!((&late["userErrors"], &late["until"]), (&refused("TOO_LATE"), &json!("2026-06-08T04:00:00.000Z")));
        assert_eq!((door.account(mother).await.1, door.account(daughter).await.1), ([280, 0, 0, 0], [100, 0, 0, 0]));
        assert_verifies(app).await;
    }

    async fn the_owner_offers_it_and_whoever_it_was_offered_to_accepts_what_they_saw(world: TestApp) {
        let door = Door::open(&world).await;
        let family = family(&world, &door).await;
        let Family { mother, daughter, mother_id, daughter_id, child_id } = &family;
        assert_eq!(preview(&door, daughter).await, Value::Null);
        assert_eq!(offer(&door, daughter, daughter_id, &[]).await, refused("NOT_OWNER"));
        assert_eq!(offer(&door, mother, child_id, &[]).await, refused("CANNOT_OWN"));
        assert_eq!(offer(&door, mother, daughter_id, &[mother_id]).await, refused("CANNOT_OWN"));
        assert_eq!(offer(&door, mother, daughter_id, &[&json!("pe_00000000000000000000000000000000")]).await, refused("NO_SUCH_MEMBER"));
        assert_eq!(offer(&door, mother, daughter_id, &[child_id]).await, json!([]));
        assert_eq!(preview(&door, mother).await, Value::Null, "offered to the daughter");
        assert_eq!(split(&door, mother, &json!("x"), "key-0123456789-1").await["userErrors"], refused("NO_SUCH_OFFER"));

        let version = preview(&door, daughter).await["version"].take();
        order(world.app(), "H-WANG-owner", "O-LATE", "10").await;
        assert_eq!(split(&door, daughter, &version, "key-0123456789-1").await["userErrors"], refused("STALE"));
        let version = preview(&door, daughter).await["version"].take();
        // Another offer in its place: what was seen is not what would be done.
        assert_eq!(offer(&door, mother, daughter_id, &[]).await, json!([]));
        assert_eq!(split(&door, daughter, &version, "key-0123456789-1").await["userErrors"], refused("STALE"));
        world.clock().advance(TimeDelta::days(14));
        assert_eq!(preview(&door, daughter).await, Value::Null);
        assert_eq!(split(&door, daughter, &version, "key-0123456789-1").await["userErrors"], refused("NO_SUCH_OFFER"));

        assert_eq!(world.db().count("household_splits").await, 0);
        assert_eq!(world.db().count("memberships WHERE left_at IS NOT NULL").await, 0);
        assert_verifies(world.app()).await;
    }
}
