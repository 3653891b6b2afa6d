//! The keys the order system signs with: issued, used beside the old one, revoked.

use std::time::{Duration, Instant};

use app::webhooks::{Decider, EventKeyRefusal};
use gateway::GatewayOptions;
use kernel::Clock;
use poem::{Endpoint, EndpointExt, Request, http::Method};
use serde_json::json;
use testkit::{TestApp, on_both_engines};

use crate::world::{found, local, set_rule};

/// The status of an empty telling signed with a key.
async fn tell(world: &TestApp, routes: &impl Endpoint<Output = poem::Response>, key: &str) -> u16 {
    let body = json!({ "events": [] }).to_string();
    let sent_at = Clock::now(world.clock()).timestamp();
    let signature = standardwebhooks::Webhook::new(key).unwrap().sign("m", sent_at, body.as_bytes()).unwrap();
    let request = Request::builder()
        .method(Method::POST)
        .uri_str("/v1/events")
        .header("content-type", "application/json")
        .header("webhook-id", "m")
        .header("webhook-timestamp", sent_at)
        .header("webhook-signature", signature);
    routes.get_response(request.body(body)).await.status().as_u16()
}

const BY_SETTING: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

on_both_engines! {
    async fn a_key_is_issued_used_replaced_and_revoked_within_a_second(world: TestApp) {
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(world.app(), "1", "2017-01-01", &[]).await;
        found(world.app(), "H-WANG").await;
        let app = world.app();
        let options = GatewayOptions { event_keys: vec![BY_SETTING.parse().unwrap()], ..GatewayOptions::default() };
        let here = gateway::routes(app.clone(), &options).boxed();
        let elsewhere = gateway::routes(world.another(), &options).boxed();
        let by = Decider::Operator;

        let old = app.issue_event_key(by).await.unwrap().unwrap();
        let new = app.issue_event_key(by).await.unwrap().unwrap();
        assert_eq!(app.issue_event_key(by).await.unwrap(), Err(EventKeyRefusal::TooMany));
        for key in [BY_SETTING, &old.key.to_text(), &new.key.to_text()] {
            assert_eq!((tell(&world, &here, key).await, tell(&world, &elsewhere, key).await), (200, 200));
        }

        app.revoke_event_key(by, old.id).await.unwrap().unwrap();
        let revoked_at = Instant::now();
        assert_eq!(tell(&world, &here, &old.key.to_text()).await, 401, "the process that revoked it knows at once");
        let mut again = tokio::time::interval(Duration::from_millis(10));
        while tell(&world, &elsewhere, &old.key.to_text()).await != 401 {
            again.tick().await;
            assert!(revoked_at.elapsed() < Duration::from_secs(1), "a revoked key is believed for too long");
        }
        for key in [BY_SETTING, &new.key.to_text()] {
            assert_eq!((tell(&world, &here, key).await, tell(&world, &elsewhere, key).await), (200, 200));
        }
        assert_eq!(app.revoke_event_key(by, old.id).await.unwrap(), Err(EventKeyRefusal::NoSuchKey));
        assert_eq!(app.list_event_keys().await.unwrap().len(), 1);
        app.issue_event_key(by).await.unwrap().unwrap();
        let acts = "SELECT action FROM audit_lines WHERE action LIKE '%event_key' ORDER BY id";
        assert_eq!(world.db().texts(acts).await.concat(), ["issue_event_key", "issue_event_key", "revoke_event_key", "issue_event_key"]);
    }
}
