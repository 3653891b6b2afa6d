//! Scenario 24, the staff's half: an adjustment over 1,000 points needs a second person and a reason; it is reversed, never deleted.

use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::{staff::hire, world::found};

const ADJUST: &str = "mutation($input: AdjustPointsInput!) { adjustPoints(input: $input) { \
     postingId approval { id state reason act { __typename ... on PointsAdjustment { adjustment points } } } \
     userErrors { code field retryable } } }";
const DECIDE: &str = "mutation($input: DecideApprovalInput!) { decideApproval(input: $input) { \
     approval { state outcomeId } userErrors { code } } }";
const REVERSE: &str = "mutation($input: ReverseAdjustmentInput!) { reverseAdjustment(input: $input) { \
     postingId approval { id } userErrors { code } } }";

async fn act(door: &Door<'_>, token: &str, mutation: &str, input: Value) -> Value {
    let mut data = door.graphql(Some(token), mutation, json!({ "input": input })).await;
    data.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

fn give(household: &str, points: i64, reason: &str, key: &str) -> Value {
    json!({
        "householdId": household, "adjustment": "CREDIT", "points": points, "reason": reason, "idempotencyKey": key,
    })
}

on_both_engines! {
    async fn bad_input_is_named_and_moves_nothing(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        let li = hire(app, "li", "finance".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        let member = door.sign_in("h-wang-owner@hearth.example").await;
        let (household, _) = door.account(&member).await;
        let give = |points, reason, key| give(&household, points, reason, key);
        let nobody = "hh_00000000000000000000000000000000";
        let of_nobody = self::give(nobody, 5, "late", "adjust-0000000001");
        let of_a_perk = self::give(&nobody.replace("hh", "pk"), 5, "late", "adjust-0000000001");

        for (input, code, field) in [
            (give(1_001, " ", "adjust-0000000001"), "BAD_REASON", json!(["input", "reason"])),
            (give(0, "late", "adjust-0000000001"), "BAD_AMOUNT", json!(["input", "points"])),
            (give(-5, "late", "adjust-0000000001"), "BAD_AMOUNT", json!(["input", "points"])),
            (of_nobody, "NO_SUCH_HOUSEHOLD", json!(["input", "householdId"])),
            (of_a_perk, "NO_SUCH_HOUSEHOLD", json!(["input", "householdId"])),
            (give(5, "late\u{202e}", "adjust-0000000001"), "BAD_REASON", json!(["input", "reason"])),
            (give(5, &"late".repeat(31), "adjust-0000000001"), "BAD_REASON", json!(["input", "reason"])),
            (give(5, "late", "short"), "BAD_IDEMPOTENCY_KEY", json!(["input", "idempotencyKey"])),
        ] {
            let refused = act(&door, &li, ADJUST, input).await;
            assert_eq!(refused["userErrors"], json!([{ "code": code, "field": field, "retryable": false }]));
        }
        assert_eq!((door.account(&member).await.1, world.db().count("approvals").await), ([0, 0, 0, 0], 0));
    }

    async fn an_adjustment_over_1000_needs_two_and_a_reason(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        let li = hire(app, "li", "finance".parse().unwrap()).await.sign_in(app).await;
        let zhao = hire(app, "zhao", "finance".parse().unwrap()).await.sign_in(app).await;
        let auditor = hire(app, "feng", "auditor".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        let member = door.sign_in("h-wang-owner@hearth.example").await;
        let (household, _) = door.account(&member).await;
        let give = |points, reason, key| give(&household, points, reason, key);

        let proposed = act(&door, &li, ADJUST, give(1_001, "late delivery", "adjust-0000000001")).await;
        assert_eq!(proposed["postingId"], Value::Null);
        let approval = &proposed["approval"];
        assert_eq!((&approval["state"], &approval["reason"]), (&json!("PENDING"), &json!("late delivery")));
        assert_eq!(approval["act"], json!({ "__typename": "PointsAdjustment", "adjustment": "CREDIT", "points": 1_001 }));
        assert_eq!(door.account(&member).await.1, [0, 0, 0, 0]);

        let approve = json!({ "approvalId": approval["id"], "verdict": "APPROVE", "idempotencyKey": "decide-0000000001" });
        for (token, code) in [(&li, "SAME_PERSON"), (&auditor, "NOT_ALLOWED")] {
            assert_eq!(act(&door, token, DECIDE, approve.clone()).await["userErrors"], json!([{ "code": code }]));
        }
        let decided = act(&door, &zhao, DECIDE, approve.clone()).await;
        assert_eq!((&decided["approval"]["state"], &decided["userErrors"]), (&json!("APPROVED"), &json!([])));
        assert_eq!(act(&door, &zhao, DECIDE, approve).await, decided);
        assert_eq!(door.account(&member).await.1, [1_001, 0, 0, 0]);

        // The engine refuses to delete it; the reverse is posted instead, again by two.
        let posting = &decided["approval"]["outcomeId"];
        assert!(world.db().execute("DELETE FROM postings").await.is_err());
        let reverse = json!({
            "householdId": household, "postingId": posting, "reason": "wrong household", "idempotencyKey": "reverse-000000001",
        });
        let waits = act(&door, &li, REVERSE, reverse).await;
        let approve = json!({
            "approvalId": waits["approval"]["id"], "verdict": "APPROVE", "idempotencyKey": "decide-0000000002",
        });
        assert_eq!(act(&door, &li, DECIDE, approve.clone()).await["userErrors"], json!([{ "code": "SAME_PERSON" }]));
        assert_eq!(act(&door, &zhao, DECIDE, approve).await["approval"]["state"], json!("APPROVED"));
        assert_eq!(door.account(&member).await.1, [0, 0, 0, 0]);

        let seen = "{ me { household { assetAccount { statement(first: 9) { nodes { kind points reason actor } } } } } }";
        let lines = door.graphql(Some(&member), seen, json!({})).await;
        let lines = &lines["me"]["household"]["assetAccount"]["statement"]["nodes"];
        assert_eq!(lines, &json!([
            { "kind": "ADJUST", "points": -1_001, "reason": "wrong household", "actor": "STAFF" },
            { "kind": "ADJUST", "points": 1_001, "reason": "late delivery", "actor": "STAFF" },
        ]));
        let log = "query($hh: ID!) { auditLines(first: 10, filter: { householdId: $hh }) { nodes { action actor } } }";
        let log = door.graphql(Some(&auditor), log, json!({ "hh": household })).await;
        let actions: Vec<&str> =
            log["auditLines"]["nodes"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
        assert_eq!(actions[..6].iter().filter(|action| **action == "decide_approval").count(), 2, "{actions:?}");
        assert_eq!(actions.iter().filter(|action| **action == "propose").count(), 2, "{actions:?}");
    }

    async fn the_lists_of_the_staff_come_page_by_page(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        let sun = hire(app, "sun", "support".parse().unwrap()).await.sign_in(app).await;
        let zhao = hire(app, "zhao", "finance".parse().unwrap()).await.sign_in(app).await;
        let admin = hire(app, "wu", "admin".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        let member = door.sign_in("h-wang-owner@hearth.example").await;
        let (household, _) = door.account(&member).await;
        let mut approvals = Vec::new();
        for n in 1..=4 {
            let give = json!({
                "householdId": household, "adjustment": "CREDIT", "points": n, "reason": "x",
                "idempotencyKey": format!("adjust-000000000{n}"),
            });
            approvals.push(act(&door, &sun, ADJUST, give).await["approval"]["id"].as_str().unwrap().to_owned());
        }
        let reject = json!({ "approvalId": approvals[3], "verdict": "REJECT", "idempotencyKey": "decide-0000000001" });
        act(&door, &zhao, DECIDE, reject).await;

        // Pending first, newest first: 3, 2, 1, then the decided 4.
        let list = "query($first: Int, $after: String, $last: Int, $before: String) { \
             approvals(first: $first, after: $after, last: $last, before: $before) { \
             nodes { id } pageInfo { endCursor startCursor hasNextPage } } }";
        let ids = |page: &Value| -> Vec<String> {
            page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
        };
        let first = door.graphql(Some(&sun), list, json!({ "first": 3 })).await["approvals"].take();
        assert_eq!(ids(&first), [approvals[2].clone(), approvals[1].clone(), approvals[0].clone()]);
        let rest = json!({ "first": 3, "after": first["pageInfo"]["endCursor"] });
        let rest = door.graphql(Some(&sun), list, rest).await["approvals"].take();
        assert_eq!(ids(&rest), [approvals[3].clone()]);
        let back = json!({ "last": 2, "before": rest["pageInfo"]["startCursor"] });
        let back = door.graphql(Some(&sun), list, back).await["approvals"].take();
        assert_eq!(ids(&back), [approvals[1].clone(), approvals[0].clone()]);

        let staff = door.graphql(Some(&admin), "{ staffMembers(first: 2) { nodes { name roles } } }", json!({})).await;
        assert_eq!(staff["staffMembers"]["nodes"], json!([
            { "name": "sun", "roles": ["SUPPORT"] }, { "name": "zhao", "roles": ["FINANCE"] },
        ]));
        let log = "{ auditLines(first: 9, filter: { action: \"propose\" }) { nodes { actor subject } } }";
        let log = door.graphql(Some(&admin), log, json!({})).await;
        assert_eq!(log["auditLines"]["nodes"].as_array().unwrap().len(), 4);
    }
}
