use std::num::NonZeroU32;

use poem::{
    Request,
    http::{Method, StatusCode},
};
use serde_json::json;
use testkit::{Engine, run};

use super::{Answer, Door};
use crate::{CostBucket, GatewayOptions};

const JSON: (&str, &str) = ("content-type", "application/json");
const STATUSES: (&str, &str) = ("accept", "application/graphql-response+json");
const TYPENAME: &str = r#"{"query":"{__typename}"}"#;

/// The door needs no rows for these: one engine is enough.
fn at_the_door<T: Future<Output = ()>>(test: impl FnOnce(Door) -> T) {
    run(Engine::Sqlite, test);
}

#[test]
fn each_wrong_transport_has_its_status() {
    at_the_door(async |door: Door| {
        let large = format!(r#"{{"query":"{}"}}"#, " ".repeat(64 * 1024));
        for (status, reason, headers, body) in [
            (StatusCode::OK, "", vec![JSON], TYPENAME),
            (StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", vec![JSON, ("accept", "text/html")], TYPENAME),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", vec![], TYPENAME),
            (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                vec![("content-type", "text/plain")],
                TYPENAME,
            ),
            (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                vec![("content-type", "application/x-www-form-urlencoded")],
                "query=%7B__typename%7D",
            ),
            (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                vec![JSON, ("content-encoding", "gzip")],
                TYPENAME,
            ),
            (StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", vec![JSON], large.as_str()),
            (StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", vec![JSON, ("content-length", "10000000")], TYPENAME),
            (StatusCode::BAD_REQUEST, "MALFORMED_BODY", vec![JSON], ""),
            (StatusCode::BAD_REQUEST, "MALFORMED_BODY", vec![JSON], "{"),
            (StatusCode::BAD_REQUEST, "BATCH_REFUSED", vec![JSON], r#"[{"query":"{__typename}"}]"#),
            (StatusCode::UNAUTHORIZED, "", vec![JSON, ("authorization", "Bearer nonsense")], TYPENAME),
            (StatusCode::UNAUTHORIZED, "", vec![JSON, ("authorization", "Basic YTpi")], TYPENAME),
        ] {
            let answer = door.post(&headers, body.to_owned()).await;
            assert_eq!((answer.status, answer.error().1), (status, reason), "{headers:?}");
            assert!(answer.header("content-type").ends_with("; charset=utf-8"), "{headers:?}");
        }
    });
}

#[test]
fn only_post_and_persisted_gets() {
    at_the_door(async |door: Door| {
        let get = |uri: &'static str| door.send(Request::builder().method(Method::GET).uri_str(uri).finish());
        let probe = get("/graphql?query=%7B%20__typename%20%7D").await;
        assert_eq!((probe.status, &probe.body["data"]), (StatusCode::OK, &json!({ "__typename": "Query" })));

        for uri in [
            "/graphql",
            "/graphql?query=%7Bme%7Bid%7D%7D",
            "/graphql?query=mutation%7BsignOut%7BisSignedOut%7D%7D",
            "/graphql?query=mutation+%7B+__typename+%7D",
        ] {
            let answer = get(uri).await;
            assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"), "{uri}");
        }
        for method in [Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS] {
            let answer = door.send(Request::builder().method(method.clone()).uri_str("/graphql").finish()).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        }
    });
}

#[test]
fn statuses_are_for_clients_that_read_them() {
    at_the_door(async |door: Door| {
        for (query, reason) in [
            ("{", "SYNTAX"),
            ("{nothing}", "INVALID_DOCUMENT"),
            ("query($id:ID!){node(id:$id){id}}", "VARIABLE_MISSING"),
            ("{...A} fragment A on Query{...A}", "FRAGMENT_CYCLE"),
            ("{node(id:[1]){id}}", "INVALID_DOCUMENT"),
        ] {
            let body = json!({ "query": query }).to_string();
            let modern = door.post(&[JSON, STATUSES], body.clone()).await;
            assert_eq!(
                (modern.status, modern.error()),
                (StatusCode::BAD_REQUEST, ("BAD_USER_INPUT", reason)),
                "{query}"
            );
            assert_eq!(modern.header("content-type"), "application/graphql-response+json; charset=utf-8");
            let old = door.post(&[JSON], body).await;
            assert_eq!((old.status, old.error()), (StatusCode::OK, ("BAD_USER_INPUT", reason)), "{query}");
            assert_eq!(old.header("content-type"), "application/json; charset=utf-8");
            for answer in [modern, old] {
                assert_eq!(answer.body.get("data"), None, "{query}");
                assert_eq!(answer.body["errors"][0]["extensions"]["requestId"].as_str().map(str::len), Some(36));
            }
        }
    });
}

#[test]
fn the_cost_is_told_and_the_bucket_empties() {
    let number = |n| NonZeroU32::new(n).unwrap();
    let cost_bucket = CostBucket { maximum: number(1_000), restore_per_second: number(1) };
    run(Engine::Sqlite, async |_: testkit::TestDb| {
        let options = GatewayOptions { cost_bucket, ..GatewayOptions::default() };
        let door = Door::with_exactly(Engine::Sqlite, options).await;
        let ask = || door.ask(None, "{perks(first:100){nodes{id stock{left} a:stock{left}}}}", json!({}));

        let first = ask().await;
        let cost = json!({
            "requestedQueryCost": 302,
            "actualQueryCost": 302,
            "throttleStatus": { "maximumAvailable": 1_000, "currentlyAvailable": 698, "restoreRate": 1 },
        });
        assert_eq!(first.body["extensions"]["cost"], cost);
        assert_eq!([ask().await.status, ask().await.status], [StatusCode::OK; 2]);
        let empty: Answer = ask().await;
        assert_eq!(
            (empty.status, empty.error()),
            (StatusCode::TOO_MANY_REQUESTS, ("RATE_LIMITED", "COST_BUCKET_EMPTY"))
        );
        let wait: u64 = empty.header("retry-after").parse().unwrap();
        assert!((200..=208).contains(&wait), "{wait}");
    });
}

#[test]
fn sign_in_attempts_are_few_a_minute() {
    run(Engine::Sqlite, async |_: testkit::TestDb| {
        let door = Door::with_exactly(Engine::Sqlite, GatewayOptions::default()).await;
        let attempts = "mutation{a:signIn(input:{address:\"a@b.cn\",code:\"1\"}){token} \
            b:signIn(input:{address:\"a@b.cn\",code:\"1\"}){token} \
            c:requestSignInCode(input:{address:\"nonsense\"}){retryAfterSeconds} \
            d:signIn(input:{address:\"a@b.cn\",code:\"1\"}){token}}";
        for _ in 0..5 {
            assert_eq!(door.ask(None, attempts, json!({})).await.status, StatusCode::OK);
        }
        let refused = door.ask(None, "mutation{signIn(input:{address:\"a@b.cn\",code:\"1\"}){token}}", json!({})).await;
        assert_eq!((refused.status, refused.error().1), (StatusCode::TOO_MANY_REQUESTS, "SIGN_IN_ATTEMPTS"));
        assert_eq!(refused.header("retry-after"), "3");
        assert_eq!(door.ask(None, "{__typename}", json!({})).await.status, StatusCode::OK);
    });
}

#[test]
fn invitations_are_tried_ten_times_an_hour() {
    run(Engine::Sqlite, async |_: testkit::TestDb| {
        let door = Door::with_exactly(Engine::Sqlite, GatewayOptions::default()).await;
        let both = "{a:invitation(token:\"0\"){kind} b:invitation(token:\"1\"){kind}}";
        for _ in 0..4 {
            assert_eq!(door.ask(None, both, json!({})).await.status, StatusCode::OK);
        }
        let decline = "mutation{declineInvitation(input:{token:\"0\"}){isDeclined}}";
        for _ in 0..2 {
            assert_eq!(door.ask(None, decline, json!({})).await.status, StatusCode::OK);
        }
        for attempt in [both, decline, "{previewMerge(token:\"0\"){version}}"] {
            let refused = door.ask(None, attempt, json!({})).await;
            assert_eq!((refused.status, refused.error().1), (StatusCode::TOO_MANY_REQUESTS, "INVITATION_ATTEMPTS"));
        }
        let wait: u64 = door.ask(None, decline, json!({})).await.header("retry-after").parse().unwrap();
        assert!((355..=360).contains(&wait), "{wait}");
        let sign_in = "mutation{signIn(input:{address:\"a@b.cn\",code:\"1\"}){token}}";
        assert_eq!(door.ask(None, sign_in, json!({})).await.status, StatusCode::OK, "a bucket of its own");
    });
}

#[test]
fn the_schema_and_graphiql_are_served_with_their_headers() {
    at_the_door(async |door: Door| {
        let get = |uri: &'static str| door.send(Request::builder().method(Method::GET).uri_str(uri).finish());
        assert_eq!(get("/schema.graphql").await.text, crate::sdl());
        let page = get("/graphiql").await;
        assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
        assert_eq!(page.header("cache-control"), "no-cache");
        let script = get("/graphiql/graphiql-3.9.0.min.js").await;
        assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
        let post = door.send(Request::builder().method(Method::POST).uri_str("/graphiql").finish()).await;
        assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED);
    });
}

#[test]
fn the_queries_graphiql_begins_with_are_valid() {
    at_the_door(async |door: Door| {
        let script = include_str!("../../../assets/graphiql/hearth.js");
        let queries: Vec<&str> = script.split('`').filter(|text| text.starts_with("# ")).collect();
        assert_eq!(queries.len(), 4);
        for query in queries {
            let answer = door.ask(None, query, json!({ "perk": "pk_…", "key": "0123456789abcdef" })).await;
            assert_eq!(answer.status, StatusCode::OK, "{query}\n{}", answer.text);
        }
    });
}
