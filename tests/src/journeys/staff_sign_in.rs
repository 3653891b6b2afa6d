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

    async fn a_changed_password_ends_every_session_and_the_old_one_lets_nobody_in(world: TestApp) {
        let app = world.app();
        let mut li = hire(app, "li.na", "admin".parse().unwrap()).await;
        let (thief, token) = (li.sign_in(app).await, li.sign_in(app).await);
        let door = Door::open(&world).await;
        let change = async |token: &str, current: &str, code: &str, new: &str| {
            let query = "mutation($input: ChangeStaffPasswordInput!) { changeStaffPassword(input: $input) { isChanged userErrors { code } } }";
            let input = json!({ "currentPassword": current, "code": code, "newPassword": new });
            door.graphql(Some(token), query, json!({ "input": input })).await["changeStaffPassword"].take()
        };
        let refused = |code: &str| json!({ "isChanged": null, "userErrors": [{ "code": code }] });
        let new = "another horse battery";

        assert_eq!(change(&thief, "wrong horse battery", &li.code(app), new).await, refused("WRONG_CREDENTIALS"));
        assert_eq!(change(&thief, PASSWORD, "000000", new).await, refused("WRONG_CREDENTIALS"));
        assert_eq!(change(&token, PASSWORD, &li.code(app), "short").await, refused("BAD_PASSWORD"));
        assert!(app.authenticate_staff(&thief).await.unwrap().is_some());
        let done = change(&token, PASSWORD, &li.code(app), new).await;
        assert_eq!(done, json!({ "isChanged": true, "userErrors": [] }));

        for token in [&thief, &token] {
            assert_eq!(app.authenticate_staff(token).await.unwrap(), None);
        }
        // The code was used up by the change; the next one comes with the next half minute.
        world.clock().advance(chrono::TimeDelta::seconds(30));
        assert_eq!(sign_in(&door, "li.na", PASSWORD, &li.code(app)).await["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        assert_eq!(sign_in(&door, "li.na", new, &li.code(app)).await["userErrors"], json!([]));
        let lines = "SELECT detail FROM audit_lines WHERE action = 'change_staff_password' ORDER BY id";
        let lines = world.db().texts(lines).await.concat();
        assert_eq!(lines, ["refused: the password is wrong", "refused: the code is wrong", "2 sessions ended"]);
    }

    async fn guessing_with_a_stolen_session_locks_the_name_out(world: TestApp) {
        let app = world.app();
        let mut li = hire(app, "li.na", "admin".parse().unwrap()).await;
        let thief = li.principal(app).await;
        let change = |current: &str, code: String| app::staff::ChangeStaffPassword {
            current: current.to_owned(),
            code,
            new: accounts::Password::parse("another horse battery").unwrap(),
        };
        for _ in 0..accounts::MAX_FAILED_STAFF_SIGN_INS {
            let guess = app.change_staff_password(&thief, change("wrong horse battery", li.code(app))).await.unwrap();
            assert_eq!(guess, Err(app::staff::WrongStaffCredentials));
        }
        let right = app.change_staff_password(&thief, change(PASSWORD, li.code(app))).await.unwrap();
        assert_eq!(right, Err(app::staff::WrongStaffCredentials));
        world.clock().advance(accounts::STAFF_LOCK_OUT);
        let (one, two) = tokio::join!(
            app.change_staff_password(&thief, change(PASSWORD, li.code(app))),
            app.change_staff_password(&thief, change(PASSWORD, li.code(app)))
        );
        // Pressed twice at once: the second finds another password, and its code used.
        assert_eq!([one.unwrap(), two.unwrap()].iter().filter(|answer| answer.is_ok()).count(), 1);
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
