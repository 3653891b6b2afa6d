//! A member dies: support says what it was told, an admin agrees, and the family goes on with its points.

use accounts::Role;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::{
    staff::hire,
    world::{add_person, earn, found, set_rule},
};

const PREVIEW: &str = "query($p: ID!, $h: ID) { previewDeath(personId: $p, heirId: $h, reason: \"call 17\") { \
     version obstacle succession kinLinksEnding \
     household { role heirIds membersStaying pointsStaying pointsContributed owed rightsStaying invitationsEnding } } }";
const RECORD: &str = "mutation($input: RecordDeathInput!) { recordDeath(input: $input) { \
     approval { id state act { __typename ... on DeathRecord { personId heirId diedOn } } } userErrors { code field } } }";
const DECIDE: &str = "mutation($input: DecideApprovalInput!) { decideApproval(input: $input) { \
     approval { state outcomeId } because userErrors { code } } }";

on_both_engines! {
    async fn an_owner_dies_and_the_household_passes_to_whom_two_of_the_staff_agree_on(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let owner = found(app, "H-WANG").await.person.to_string();
        let senior = add_person(app, "H-WANG", "senior", Role::Senior).await.person.to_string();
        earn(app, "H-WANG", "380").await;
        let sun = hire(app, "sun", "support".parse().unwrap()).await.sign_in(app).await;
        let wu = hire(app, "wu", "admin".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        let of_owner = door.sign_in("h-wang-owner@hearth.example").await;
        let of_senior = door.sign_in("senior@hearth.example").await;

        let unsettled = door.graphql(Some(&sun), PREVIEW, json!({ "p": owner })).await["previewDeath"].take();
        assert_eq!((&unsettled["obstacle"], &unsettled["succession"]), (&json!("HEIR_NEEDED"), &Value::Null));
        let preview = door.graphql(Some(&sun), PREVIEW, json!({ "p": owner, "h": senior })).await["previewDeath"].take();
        assert_eq!((&preview["obstacle"], &preview["succession"]), (&Value::Null, &json!("PASSES_TO_HEIR")));
        assert_eq!(preview["household"], json!({
            "role": "OWNER", "heirIds": [senior], "membersStaying": 1, "pointsStaying": 380, "pointsContributed": 0, "owed": 0,
            "rightsStaying": 0, "invitationsEnding": 0,
        }));

        let record = |version: &Value| json!({ "input": {
            "personId": owner, "heirId": senior, "diedOn": "2020-02-29", "version": version, "reason": "certificate 17",
            "idempotencyKey": "death-00000000001",
        } });
        let stale = door.graphql(Some(&sun), RECORD, record(&unsettled["version"])).await["recordDeath"].take();
        assert_eq!(stale["userErrors"], json!([{ "code": "STALE", "field": ["input", "version"] }]));
        let proposed = door.graphql(Some(&sun), RECORD, record(&preview["version"])).await["recordDeath"].take();
        assert_eq!(proposed["approval"]["act"], json!({
            "__typename": "DeathRecord", "personId": owner, "heirId": senior, "diedOn": "2020-02-29",
        }));
        let approve = json!({ "input": {
            "approvalId": proposed["approval"]["id"], "verdict": "APPROVE", "idempotencyKey": "decide-0000000001",
        } });
        let alone = door.graphql(Some(&sun), DECIDE, approve.clone()).await["decideApproval"].take();
        assert_eq!(alone["userErrors"], json!([{ "code": "SAME_PERSON" }]));
        let decided = door.graphql(Some(&wu), DECIDE, approve).await["decideApproval"].take();
        assert_eq!(decided["approval"], json!({ "state": "APPROVED", "outcomeId": owner }));

        let me = "{ me { household { members { role person { name } } assetAccount { available } } } }";
        let family = door.graphql(Some(&of_senior), me, json!({})).await["me"]["household"].take();
        assert_eq!(family["members"], json!([{ "role": "OWNER", "person": { "name": "senior" } }]));
        assert_eq!(family["assetAccount"]["available"], 380);
        assert_eq!(app.authenticate(&of_owner).await.unwrap(), None);
        let again = door.graphql(Some(&sun), PREVIEW, json!({ "p": owner })).await;
        assert_eq!(again["previewDeath"], Value::Null);
    }
}
