//! A person looks at where they are signed in, and ends what they do not know.

use std::time::{Duration, Instant};

use app::App;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::found;

const WANG: &str = "h-wang-owner@hearth.example";

/// How long a revoked session may still be believed by another process.
const BOUND: Duration = Duration::from_secs(1);

async fn sessions(door: &Door<'_>, token: &str) -> Vec<Value> {
    let query = "{ me { sessions { id createdAt expiresAt isCurrent } } }";
    door.graphql(Some(token), query, json!({})).await["me"]["sessions"].as_array().unwrap().clone()
}

async fn revoke(door: &Door<'_>, token: &str, session: &Value) -> Value {
    let mutation =
        "mutation($input: RevokeSessionInput!) { revokeSession(input: $input) { isRevoked userErrors { code } } }";
    door.graphql(Some(token), mutation, json!({ "input": { "sessionId": session } })).await["revokeSession"].take()
}

async fn is_believed(app: &App, token: &str) -> bool {
    app.authenticate(token).await.unwrap().is_some()
}

/// Asks until the answer is no.
async fn wait_for_disbelief(app: &App, token: &str) -> Duration {
    let begun = Instant::now();
    let mut again = tokio::time::interval(Duration::from_millis(10));
    while is_believed(app, token).await {
        again.tick().await;
        assert!(begun.elapsed() < Duration::from_secs(10), "a revoked session is believed for ever");
    }
    begun.elapsed()
}

on_both_engines! {
    async fn a_lost_phone_is_thrown_out_everywhere_within_a_second(world: TestApp) {
        found(world.app(), "H-WANG").await;
        found(world.app(), "H-LI").await;
        let door = Door::open(&world).await;
        let (phone, tablet) = (door.sign_in(WANG).await, door.sign_in(WANG).await);
        let stranger = door.sign_in("h-li-owner@hearth.example").await;
        let another = world.another();

        let listed = sessions(&door, &tablet).await;
        assert_eq!(listed.iter().filter(|session| session["isCurrent"] == true).count(), 1);
        assert_eq!(listed.len(), 2);
        let lost = listed.iter().find(|session| session["isCurrent"] == false).unwrap()["id"].clone();
        assert!(lost.as_str().unwrap().starts_with("se_"), "{lost}");
        // Whose it is not answers as if it were not there.
        let not_there = json!({ "isRevoked": null, "userErrors": [{ "code": "NO_SUCH_SESSION" }] });
        assert_eq!(revoke(&door, &stranger, &lost).await, not_there);
        assert_eq!(revoke(&door, &tablet, &json!("se_00000000000000000000000000000000")).await, not_there);
        assert_eq!(revoke(&door, &tablet, &json!("hh_00000000000000000000000000000000")).await, not_there);

        // The other process has just seen the phone, and remembers it for as long as it ever does.
        assert!(is_believed(&another, &phone).await);
        let done = json!({ "isRevoked": true, "userErrors": [] });
        assert_eq!(revoke(&door, &tablet, &lost).await, done);
        let revoked_at = Instant::now();

        assert!(!is_believed(world.app(), &phone).await, "the process that revoked it knows at once");
        wait_for_disbelief(&another, &phone).await;
        assert!(revoked_at.elapsed() < BOUND, "{:?}", revoked_at.elapsed());
        assert!(is_believed(&another, &tablet).await);
        assert_eq!(revoke(&door, &tablet, &lost).await, not_there);
        assert_eq!(sessions(&door, &tablet).await.len(), 1);
        assert_eq!(door.graphql(Some(&stranger), "{ me { sessions { isCurrent } } }", json!({})).await,
            json!({ "me": { "sessions": [{ "isCurrent": true }] } }));
    }

    async fn all_other_sessions_end_and_a_stolen_token_ends_none(world: TestApp) {
        found(world.app(), "H-WANG").await;
        let door = Door::open(&world).await;
        let (mine, stolen, third) = (door.sign_in(WANG).await, door.sign_in(WANG).await, door.sign_in(WANG).await);
        let thief = world.app().authenticate(&stolen).await.unwrap().unwrap();
        let others = "mutation { revokeOtherSessions { revokedCount userErrors { code } } }";

        let answer = door.graphql(Some(&mine), others, json!({})).await;
        assert_eq!(answer["revokeOtherSessions"], json!({ "revokedCount": 2, "userErrors": [] }));
        assert!(!is_believed(world.app(), &stolen).await && !is_believed(world.app(), &third).await);
        let again = door.graphql(Some(&mine), others, json!({})).await;
        assert_eq!(again["revokeOtherSessions"], json!({ "revokedCount": 0, "userErrors": [] }));

        // Believed for another moment by some process, the revoked one still throws nobody out.
        let refused = world.another().revoke_other_sessions(&thief).await.unwrap();
        assert_eq!(refused, Err(app::accounts::NotSignedIn));
        let owner = world.app().authenticate(&mine).await.unwrap().unwrap();
        let refused = world.another().revoke_session(&thief, owner.session).await.unwrap();
        assert_eq!(refused, Err(app::accounts::RevokeSessionRefusal::NotSignedIn));
        assert!(is_believed(&world.another(), &mine).await);
    }

    async fn of_very_many_sessions_the_newest_hundred_are_listed(world: TestApp) {
        let wang = found(world.app(), "H-WANG").await;
        let door = Door::open(&world).await;
        let token = door.sign_in(WANG).await;
        let template = "INSERT INTO sessions (token_hash, id, person_id, created_at, expires_at) SELECT $HASH, $ID, person_id, \
             created_at - $N, expires_at FROM sessions WHERE revoked_at IS NULL AND created_at = (SELECT max(created_at) FROM sessions)";
        for n in 1..=120 {
            let (hash, id) = if world.db().engine() == testkit::Engine::Sqlite {
                (format!("x'{n:064x}'"), format!("x'{n:032x}'"))
            } else {
                (format!("'\\x{n:064x}'::bytea"), format!("'{n:032x}'::uuid"))
            };
            let sql = template.replace("$HASH", &hash).replace("$ID", &id).replace("$N", &n.to_string());
            assert_eq!(world.db().execute(&sql).await, Ok(1));
        }

        let listed = sessions(&door, &token).await;
        assert_eq!((listed.len(), &listed[0]["isCurrent"]), (100, &json!(true)));
        let owner = world.app().authenticate(&token).await.unwrap().unwrap();
        assert_eq!(owner.person, wang.person);
        assert_eq!(world.app().revoke_other_sessions(&owner).await.unwrap(), Ok(120));
        assert_eq!(sessions(&door, &token).await.len(), 1);
    }
}
