//! Somebody of the staff signs in at the door, and nobody passes for another.

use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::{
    staff::{PASSWORD, hire},
    world::found,
};

const SIGN_IN: &str = "mutation($input: StaffSignInInput!) { staffSignIn(input: $input) { \
     token staffId roles userErrors { code message field retryable } } }";

async fn sign_in(door: &Door<'_>, name: &str, password: &str, code: &str) -> Value {
    let input = json!({ "name": name, "password": password, "code": code });
    door.graphql(None, SIGN_IN, json!({ "input": input })).await["staffSignIn"].take()
}

on_both_engines! {
    async fn staff_and_members_have_sessions_apart(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        let li = hire(app, "li.na", "support,finance".parse().unwrap()).await;
        let door = Door::open(&world).await;
        let member = door.sign_in("h-wang-owner@hearth.example").await;

        let signed_in = sign_in(&door, "li.na", PASSWORD, &li.code(app)).await;
        assert_eq!(signed_in["userErrors"], json!([]));
        assert_eq!(signed_in["roles"], json!(["SUPPORT", "FINANCE"]));
        let token = signed_in["token"].as_str().unwrap();

        let who = "{ me { name } staff { name roles } }";
        let as_staff = door.graphql(Some(token), who, json!({})).await;
        assert_eq!(as_staff, json!({ "me": null, "staff": { "name": "li.na", "roles": ["SUPPORT", "FINANCE"] } }));
        let as_member = door.graphql(Some(&member), who, json!({})).await;
        assert_eq!(as_member, json!({ "me": { "name": "H-WANG-owner" }, "staff": null }));

        let out = "mutation { staffSignOut { isSignedOut userErrors { code } } }";
        let refused = door.graphql(Some(&member), out, json!({})).await;
        assert_eq!(refused["staffSignOut"]["userErrors"], json!([{ "code": "NOT_SIGNED_IN" }]));
        let done = door.graphql(Some(token), out, json!({})).await;
        assert_eq!(done["staffSignOut"], json!({ "isSignedOut": true, "userErrors": [] }));
        assert_eq!(app.authenticate_staff(token).await.unwrap(), None);
    }

    async fn every_wrong_way_in_reads_the_same(world: TestApp) {
        let app = world.app();
        let li = hire(app, "li.na", "admin".parse().unwrap()).await;
        let door = Door::open(&world).await;
        let code = li.code(app);

        let expected = json!({ "token": null, "staffId": null, "roles": null, "userErrors": [{
            "code": "WRONG_CREDENTIALS", "field": null, "retryable": false,
            "message": "The name, the password or the code is wrong, or too many tries failed. Please try again later.",
        }] });
        for (name, password, typed) in [
            ("li.na", "wrong horse battery", code.as_str()),
            ("li.na", PASSWORD, "nonsense"),
            ("nobody", PASSWORD, code.as_str()),
            ("", "", ""),
            ("李娜\u{202e}", PASSWORD, code.as_str()),
            ("li.na", &"x".repeat(10_000), code.as_str()),
            ("li.na", PASSWORD, ""),
            ("li.na", PASSWORD, "0"),
            // The fifth failure: now the right one is locked out too.
            ("li.na", PASSWORD, code.as_str()),
        ] {
            assert_eq!(sign_in(&door, name, password, typed).await, expected, "{name} {typed}");
        }
        assert_eq!(world.db().count("staff_sessions").await, 0);
    }
}
