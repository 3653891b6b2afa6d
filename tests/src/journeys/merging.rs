//! Scenario 11: two households become one, as both owners want, and for a week can be two again.

use accounts::Role;
use app::App;
use chrono::TimeDelta;
use kernel::Actor;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::{
    door::{Door, paid, picked_up, refunded},
    invitations::{accept, tokens},
};
use crate::world::{add_person, assert_verifies, define_perk, earn, found, label, set_rule};

const INVITE: &str =
    "mutation($input: InviteHouseholdInput!) { inviteHousehold(input: $input) { invitationId userErrors { code } } }";
const PREVIEW: &str = "query($token: String!) { previewMerge(token: $token) { obstacle version householdId intoName membersMoving \
     membersThere moving { points availableFrom expiresOn } available pending owedMoving owedThere rightsMoving \
     invitationsEnding offerEnding } }";
const MERGE: &str = "mutation($input: MergeHouseholdsInput!) { mergeHouseholds(input: $input) { householdId pointsMoved userErrors { code } } }";
const UNDO: &str = "mutation($input: UndoMergeInput!) { undoMerge(input: $input) { householdId pointsReturned until userErrors { code } } }";
const STATE: &str = "{ me { role household { id members { role person { name } } grants(first: 9) { nodes { id } } \
     assetAccount { lots { points availableFrom expiresOn contributor { id } } } } } }";

struct Families {
    wang: String,
    li: String,
    wang_id: String,
    li_id: String,
    perk: String,
}

/// Wang has 500 and a seat, Li 200 that lapse on another day and a seat; a household may have one seat.
async fn families(world: &TestApp, door: &Door<'_>) -> Families {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    found(app, "H-WANG").await;
    earn(app, "H-WANG", "600").await;
    world.clock().advance(TimeDelta::days(3));
    found(app, "H-LI").await;
    add_person(app, "H-LI", "grandmother", Role::Senior).await;
    earn(app, "H-LI", "300").await;
    let perk = define_perk(app, 100, 10, 1).await.id.to_string();
    let wang = door.sign_in("h-wang-owner@hearth.example").await;
    let li = door.sign_in("h-li-owner@hearth.example").await;
    for (token, key) in [(&wang, "key-0123456789-w"), (&li, "key-0123456789-l")] {
        assert_eq!(door.redeem(token, &perk, key).await["userErrors"], json!([]));
    }
    let ((wang_id, has), (li_id, li_has)) = (door.account(&wang).await, door.account(&li).await);
    assert_eq!((has, li_has), ([500, 0, 0, 0], [200, 0, 0, 0]));
    Families { wang, li, wang_id, li_id, perk }
}

async fn invite(world: &TestApp, door: &Door<'_>, token: &str, address: &str) -> String {
    let input = json!({ "address": address, "name": "李家" });
    let invited = door.graphql(Some(token), INVITE, json!({ "input": input })).await;
    assert_eq!(invited["inviteHousehold"]["userErrors"], json!([]));
    world.app().drain().await.unwrap();
    tokens(world, address).pop().unwrap()
}

async fn preview(door: &Door<'_>, token: &str, secret: &str) -> Value {
    door.graphql(Some(token), PREVIEW, json!({ "token": secret })).await["previewMerge"].take()
}

async fn merge(door: &Door<'_>, token: &str, secret: &str, version: &Value, key: &str) -> Value {
    let input = json!({ "token": secret, "version": version, "idempotencyKey": key });
    door.graphql(Some(token), MERGE, json!({ "input": input })).await["mergeHouseholds"].take()
}

/// Invites, looks, accepts.
async fn merge_all(world: &TestApp, door: &Door<'_>, families: &Families, key: &str) {
    let secret = invite(world, door, &families.wang, "h-li-owner@hearth.example").await;
    let version = preview(door, &families.li, &secret).await["version"].take();
    let merged = merge(door, &families.li, &secret, &version, key).await;
    assert_eq!(merged["userErrors"], json!([]));
}

async fn undo(door: &Door<'_>, token: &str, household: &str, key: &str) -> Value {
    let input = json!({ "householdId": household, "idempotencyKey": key });
    door.graphql(Some(token), UNDO, json!({ "input": input })).await["undoMerge"].take()
}

