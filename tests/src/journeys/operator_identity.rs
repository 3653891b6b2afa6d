//! Signing in by the operator's own identity: assertions of a provider whose keys are published by a real server on this machine.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use gateway::{GatewayOptions, IdentityOptions};
use kernel::Clock;
use poem::{EndpointExt, IntoResponse, Response, Route, Server, endpoint, http::StatusCode, listener::TcpAcceptor};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::found;

const ISSUER: &str = "https://id.operator.example";

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

/// Keys by id, with the seed each is made of.
type Published = Vec<(String, u8)>;

/// A provider: publishes keys, and signs.
struct Provider {
    address: SocketAddr,
    /// The published keys by id and seed; `None`: it does not answer.
    published: Arc<Mutex<Option<Published>>>,
    asked: Arc<AtomicUsize>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Provider {
    async fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let published = Arc::new(Mutex::new(Some(vec![("old".to_owned(), 1)])));
        let asked = Arc::new(AtomicUsize::new(0));
        let (shown, counts) = (Arc::clone(&published), Arc::clone(&asked));
        let jwks = endpoint::make_sync(move |_| {
            counts.fetch_add(1, Ordering::Relaxed);
            let keys = shown.lock().unwrap().clone();
            keys.map_or_else(|| StatusCode::SERVICE_UNAVAILABLE.into_response(), |keys| set(&keys))
        });
        let acceptor = TcpAcceptor::from_std(listener).unwrap();
        let routes = Route::new().at("/jwks", jwks).boxed();
        let server = tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(routes).await.unwrap() });
        Self { address, published, asked, server }
    }

    fn publish(&self, keys: Option<&[(&str, u8)]>) {
        *self.published.lock().unwrap() =
            keys.map(|keys| keys.iter().map(|(kid, seed)| ((*kid).to_owned(), *seed)).collect());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    async fn door<'w>(&self, world: &'w TestApp) -> Door<'w> {
        let jwks_url = format!("http://{}/jwks", self.address);
        let identity = IdentityOptions { issuer: ISSUER.to_owned(), audience: "hearth".to_owned(), jwks_url };
        Door::open_with(world, GatewayOptions { identity: Some(identity), ..GatewayOptions::default() }).await
    }
}

fn set(keys: &[(String, u8)]) -> Response {
    let jwk = |(kid, seed): &(String, u8)| {
        let x = URL_SAFE_NO_PAD.encode(key(*seed).public_key());
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x, "use": "sig", "alg": "EdDSA" })
    };
    let keys: Vec<Value> = keys.iter().map(jwk).collect();
    Response::builder().content_type("application/json").body(json!({ "keys": keys }).to_string())
}

fn assertion(world: &TestApp, kid: &str, seed: u8, subject: &str, id: &str) -> String {
    let now = Clock::now(world.clock()).timestamp();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "iss": ISSUER, "aud": "hearth", "sub": subject, "jti": id, "iat": now, "exp": now + 300 });
    let signed = format!("{}.{}", part(json!({ "alg": "EdDSA", "kid": kid })), part(claims));
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key(seed).sign(signed.as_bytes())))
}

async fn sign_in(door: &Door<'_>, assertion: &str) -> Result<String, String> {
    let mutation = "mutation($input: SignInWithAssertionInput!) { signInWithAssertion(input: $input) { token userErrors { code } } }";
    let answer =
        door.graphql(None, mutation, json!({ "input": { "assertion": assertion } })).await["signInWithAssertion"]
            .take();
    match answer["token"].as_str() {
        Some(token) => Ok(token.to_owned()),
        None => Err(answer["userErrors"][0]["code"].as_str().unwrap().to_owned()),
    }
}

const NOT_ACCEPTED: &str = "NOT_ACCEPTED";

