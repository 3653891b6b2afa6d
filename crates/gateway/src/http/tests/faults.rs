//! What a caller learns when we break: that we did, and a number to ask about.

use accounts::Role;
use poem::http::StatusCode;
use serde_json::json;
use testkit::on_both_engines;

use super::Door;

on_both_engines! {
    async fn internals_are_masked(door: Door) {
        door.world.db().execute("ALTER TABLE perks RENAME TO gone").await.unwrap();

        let answer = door.ask(None, "{perks(first:1){nodes{id}}}", json!({})).await;

        assert_eq!((answer.status, &answer.body["data"]), (StatusCode::OK, &json!(null)));
        assert_eq!(answer.error().0, "INTERNAL");
        assert_eq!(answer.body["errors"][0]["path"], json!(["perks"]));
        assert_eq!(answer.body["errors"][0]["extensions"]["requestId"].as_str().map(str::len), Some(36));
        for word in ["perks_", "gone", "table", "relation", "SELECT", "sql"] {
            assert!(!answer.text.contains(word), "{word}: {}", answer.text);
        }
    }

    async fn a_failing_mutation_leaves_what_its_neighbours_did(door: Door) {
        door.set_rule().await;
        door.add_member("H-1", "wang", Role::Owner).await;
        door.earn("H-1", 30_000).await;
        let perk = door.define_perk(100, 5, 5).await;
        let token = door.sign_in("wang").await;
        let two = "mutation($p:ID!){a:redeemPerk(input:{perkId:$p,idempotencyKey:\"0123456789abcdef\"}){grant{price}}
            b:redeemPerk(input:{perkId:\"nonsense\",idempotencyKey:\"0123456789abcdef\"}){grant{price}}}";

        let answer = door.ask(Some(&token), two, json!({ "p": perk })).await;

        assert_eq!(answer.body["data"], json!({ "a": { "grant": { "price": 100 } }, "b": null }));
        assert_eq!(answer.error(), ("BAD_USER_INPUT", "MALFORMED_ID"));
        assert_eq!(door.world.db().count("grants").await, 1);
    }

    async fn a_broken_database_does_not_sign_anybody_in(door: Door) {
        door.world.db().execute("ALTER TABLE sessions RENAME TO gone").await.unwrap();

        let answer = door.ask(Some(&"0".repeat(64)), "{me{id}}", json!({})).await;

        assert_eq!((answer.status, answer.error().0), (StatusCode::SERVICE_UNAVAILABLE, "INTERNAL"));
        assert!(!answer.text.contains("session"), "{}", answer.text);
    }
}
