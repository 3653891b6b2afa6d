//! Rows of the forty bad inputs that reach this door: a named error, no 5xx, nothing changed.

use std::{sync::Arc, time::Instant};

use accounts::Role;
use poem::http::StatusCode;
use serde_json::{Value, json};
use testkit::{Engine, on_both_engines, run};

use super::{Answer, Door};
use crate::GatewayOptions;

const REDEEM: &str = "mutation($p:ID!,$k:String!){redeemPerk(input:{perkId:$p,idempotencyKey:$k}){\
    grant{id} shortBy maturesOn userErrors{code field retryable}}}";

/// A household with 300 points and a perk for 100, and who may spend them.
async fn neighbourhood(door: &Door) -> (String, String) {
    door.set_rule().await;
    door.add_member("H-1", "wang", Role::Owner).await;
    door.earn("H-1", 30_000).await;
    (door.sign_in("wang").await, door.define_perk(100, 10, 5).await)
}

async fn count_grants(door: &Door) -> u64 {
    door.world.db().count("grants").await
}

fn redeem_error(answer: &Answer) -> &str {
    answer.body["data"]["redeemPerk"]["userErrors"][0]["code"].as_str().unwrap_or_default()
}

#[test]
fn rows_4_and_5_numbers_that_are_none() {
    run(Engine::Sqlite, async |door: Door| {
        for first in
            [json!(1.5), json!("1e3"), json!("１００"), json!("0x10"), json!("1"), json!(true), json!([]), json!(1e3)]
        {
            let answer = door.ask(None, "query($n:Int){perks(first:$n){nodes{id}}}", json!({ "n": first })).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{first}");
            assert_eq!(answer.error().0, "BAD_USER_INPUT", "{first}");
        }
        for body in [r#"{"query":"{a}","variables":{"n":NaN}}"#, r#"{"query":"{a}","variables":{"n":Infinity}}"#] {
            assert_eq!(door.post(&[("content-type", "application/json")], body).await.status, StatusCode::BAD_REQUEST);
        }
        let nothing = door.ask(None, "query($n:Int){perks(first:$n){nodes{id}}}", json!({ "n": null })).await;
        assert_eq!(nothing.error(), ("BAD_USER_INPUT", "BAD_PAGE"));
    });
}