async fn state(door: &Door<'_>, token: &str) -> Value {
    door.graphql(Some(token), STATE, json!({})).await["me"].take()
}

/// Which household an id shows to somebody.
async fn household_by(door: &Door<'_>, token: &str, id: &str) -> Value {
    let both = "query($id: ID!) { household(id: $id) { id } node(id: $id) { id } }";
    let seen = door.graphql(Some(token), both, json!({ "id": id })).await;
    assert_eq!(seen["household"], seen["node"]);
    seen["node"]["id"].clone()
}

/// Lots in an order of their own.
fn lots(of: &Value) -> Vec<String> {
    let lots = of["household"]["assetAccount"]["lots"].as_array().unwrap();
    let mut texts: Vec<String> = lots.iter().map(Value::to_string).collect();
    texts.sort();
    texts
}

fn refused(code: &str) -> Value {
    json!([{ "code": code }])
}

async fn its_number_and_its_seat_are_its_own_again(door: &Door<'_>, Families { li, perk, .. }: &Families) {
    let order = paid("ev-later", "O-LATER", "H-LI", "2026-06-04T11:00:00+08:00", &[("蔬菜", 1_000)]);
    assert_eq!(door.tell(json!([order])).await, ["accepted"]);
    assert_eq!(door.account(li).await.1, [200, 10, 0, 0]);
    // The same seat may not be taken twice by either.
    assert_eq!(door.redeem(li, perk, "key-0123456789-4").await["userErrors"][0]["code"], json!("LIMIT_REACHED"));
}

async fn household(app: &App, number: &str) -> kernel::Id<kernel::kinds::Household> {
    app.find_household_by_ref(&number.parse().unwrap()).await.unwrap().unwrap()
}

