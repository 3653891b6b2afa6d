//! What each role of the staff may do, as rows of the access matrix: tried role by role, and again after the role is taken away.

use accounts::StaffRole;
use gateway::GatewayOptions;
use poem::Route;
use serde_json::Value;
use testkit::{TestApp, on_both_engines};

use super::access::{Meets, ask, meets};
use crate::{
    staff::hire,
    world::{define_perk, earn, found, redeem, set_rule, sign_in_owner, study_of},
};
use Meets::{No, Yes};

/// The row of the matrix, a request, and what a member and then support, perks, finance, auditor and admin meet, each alone.
/// `$H` stands for a household, `$M` for its owner, `$S` for one of the staff, `$A` for an approval of finance's that waits, `$R` for one of an
/// admin's, `$P` for an adjustment, `$V` for the owner's death as it is previewed, `$C` for the household's community, `$Y` for a study that
/// is drafted, `$KEY` for a key nobody used.
const ROWS: &[(u8, &str, [Meets; 6])] = &[
    // What members see of themselves is no door for the staff; theirs shows no names, and support says why.
    (1, "{ f: household(id: \"$H\") { assetAccount { available } } }", [Yes, No, No, No, No, No]),
    (1, "{ f: householdAccount(householdId: \"$H\", reason: \"call 17\") { available } }", [No, Yes, No, Yes, Yes, No]),
    (15, "{ f: staffPayRequests { id amount { amountMinor } } }", [No, Yes, No, Yes, Yes, No]),
    (19, "{ f: paymentsInBalance { payments unknown refunds } }", [No, Yes, No, Yes, Yes, No]),
    // Support alone looks into what somebody eats and whom a number belongs to; the log keeps why.
    (
        2,
        "mutation { f: readHealthTags(input: { householdId: \"$H\", personId: \"$M\", reason: \"x\" }) { userErrors { code } } }",
        [No, Yes, No, No, No, No],
    ),
    (
        1,
        "mutation { f: findPersonsByContact(input: { contact: \"13800138000\", reason: \"x\" }) { userErrors { code } } }",
        [No, Yes, No, No, No, No],
    ),
    (
        4,
        "{ f: householdAccount(householdId: \"$H\", reason: \"call 17\") { statement(first: 1) { nodes { points } } } }",
        [No, Yes, No, Yes, Yes, No],
    ),
    (
        5,
        "mutation { f: adjustPoints(input: { householdId: \"$H\", adjustment: CREDIT, points: 1, reason: \"x\", idempotencyKey: \
         \"$KEY\" }) { userErrors { code } } }",
        [No, Yes, No, Yes, No, No],
    ),
    (
        5,
        "mutation { f: adjustPoints(input: { householdId: \"$H\", adjustment: CREDIT, points: 1001, reason: \"x\", \
         idempotencyKey: \"$KEY\" }) { userErrors { code } } }",
        [No, Yes, No, Yes, No, No],
    ),
    (
        6,
        "mutation { f: decideApproval(input: { approvalId: \"$A\", verdict: APPROVE, idempotencyKey: \"$KEY\" }) { userErrors { \
         code } } }",
        [No, No, No, Yes, No, No],
    ),
    (
        6,
        "mutation { f: reverseAdjustment(input: { householdId: \"$H\", postingId: \"$P\", reason: \"x\", idempotencyKey: \
         \"$KEY\" }) { userErrors { code } } }",
        [No, No, No, Yes, No, No],
    ),
    (6, "{ f: approvals(first: 1) { nodes { id } } }", [No, Yes, No, Yes, Yes, Yes]),
    // A death changes a household as a merger does: the same two decide it.
    (22, "{ f: previewDeath(personId: \"$M\", reason: \"call 17\") { version } }", [No, Yes, No, No, No, Yes]),
    (
        22,
        "mutation { f: recordDeath(input: { personId: \"$M\", diedOn: \"2020-02-29\", version: \"$V\", reason: \"x\", \
         idempotencyKey: \"$KEY\" }) { userErrors { code } } }",
        [No, Yes, No, No, No, Yes],
    ),
    (
        9,
        "mutation { f: defineGathering(input: { code: \"$KEY\", nameZh: \"x\", nameEn: \"x\", termsZh: \"x\", termsEn: \"x\", placeZh: \"x\", \
         placeEn: \"x\", price: 1, seats: 1, seatsPerHousehold: 1, startsAt: \"2099-01-02T00:00:00Z\", endsAt: \"2099-01-03T00:00:00Z\", \
         fullReturnUntil: \"2099-01-01T00:00:00Z\", partReturnUntil: \"2099-01-02T00:00:00Z\", partReturnPercent: 50 }) { userErrors { \
         code } } }",
        [No, No, Yes, No, No, No],
    ),
    (
        32,
        "mutation { f: advanceStudy(input: { studyId: \"$Y\", step: OPEN, reason: \"x\", idempotencyKey: \"$KEY\" }) { userErrors { \
         code } } }",
        [No, No, Yes, No, Yes, No],
    ),
    (46, "{ f: auditLines(first: 1) { nodes { id } } }", [No, No, No, No, Yes, Yes]),
    (48, "{ f: staffMembers(first: 1) { nodes { id } } }", [No, No, No, No, Yes, Yes]),
    (
        48,
        "mutation { f: changeStaffRoles(input: { staffId: \"$S\", roles: [PERKS], reason: \"x\", idempotencyKey: \"$KEY\" }) { \
         userErrors { code } } }",
        [No, No, No, No, No, Yes],
    ),
    (
        48,
        "mutation { f: decideApproval(input: { approvalId: \"$R\", verdict: APPROVE, idempotencyKey: \"$KEY\" }) { userErrors { \
         code } } }",
        [No, No, No, No, No, Yes],
    ),
    (
        48,
        "mutation { f: changeStaffAccess(input: { staffId: \"$S\", change: CLOSE, reason: \"x\", idempotencyKey: \"$KEY\" }) { \
         userErrors { code } } }",
        [No, No, No, No, No, Yes],
    ),
    // Who leads sees a community: admins say so, as they say who is of the staff.
    (48, "{ f: communities(first: 1) { nodes { id } } }", [No, Yes, No, No, Yes, Yes]),
    (
        48,
        "{ f: growthShares(communityId: \"$C\", leaderId: \"$M\", month: \"2026-11\") { shareFen } }",
        [No, No, No, Yes, Yes, Yes],
    ),
    (
        48,
        "mutation { f: appointLeader(input: { communityId: \"$C\", personId: \"$M\", reason: \"x\" }) { userErrors { code } } }",
        [No, No, No, No, No, Yes],
    ),
    (
        48,
        "mutation { f: endLeader(input: { communityId: \"$C\", personId: \"$M\", reason: \"x\" }) { userErrors { code } } }",
        [No, No, No, No, No, Yes],
    ),
    (
        22,
        "mutation { f: changeCommunity(input: { householdId: \"$H\", communityId: \"$C\", reason: \"x\" }) { userErrors { code } } }",
        [No, Yes, No, No, No, Yes],
    ),
    // The matrix has no row of webhooks and keys: who may open that door may let everything out.
    (0, "{ f: webhooks(first: 1) { nodes { id } } }", [No, No, No, No, Yes, Yes]),
    (0, "{ f: webhookDeliveries(first: 1) { nodes { id } } }", [No, No, No, No, Yes, Yes]),
    (0, "{ f: eventKeys { id } }", [No, No, No, No, Yes, Yes]),
    (
        0,
        "mutation { f: addWebhook(input: { url: \"https://shop.example/hooks\" }) { userErrors { code } } }",
        [No, No, No, No, No, Yes],
    ),
    (0, "mutation { f: issueEventKey { userErrors { code } } }", [No, No, No, No, No, Yes]),
];