on_both_engines! {
    async fn an_assertion_signs_in_once(world: TestApp) {
        found(world.app(), "H-WANG").await;
        let provider = Provider::start().await;
        let door = provider.door(&world).await;
        let shown = assertion(&world, "old", 1, "H-WANG-owner", "one");

        let token = sign_in(&door, &shown).await.unwrap();
        let me = door.graphql(Some(&token), "{ me { name sessions { isCurrent } } }", json!({})).await;
        assert_eq!(me["me"], json!({ "name": "H-WANG-owner", "sessions": [{ "isCurrent": true }] }));
        assert_eq!(sign_in(&door, &shown).await, Err(NOT_ACCEPTED.to_owned()));
        // Another process knows it too.
        let elsewhere = provider.door(&world).await;
        assert_eq!(sign_in(&elsewhere, &shown).await, Err(NOT_ACCEPTED.to_owned()));
        let forged = assertion(&world, "old", 9, "H-WANG-owner", "two");
        assert_eq!(sign_in(&door, &forged).await, Err(NOT_ACCEPTED.to_owned()));
        let stranger = assertion(&world, "old", 1, "NOBODY", "three");
        assert_eq!(sign_in(&door, &stranger).await, Err(NOT_ACCEPTED.to_owned()));
        assert_eq!(sign_in(&door, "no assertion").await, Err(NOT_ACCEPTED.to_owned()));
        assert_eq!(world.db().count("sessions").await, 1);
        assert_eq!(world.db().count("used_assertions").await, 1);

        world.clock().advance(TimeDelta::minutes(10));
        sign_in(&door, &assertion(&world, "old", 1, "H-WANG-owner", "four")).await.unwrap();
        assert_eq!(world.db().count("used_assertions").await, 1, "one that ended is forgotten");
    }

    async fn shown_twice_at_once_it_signs_in_once(world: TestApp) {
        found(world.app(), "H-WANG").await;
        let provider = Provider::start().await;
        let door = provider.door(&world).await;
        let shown = assertion(&world, "old", 1, "H-WANG-owner", "one");

        let tries = (0..8).map(|_| sign_in(&door, &shown));
        let answers = futures_util::future::join_all(tries).await;

        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(world.db().count("sessions").await, 1);
        assert_eq!(provider.asked(), 1, "a crowd at the door is one question");
    }

    async fn keys_change_without_anybody_at_hand(world: TestApp) {
        found(world.app(), "H-WANG").await;
        let provider = Provider::start().await;
        let door = provider.door(&world).await;
        let show = async |kid: &str, seed: u8, id: &str| sign_in(&door, &assertion(&world, kid, seed, "H-WANG-owner", id)).await;
        assert!(show("old", 1, "1").await.is_ok());

        provider.publish(Some(&[("old", 1), ("new", 2)]));
        // Asked again for a key it does not know, but no more than once a minute.
        assert_eq!(show("new", 2, "2").await, Err(NOT_ACCEPTED.to_owned()));
        for n in 0..10 {
            assert_eq!(show(&format!("made-up-{n}"), 3, &format!("m{n}")).await, Err(NOT_ACCEPTED.to_owned()));
        }
        assert_eq!(provider.asked(), 1);
        world.clock().advance(TimeDelta::seconds(60));
        assert!(show("new", 2, "3").await.is_ok());
        assert!(show("old", 1, "4").await.is_ok());
        assert_eq!(provider.asked(), 2);

        // What is no longer published is believed for an hour at most.
        provider.publish(Some(&[("new", 2)]));
        world.clock().advance(TimeDelta::minutes(59));
        assert!(show("old", 1, "5").await.is_ok());
        world.clock().advance(TimeDelta::minutes(1));
        assert_eq!(show("old", 1, "6").await, Err(NOT_ACCEPTED.to_owned()));

        // A provider that is down stops nobody for a day.
        provider.publish(None);
        world.clock().advance(TimeDelta::hours(23));
        assert!(show("new", 2, "7").await.is_ok());
        world.clock().advance(TimeDelta::hours(2));
        assert_eq!(show("new", 2, "8").await, Err("UNAVAILABLE".to_owned()));
        provider.publish(Some(&[("new", 2)]));
        world.clock().advance(TimeDelta::seconds(60));
        assert!(show("new", 2, "9").await.is_ok());
    }

    async fn where_it_is_not_offered_it_says_so(world: TestApp) {
        found(world.app(), "H-WANG").await;
        let door = Door::open(&world).await;
        let shown = assertion(&world, "old", 1, "H-WANG-owner", "one");
        assert_eq!(sign_in(&door, &shown).await, Err("NOT_OFFERED".to_owned()));
        assert_eq!(world.db().count("sessions").await, 0);
    }
}