on_both_engines! {
    async fn two_households_become_one_and_two_again_exactly(world: TestApp) {
        let door = Door::open(&world).await;
        let families = families(&world, &door).await;
        let Families { wang, li, wang_id, li_id, perk } = &families;
        let before = (state(&door, wang).await, state(&door, li).await);
        let secret = invite(&world, &door, wang, "h-li-owner@hearth.example").await;

        let shown = preview(&door, li, &secret).await;

        let mut expected = shown.clone();
        let figures = json!({ "obstacle": null, "householdId": li_id, "intoName": "H-WANG", "membersMoving": 2,
            "membersThere": 1, "moving": [{ "points": 200, "availableFrom": "2026-05-24", "expiresOn": "2027-05-15" }],
            "available": 200, "pending": 0, "owedMoving": 0, "owedThere": 0, "rightsMoving": 1,
            "invitationsEnding": 0, "offerEnding": false });
        expected.as_object_mut().unwrap().extend(figures.as_object().unwrap().clone());
        assert_eq!(shown, expected);
        let merged = merge(&door, li, &secret, &shown["version"], "key-0123456789-m").await;
        assert_eq!(merged, json!({ "householdId": wang_id, "pointsMoved": 200, "userErrors": [] }));
        assert_eq!(merge(&door, li, &secret, &shown["version"], "key-0123456789-m").await, merged, "the same act again");
        let other = merge(&door, li, &secret, &json!("x"), "key-0123456789-m").await;
        assert_eq!(other["userErrors"], refused("IDEMPOTENCY_KEY_REUSED"));

        // One household: every lot with its days and whoever brought it, both seats, and no third.
        let together = state(&door, li).await;
        assert_eq!((&together["role"], &together["household"]["id"]), (&json!("ADULT"), &json!(wang_id)));
        assert_eq!(together["household"]["members"].as_array().unwrap().len(), 3);
        let mut both = [lots(&before.0), lots(&before.1)].concat();
        both.sort();
        assert_eq!(lots(&together), both);
        assert_eq!(together["household"]["grants"]["nodes"].as_array().unwrap().len(), 2);
        assert_eq!(door.redeem(wang, perk, "key-0123456789-3").await["userErrors"][0]["code"], json!("LIMIT_REACHED"));
        assert_eq!(door.account(wang).await.1, [700, 0, 0, 0]);
        // The old id stands for the household, for those who belong to it, and for nobody else.
        found(world.app(), "H-ZHAO").await;
        let stranger = door.sign_in("h-zhao-owner@hearth.example").await;
        assert_eq!(household_by(&door, li, li_id).await, json!(wang_id));
        assert_eq!(household_by(&door, wang, li_id).await, json!(wang_id));
        assert_eq!(household_by(&door, &stranger, li_id).await, Value::Null);
        assert_verifies(world.app()).await;

        // A late order of the old number is the household's.
        let order = paid("ev-late", "O-LATE", "H-LI", "2026-06-04T10:00:00+08:00", &[("蔬菜", 3_000)]);
        assert_eq!(door.tell(json!([order])).await, ["accepted"]);
        assert_eq!(door.account(wang).await.1, [700, 30, 0, 0]);

        let undone = undo(&door, wang, li_id, "key-0123456789-u").await;
        assert_eq!(undone, json!({ "householdId": li_id, "pointsReturned": 200, "until": null, "userErrors": [] }));
        assert_eq!(undo(&door, wang, li_id, "key-0123456789-u").await, undone, "the same act again");
        assert_eq!(state(&door, li).await, before.1, "exactly as it was");
        let hers = state(&door, wang).await;
        let kept: Vec<String> = lots(&hers).into_iter().filter(|lot| !lot.contains(r#""points":30"#)).collect();
        assert_eq!((kept, &hers["household"]["grants"]), (lots(&before.0), &before.0["household"]["grants"]));
        assert_eq!(door.account(wang).await.1, [500, 30, 0, 0], "what was earned since stays");
        assert_eq!(household_by(&door, li, li_id).await, json!(li_id));
        assert_eq!(household_by(&door, wang, li_id).await, Value::Null);
        its_number_and_its_seat_are_its_own_again(&door, &families).await;
        assert_verifies(world.app()).await;
    }

    async fn nothing_is_undone_once_points_were_spent_or_a_week_has_passed(world: TestApp) {
        let door = Door::open(&world).await;
        let families = families(&world, &door).await;
        let Families { wang, li, li_id, .. } = &families;
        merge_all(&world, &door, &families, "key-0123456789-m").await;
        let adult = add_person(world.app(), "H-WANG", "uncle", Role::Adult).await;
        let uncle = door.sign_in("uncle@hearth.example").await;
        assert_eq!(undo(&door, &uncle, li_id, "key-0123456789-1").await["userErrors"], refused("NO_SUCH_MERGE"));
        let nobody = "hh_00000000000000000000000000000000";
        assert_eq!(undo(&door, wang, nobody, "key-0123456789-1").await["userErrors"], refused("NO_SUCH_MERGE"));
        assert_eq!(undo(&door, wang, li_id, "short").await["userErrors"], refused("BAD_IDEMPOTENCY_KEY"));

        let cheap = app::entitlements::DefinePerk { code: "cheap".parse().unwrap(), ..crate::world::define_perk_at(10, 5, 5) };
        let cheap = world.app().define_perk(&cheap).await.unwrap().unwrap().id;
        let spent = world.app().redeem_perk(&adult, &crate::world::redeem(cheap, "key-0123456789-9")).await.unwrap();
        let grant = spent.unwrap().grant;
        assert_eq!(undo(&door, li, li_id, "key-0123456789-1").await["userErrors"], refused("SPENT_SINCE"));
        // Also when it was taken back: what came and what was there cannot be told apart any more.
        world.app().cancel_grant(Actor::Operator, grant.household, grant.id, &label("mistake")).await.unwrap().unwrap();
        assert_eq!(undo(&door, li, li_id, "key-0123456789-1").await["userErrors"], refused("SPENT_SINCE"));
        world.clock().advance(TimeDelta::days(7));
        let late = undo(&door, li, li_id, "key-0123456789-1").await;
        assert_eq!((&late["userErrors"], &late["until"]), (&refused("TOO_LATE"), &json!("2026-06-11T04:00:00.000Z")));

        assert_eq!(door.account(li).await.1, [700, 0, 0, 0]);
        assert_verifies(world.app()).await;
    }

    async fn a_refund_takes_the_points_where_they_are_after_the_merge_and_after_its_undoing(world: TestApp) {
        let door = Door::open(&world).await;
        let families = families(&world, &door).await;
        let Families { wang, li, li_id, .. } = &families;
        let order = |n: u32| {
            paid(&format!("ev-{n}"), &format!("O-{n}"), "H-LI", "2026-06-01T10:00:00+08:00", &[("蔬菜", 5_000)])
        };
        assert_eq!(door.tell(json!([order(1), order(2)])).await, ["accepted", "accepted"]);
        assert_eq!(door.account(li).await.1, [200, 100, 0, 0]);
        merge_all(&world, &door, &families, "key-0123456789-m").await;
        assert_eq!(door.account(wang).await.1, [700, 100, 0, 0]);

        // Picked up while they are one, so that it goes back as what it has become.
        assert_eq!(door.tell(json!([picked_up("ev-3", "O-1", "2026-06-04T11:00:00+08:00")])).await, ["accepted"]);
        assert_eq!(undo(&door, li, li_id, "key-0123456789-u").await["pointsReturned"], json!(300));
        assert_eq!(door.account(li).await.1, [200, 100, 0, 0]);
        assert_eq!(door.tell(json!([refunded("ev-4", "O-1", "2026-06-04T11:30:00+08:00", &[(1, 2_000)])])).await, ["accepted"]);
        assert_eq!((door.account(li).await.1, door.account(wang).await.1), ([200, 80, 0, 0], [500, 0, 0, 0]));

        merge_all(&world, &door, &families, "key-0123456789-n").await;
        assert_eq!(door.tell(json!([refunded("ev-5", "O-2", "2026-06-04T12:30:00+08:00", &[(1, 2_000)])])).await, ["accepted"]);
        assert_eq!(door.account(wang).await.1, [700, 60, 0, 0]);
        assert_eq!(undo(&door, li, li_id, "key-0123456789-v").await["userErrors"], refused("SPENT_SINCE"));
        assert_verifies(world.app()).await;
    }

    async fn a_debt_that_comes_after_a_merge_without_points_is_everybodys(world: TestApp) {
        let app = world.app();
        let door = Door::open(&world).await;
        set_rule(app, "1", "2017-01-01", &[]).await;
        for number in ["H-WANG", "H-LI"] {
            found(app, number).await;
        }
        earn(app, "H-LI", "100").await;
        let perk = define_perk(app, 100, 10, 5).await.id.to_string();
        let wang = door.sign_in("h-wang-owner@hearth.example").await;
        let li = door.sign_in("h-li-owner@hearth.example").await;
        assert_eq!(door.redeem(&li, &perk, "key-0123456789-l").await["userErrors"], json!([]));
        let ((wang_id, _), (li_id, figures)) = (door.account(&wang).await, door.account(&li).await);
        assert_eq!(figures, [0, 0, 0, 0]);
        merge_all(&world, &door, &Families { wang: wang.clone(), li: li.clone(), wang_id, li_id, perk }, "key-0123456789-m").await;

        assert_eq!(door.tell(json!([refunded("ev-1", "E-H-LI", "2026-06-01T11:00:00+08:00", &[(1, 4_000)])])).await, ["accepted"]);

        assert_eq!(door.account(&wang).await.1, [0, 0, 0, 40], "the old household has nobody left to owe it");
        assert_verifies(app).await;
    }

    async fn a_right_that_came_along_is_taken_back_where_its_points_are_now(world: TestApp) {
        let door = Door::open(&world).await;
        let families = families(&world, &door).await;
        let Families { wang, li, wang_id, li_id, .. } = &families;
        let grant = state(&door, li).await["household"]["grants"]["nodes"][0]["id"].as_str().unwrap().to_owned();
        let old = household(world.app(), "H-LI").await;
        merge_all(&world, &door, &families, "key-0123456789-m").await;
        world.app().drain().await.unwrap();
        assert_eq!(world.db().count("outbox_events WHERE settled_at IS NULL").await, 0, "mails of the old household went too");
        assert_eq!(household(world.app(), "H-LI").await.to_string(), *wang_id);

        // By the old id, as somebody who noted it would.
        let id = grant.parse().unwrap();
        world.app().cancel_grant(Actor::Operator, old, id, &label("no van")).await.unwrap().unwrap();

        assert_eq!(door.account(wang).await.1, [800, 0, 0, 0]);
        assert_eq!(undo(&door, wang, li_id, "key-0123456789-u").await["userErrors"], refused("SPENT_SINCE"));
        // The month of the old household stays readable to those who are one now.
        let month = "2026-06".parse().unwrap();
        let mine = crate::world::principal(world.app(), "grandmother").await;
        assert!(world.app().find_monthly_statement(&mine, old, month).await.unwrap().is_some());
        let zhao = found(world.app(), "H-ZHAO").await;
        assert_eq!(world.app().find_monthly_statement(&zhao, old, month).await.unwrap(), None);
        assert_verifies(world.app()).await;
    }

    async fn both_owners_must_want_it_and_see_the_same(world: TestApp) {
        let app = world.app();
        let door = Door::open(&world).await;
        let families = families(&world, &door).await;
        let Families { wang, li, wang_id, li_id, .. } = &families;
        let grandmother = door.sign_in("grandmother@hearth.example").await;
        let to_li = json!({ "input": { "address": "h-li-owner@hearth.example", "name": "x" } });
        let asked = door.graphql(Some(&grandmother), INVITE, to_li).await;
        assert_eq!(asked["inviteHousehold"]["userErrors"], refused("NOT_ALLOWED"));
        let secret = invite(&world, &door, wang, "h-li-owner@hearth.example").await;
        let to_senior = invite(&world, &door, wang, "grandmother@hearth.example").await;

        // Not by another's mail, nor by whoever owns nothing, nor as a member alone.
        assert_eq!(preview(&door, wang, &secret).await, Value::Null);
        assert_eq!(preview(&door, &grandmother, &to_senior).await["obstacle"], json!("NOT_OWNER"));
        let merged = merge(&door, &grandmother, &to_senior, &json!("x"), "key-0123456789-1").await;
        assert_eq!(merged["userErrors"], refused("NOT_OWNER"));
        let alone = accept(&door, li, &secret).await;
        assert_eq!((&alone["userErrors"], &alone["householdId"]), (&refused("INVITES_HOUSEHOLD"), &Value::Null));
        // Held points stay where they are, and so does everything with them.
        let hold = app::ledger::HoldPoints {
            household: household(app, "H-LI").await,
            owner: label("seat-7"),
            purpose: label("seat"),
            points: crate::world::points(20),
            ends_at: app.db().clock().now() + TimeDelta::hours(1),
        };
        app.hold_points(Actor::Operator, &hold).await.unwrap().unwrap();
        assert_eq!(preview(&door, li, &secret).await["obstacle"], json!("POINTS_HELD"));
        world.clock().advance(TimeDelta::hours(1));
        let version = preview(&door, li, &secret).await["version"].take();
        // The books change: look again.
        assert_eq!(door.tell(json!([paid("e1", "O-1", "H-LI", "2026-06-01T10:00:00+08:00", &[("蔬菜", 1_000)])])).await, ["accepted"]);
        let stale = merge(&door, li, &secret, &version, "key-0123456789-2").await;
        assert_eq!(stale["userErrors"], refused("STALE"));
        assert_eq!((door.account(wang).await, door.account(li).await),
            ((wang_id.clone(), [500, 0, 0, 0]), (li_id.clone(), [200, 10, 0, 0])));
        // The ask lapses as invitations do.
        world.clock().advance(TimeDelta::days(14));
        assert_eq!(preview(&door, li, &secret).await, Value::Null);
        let late = merge(&door, li, &secret, &version, "key-0123456789-2").await;
        assert_eq!(late["userErrors"], refused("NO_SUCH_INVITATION"));
        assert_eq!(world.db().count("household_merges").await, 0);
        app.run_clockwork().await;
        assert_verifies(app).await;
    }
}