async fn one(routes: &Route, token: &str, query: &str, path: &str) -> String {
    let answer = ask(routes, Some(token), query).await;
    let found = answer["data"]["f"].pointer(path).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{path}: {answer}")).to_owned()
}

on_both_engines! {
    async fn every_role_meets_what_its_row_says(world: TestApp) {
        let app = world.app();
        let routes = gateway::routes(app.clone(), &GatewayOptions::default());
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let (household, owner) = (wang.household.unwrap().0.to_string(), wang.person.to_string());
        let member = sign_in_owner(&world, "H-WANG").await;
        let mut people = Vec::new();
        for role in StaffRole::ALL {
            people.push((role, hire(app, role.word(), accounts::StaffRoles::of([role]).unwrap()).await.sign_in(app).await));
        }
        let finance = hire(app, "second-finance", "finance".parse().unwrap()).await.sign_in(app).await;
        let admin = hire(app, "second-admin", "admin".parse().unwrap()).await.sign_in(app).await;
        let mut count = 0;
        let mut key = || {
            count += 1;
            format!("access-{count:010}")
        };

        for (row, request, expected) in ROWS {
            let actors = std::iter::once(("a member", &member)).chain(people.iter().map(|(role, token)| (role.word(), token)));
            for ((actor, token), expected) in actors.zip(expected) {
                // What an act uses up is made anew for each who tries it, where the row names it.
                let mut request = request.replace("$H", &household).replace("$M", &owner);
                let adjust = |points: i64, key: String| format!("mutation {{ f: adjustPoints(input: {{ householdId: \"{household}\", adjustment: CREDIT, points: {points}, reason: \"x\", idempotencyKey: \"{key}\" }}) {{ postingId approval {{ id }} }} }}");
                if request.contains("$P") {
                    request = request.replace("$P", &one(&routes, &finance, &adjust(7, key()), "/postingId").await);
                }
                if request.contains("$A") {
                    request = request.replace("$A", &one(&routes, &finance, &adjust(1_001, key()), "/approval/id").await);
                }
                if request.contains("$S") || request.contains("$R") {
                    let target = hire(app, &format!("target-{}", key()), "support".parse().unwrap()).await.id.to_string();
                    let roles = format!("mutation {{ f: changeStaffRoles(input: {{ staffId: \"{target}\", roles: [AUDITOR], reason: \"x\", idempotencyKey: \"{}\" }}) {{ approval {{ id }} }} }}", key());
                    let change = one(&routes, &admin, &roles, "/approval/id").await;
                    request = request.replace("$S", &target).replace("$R", &change);
                }
                if request.contains("$C") {
                    request = request.replace("$C", &one(&routes, &admin, "{ f: communities(first: 1) { nodes { id } } }", "/nodes/0/id").await);
                }
                if request.contains("$V") {
                    let look = format!("{{ f: previewDeath(personId: \"{owner}\", reason: \"x\") {{ version }} }}");
                    request = request.replace("$V", &one(&routes, &admin, &look, "/version").await);
                }
                if request.contains("$Y") {
                    let asked = study_of(app, &["A", "B"], cocreation::PanelRule::default());
                    request = request.replace("$Y", &app.draft_study(&asked).await.unwrap().unwrap().id.to_string());
                }
                let request = request.replace("$KEY", &key());
                let answer = ask(&routes, Some(token), &request).await;
                assert_eq!(meets(&answer), *expected, "row {row} as {actor}: {request} {answer}");
            }
        }
    }

    async fn the_staff_sees_figures_without_names_and_support_says_why(world: TestApp) {
        let app = world.app();
        let routes = gateway::routes(app.clone(), &GatewayOptions::default());
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "1000").await;
        let perk = define_perk(app, 100, 10, 5).await;
        app.redeem_perk(&wang, &redeem(perk.id, "0123456789abcdef")).await.unwrap().unwrap();
        let household = wang.household.unwrap().0.to_string();
        let support = hire(app, "sun", "support".parse().unwrap()).await.sign_in(app).await;
        let finance = hire(app, "li", "finance".parse().unwrap()).await.sign_in(app).await;
        let view = |reason: &str, fields: &str| format!("{{ f: householdAccount(householdId: \"{household}\"{reason}) {{ {fields} }} }}");
        let says_why = ", reason: \"call 17\"";
        let views = "audit_lines WHERE action = 'view_account' AND detail = 'call 17'";

        let refused = ask(&routes, Some(&support), &view("", "available")).await;
        assert_eq!(refused["errors"][0]["extensions"]["reason"], "REASON_MISSING", "{refused}");
        let unseen = ask(&routes, Some(&support), &view(", reason: \" \"", "available")).await;
        assert_eq!(unseen["errors"][0]["extensions"]["reason"], "BAD_REASON", "{unseen}");
        assert_eq!(world.db().count(views).await, 0);
        for (token, reason) in [(&support, says_why), (&finance, "")] {
            let seen = ask(&routes, Some(token), &view(reason, "available statement(first: 1) { nodes { kind points } }")).await;
            assert_eq!(seen["data"]["f"]["available"], 900, "{seen}");
            assert_eq!(seen["data"]["f"]["statement"]["nodes"][0]["points"], -100);
            let named = ask(&routes, Some(token), &view(reason, "statement(first: 1) { nodes { person { name } } }")).await;
            assert_eq!(named["errors"][0]["extensions"]["code"], "FORBIDDEN", "{named}");
            assert!(!named.to_string().contains("H-WANG"), "{named}");
        }
        assert_eq!(world.db().count(views).await, 2);
        let nobody = view(says_why, "available").replace(&household, "hh_00000000000000000000000000000000");
        assert_eq!(ask(&routes, Some(&support), &nobody).await["data"]["f"], Value::Null);
    }
}