on_both_engines! {
    async fn rows_6_and_7_keys_twice_and_fields_that_are_not_there(door: Door) {
        let (token, perk) = neighbourhood(&door).await;
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
        let twice = json!({ "query": REDEEM, "variables": { "p": perk, "k": "key-key-key-key-1" } }).to_string();
        let twice = twice.replace(r#""k":"#, r#""k":"another-key-0001","k":"#);
        assert_eq!(door.post(&headers, twice).await.error(), ("BAD_USER_INPUT", "MALFORMED_BODY"));

        for extra in ["householdId", "role", "balance", "points"] {
            let input = json!({ "perkId": perk, "idempotencyKey": "key-key-key-key-1", extra: "1" });
            let query = "mutation($i:RedeemPerkInput!){redeemPerk(input:$i){grant{id}}}";
            let answer = door.ask(Some(&token), query, json!({ "i": input })).await;
            assert_eq!((answer.status, answer.error().0), (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"), "{extra}");
            assert_eq!(answer.body.get("data"), None);
        }
        let literal = format!(
            "mutation{{redeemPerk(input:{{perkId:\"{perk}\",perkId:\"{perk}\",idempotencyKey:\"key-key-key-key-1\"}}){{grant{{id}}}}}}"
        );
        assert_eq!(door.ask(Some(&token), &literal, json!({})).await.error().1, "DUPLICATE_INPUT_FIELD");
        assert_eq!(count_grants(&door).await, 0);
    }

    async fn rows_8_and_10_ids_of_others_answer_like_random_ones(door: Door) {
        let (wang, perk) = neighbourhood(&door).await;
        door.add_member("H-2", "li", Role::Owner).await;
        let li = door.sign_in("li").await;
        let answer = door.ask(Some(&wang), REDEEM, json!({ "p": perk, "k": "key-key-key-key-1" })).await;
        let grant = answer.data()["redeemPerk"]["grant"]["id"].as_str().unwrap().to_owned();
        let household = door.household_of(&wang).await;
        let line = door.ask(Some(&wang), &format!("{{household(id:\"{household}\"){{assetAccount{{statement(first:1){{nodes{{id}}}}}}}}}}"), json!({})).await;
        let line = line.data()["household"]["assetAccount"]["statement"]["nodes"][0]["id"].as_str().unwrap().to_owned();
        let person = door.ask(Some(&wang), "{me{id}}", json!({})).await.data()["me"]["id"].as_str().unwrap().to_owned();

        for id in [&household, &grant, &line, &person] {
            let (prefix, _) = id.split_once('_').unwrap();
            let random = format!("{prefix}_{}", "0".repeat(32));
            for token in [Some(li.as_str()), None] {
                let ask = |id: String| door.ask(token, "query($i:ID!){node(id:$i){id}}", json!({ "i": id }));
                let (theirs, nobodys) = (ask(id.clone()).await, ask(random.clone()).await);
                assert_eq!(theirs.data(), &json!({ "node": null }));
                assert_eq!(theirs.text, nobodys.text.replace("nothing", ""), "{id}");
            }
            let own = door.ask(Some(&wang), "query($i:ID!){node(id:$i){id}}", json!({ "i": id })).await;
            assert_eq!(own.data(), &json!({ "node": { "id": id } }));
        }
        let see = "query($i:ID!){household(id:$i){name members{person{name}} assetAccount{available} grants(first:1){nodes{id}}}}";
        for id in [&household, &perk, &grant] {
            let answer = door.ask(Some(&li), see, json!({ "i": id })).await;
            assert_eq!(answer.data(), &json!({ "household": null }), "{id}");
        }
        let wrong_kind = door.ask(Some(&li), REDEEM, json!({ "p": household, "k": "key-key-key-key-1" })).await;
        assert_eq!(redeem_error(&wrong_kind), "NO_SUCH_PERK");
        let unknown = door.ask(Some(&li), REDEEM, json!({ "p": format!("pk_{}", "0".repeat(32)), "k": "key-key-key-key-1" })).await;
        assert_eq!(unknown.body["data"], wrong_kind.body["data"]);
    }

    async fn row_18_keys_that_are_none(door: Door) {
        let (token, perk) = neighbourhood(&door).await;
        for key in ["".to_owned(), "short".to_owned(), "k".repeat(300), "🔑".repeat(16), "has a blank in it".to_owned()] {
            let answer = door.ask(Some(&token), REDEEM, json!({ "p": perk, "k": key })).await;
            let error = &answer.data()["redeemPerk"]["userErrors"][0];
            assert_eq!(error, &json!({ "code": "BAD_IDEMPOTENCY_KEY", "field": ["input", "idempotencyKey"], "retryable": false }), "{key}");
        }
        assert_eq!(count_grants(&door).await, 0);

        door.add_member("H-1", "son", Role::Adult).await;
        let son = door.sign_in("son").await;
        for token in [&token, &son] {
            let answer = door.ask(Some(token), REDEEM, json!({ "p": perk, "k": "key-key-key-key-1" })).await;
            assert_eq!(answer.data()["redeemPerk"]["userErrors"], json!([]));
        }
        assert_eq!(count_grants(&door).await, 2);
    }

    async fn row_19_the_same_key_for_another_perk(door: Door) {
        let (token, perk) = neighbourhood(&door).await;
        let first = door.ask(Some(&token), REDEEM, json!({ "p": perk, "k": "key-key-key-key-1" })).await;
        assert_eq!(first.body["extensions"].get("idempotentReplay"), None);
        let again = door.ask(Some(&token), REDEEM, json!({ "p": perk, "k": "key-key-key-key-1" })).await;
        assert_eq!(again.data(), first.data());
        assert_eq!(again.body["extensions"]["idempotentReplay"], json!(true));
        let other = format!("pk_{}", "1".repeat(32));
        let answer = door.ask(Some(&token), REDEEM, json!({ "p": other, "k": "key-key-key-key-1" })).await;
        assert!(["IDEMPOTENCY_KEY_REUSED", "NO_SUCH_PERK"].contains(&redeem_error(&answer)), "{answer:?}");
        assert_eq!(count_grants(&door).await, 1);
    }

    async fn row_20_the_same_key_fifty_times_at_once(door: Door) {
        let (token, perk) = neighbourhood(&door).await;
        let door = Arc::new(door);
        let asked: Vec<_> = (0..50)
            .map(|_| {
                let (door, token, perk) = (Arc::clone(&door), token.clone(), perk.clone());
                tokio::spawn(async move { door.ask(Some(&token), REDEEM, json!({ "p": perk, "k": "key-key-key-key-1" })).await })
            })
            .collect();
        let mut answers = Vec::new();
        for asked in asked {
            answers.push(asked.await.unwrap());
        }
        let replays = answers.iter().filter(|answer| answer.body["extensions"]["idempotentReplay"] == json!(true)).count();
        assert_eq!(replays, 49);
        assert!(answers.iter().all(|answer| answer.data() == answers[0].data()));
        assert_eq!(count_grants(&door).await, 1);
    }
}

#[test]
fn row_9_ids_that_are_none() {
    run(Engine::Sqlite, async |door: Door| {
        let ids: [Value; 9] = [
            json!(["pk_1"]),
            json!({ "a": 1 }),
            json!("x".repeat(10_000)),
            json!("' OR 1=1--"),
            json!("%"),
            json!("_"),
            json!("pk_\u{0}"),
            json!(""),
            json!(format!("PK_{}", "0".repeat(32).replace('0', "A"))),
        ];
        for id in ids {
            for query in [
                "query($i:ID!){perk(id:$i){id}}",
                "query($i:ID!){node(id:$i){id}}",
                "query($i:ID!){nodes(ids:[$i]){id}}",
            ] {
                let answer = door.ask(None, query, json!({ "i": id })).await;
                assert_eq!(answer.error().0, "BAD_USER_INPUT", "{id}");
                assert!(!answer.status.is_server_error());
            }
        }
    });
}

#[test]
fn rows_11_to_15_too_much_of_anything_is_refused_fast_and_runs_nothing() {
    run(Engine::Sqlite, async |door: Door| {
        let aliases: String = (0..1_000).map(|n| format!("a{n}:signOut{{isSignedOut}}")).collect();
        let few_aliases: String = (0..100).map(|n| format!("a{n}:__typename ")).collect();
        let fields = "__typename ".repeat(1_400);
        let doubling: String =
            (0..25).map(|n| format!("fragment F{n} on Query{{...F{} ...F{}}}", n + 1, n + 1)).collect();
        let mutations = (0..5).map(|n| format!("m{n}:signOut{{isSignedOut}} ")).collect::<String>();
        for (reason, query) in [
            ("QUERY_TOO_DEEP", format!("{}a{}", "{a".repeat(50), "}".repeat(50))),
            ("QUERY_TOO_DEEP", format!("{{a(b:{}", "[".repeat(3_000))),
            ("QUERY_TOO_COMPLEX", format!("{{...F0}}{doubling}fragment F25 on Query{{__typename}}")),
            ("TOO_MANY_ROOT_FIELDS", format!("{{{fields}}}")),
            ("TOO_MANY_TOKENS", format!("mutation{{{}}}", &aliases[..16_000])),
            ("TOO_MANY_ALIASES", format!("{{{few_aliases}}}")),
            ("TOO_MANY_MUTATIONS", format!("mutation{{{mutations}}}")),
            ("TOO_MANY_TOKENS", format!("{{__typename {}}}", "@skip(if:true)".repeat(500))),
            ("DOCUMENT_TOO_LONG", format!("{{node(id:\"{}\"){{id}}}}", "x".repeat(17_000))),
            ("FRAGMENT_CYCLE", "{...A} fragment A on Query{...B} fragment B on Query{...A}".to_owned()),
        ] {
            let asked = Instant::now();
            let answer = door.ask(None, &query, json!({})).await;
            let took = asked.elapsed();
            assert_eq!((answer.status, answer.error()), (StatusCode::BAD_REQUEST, ("BAD_USER_INPUT", reason)));
            assert!(took.as_secs() < 1, "{reason} took {took:?}");
        }
        let dear = "{perks(first:100){nodes{id a:stock{left} b:stock{left} c:stock{left} d:stock{left} e:stock{left} \
            f:stock{left} g:stock{left} h:stock{left} i:stock{left}}}}";
        assert_eq!(door.ask(None, dear, json!({})).await.error(), ("COST_EXCEEDED", "QUERY_TOO_COSTLY"));
        let huge = format!(r#"{{"query":"{}"}}"#, "x".repeat(10_000_000));
        let answer = door.post(&[("content-type", "application/json")], huge).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    });
}

#[test]
fn row_16_strangers_learn_nothing_of_the_schema_in_production() {
    run(Engine::Sqlite, async |_: testkit::TestDb| {
        let options = GatewayOptions { production: true, ..GatewayOptions::default() };
        let door = Door::with(Engine::Sqlite, options).await;
        for query in ["{__schema{types{name}}}", "{...F} fragment F on Query{__type(name:\"Perk\"){name}}"] {
            let answer = door.ask(None, query, json!({})).await;
            assert_eq!((answer.status, answer.error().1), (StatusCode::BAD_REQUEST, "INTROSPECTION_OFF"));
        }
        for query in ["{perkz{id}}", "{perks(frist:1){nodes{id}}}", "{perks(first:1){nodez{id}}}"] {
            let answer = door.ask(None, query, json!({})).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST);
            assert!(!answer.text.contains("id you mean"), "{}", answer.text);
        }
        let page = door.send(poem::Request::builder().uri_str("/graphiql").finish()).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);

        door.add_member("H-1", "wang", Role::Owner).await;
        let token = door.sign_in("wang").await;
        let answer = door.ask(Some(&token), "{__schema{queryType{name}}}", json!({})).await;
        assert_eq!(answer.data(), &json!({ "__schema": { "queryType": { "name": "Query" } } }));
        let helped = door.ask(Some(&token), "{perkz{id}}", json!({})).await;
        assert!(helped.text.contains("id you mean"), "{}", helped.text);
    });
}

on_both_engines! {
    async fn row_39_pages_and_cursors_that_are_none(door: Door) {
        let (wang, _) = neighbourhood(&door).await;
        door.add_member("H-2", "li", Role::Owner).await;
        let li = door.sign_in("li").await;
        let statement = "query($h:ID!,$f:Int,$a:String){household(id:$h){assetAccount{statement(first:$f,after:$a){\
            nodes{points} pageInfo{endCursor hasNextPage}}}}}";
        let (own, theirs) = (door.household_of(&li).await, door.household_of(&wang).await);
        let page = door.ask(Some(&wang), statement, json!({ "h": theirs, "f": 1 })).await;
        let shown = &page.data()["household"]["assetAccount"]["statement"];
        assert_eq!(shown["nodes"], json!([{ "points": 300 }]));
        let cursor = &shown["pageInfo"]["endCursor"];

        for (household, first, after, reason) in [
            (&own, json!(-1), json!(null), "BAD_PAGE"),
            (&own, json!(0), json!(null), "BAD_PAGE"),
            (&own, json!(1_000_000_000), json!(null), "BAD_PAGE"),
            (&own, json!(1), cursor.clone(), "BAD_CURSOR"),
            (&own, json!(1), json!("edited"), "BAD_CURSOR"),
        ] {
            let answer = door.ask(Some(&li), statement, json!({ "h": household, "f": first, "a": after })).await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", reason), "{first} {after}");
        }
    }
}
