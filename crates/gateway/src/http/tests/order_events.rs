use poem::{
    Request,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};
use testkit::on_both_engines;

use super::Door;

fn paid(id: &str, order: &str, fen: i64) -> Value {
    json!({ "id": id, "type": "order.paid", "data": {
        "orderRef": order, "householdRef": "H-1", "orderedAt": "2026-06-01T09:00:00+08:00",
        "amountMinor": fen, "cashMinor": fen,
    } })
}

on_both_engines! {
    async fn each_event_has_its_answer_after_the_commit(door: Door) {
        door.set_rule().await;
        let picked_up = json!({ "id": "e-2", "type": "order.picked_up",
            "data": { "orderRef": "A", "pickedUpAt": "2026-06-01T10:00:00+08:00" } });
        let unknown = json!({ "id": "e-3", "type": "order.picked_up",
            "data": { "orderRef": "B", "pickedUpAt": "2026-06-01T10:00:00+08:00" } });
        let bad = json!({ "id": "e-4", "type": "order.paid", "data": {} });
        let answer = door.tell(&json!({ "events": [paid("e-1", "A", 12_860), picked_up, unknown, bad] })).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body["results"], json!([
            { "id": "e-1", "status": "accepted" },
            { "id": "e-2", "status": "accepted" },
            { "id": "e-3", "status": "rejected", "code": "UNKNOWN_ORDER", "message": "no order of this number was told" },
            { "id": "e-4", "status": "rejected", "code": "BAD_DATA", "message": "data: missing field `orderRef` at line 1 column 2" },
        ]));
        assert_eq!(door.world.db().count("postings WHERE kind = 'earn' AND points = 128").await, 1);
        assert_eq!(door.world.db().count("postings").await, 2);
    }

    async fn telling_again_changes_nothing(door: Door) {
        door.set_rule().await;
        assert_eq!(door.tell(&paid("e-1", "A", 12_860)).await.body["results"][0]["status"], "accepted");
        assert_eq!(door.tell(&paid("e-1", "A", 12_860)).await.body["results"][0]["status"], "duplicate");
        assert_eq!(door.tell(&paid("e-1", "A", 12_861)).await.body["results"][0]["code"], "EVENT_DIFFERS");
        assert_eq!(door.tell(&paid("e-9", "A", 12_861)).await.body["results"][0]["code"], "ORDER_DIFFERS");
        assert_eq!(door.world.db().count("postings").await, 1);
    }

    async fn a_sale_told_again_may_bring_its_pick_up_once(door: Door) {
        door.set_rule().await;
        let picked_up = |id: &str, at: &str| {
            let mut event = paid(id, "A", 12_860);
            event["data"]["pickedUpAt"] = json!(at);
            event
        };
        let answer = door.tell(&json!({ "events": [
            paid("e-1", "A", 12_860),
            picked_up("e-1", "2026-06-01T10:00:00+08:00"),
            picked_up("e-2", "2026-06-01T10:00:00+08:00"),
            picked_up("e-3", "2026-06-01T10:00:00+08:00"),
            picked_up("e-4", "2026-06-01T11:00:00+08:00"),
            picked_up("e-5", "2026-06-01T08:59:59+08:00"),
        ] })).await;
        let results = answer.body["results"].as_array().unwrap();
        let outcomes: Vec<&str> = results
            .iter()
            .map(|result| result["code"].as_str().or(result["status"].as_str()).unwrap())
            .collect();
        assert_eq!(outcomes, [
            "accepted", "EVENT_DIFFERS", "accepted", "duplicate", "ALREADY_PICKED_UP", "ALREADY_PICKED_UP",
        ]);
        assert_eq!(door.world.db().count("postings WHERE kind = 'schedule'").await, 1);
        assert_eq!(door.world.db().count("postings").await, 2);
    }

    async fn unsigned_and_altered_events_are_not_looked_at(door: Door) {
        door.set_rule().await;
        let body = paid("e-1", "A", 12_860).to_string();
        let send = |headers: Vec<(&'static str, String)>, body: String| {
            let mut request = Request::builder().method(Method::POST).uri_str("/v1/events");
            for (name, value) in headers {
                request = request.header(name, value);
            }
            door.send(request.body(body))
        };
        let json_type = ("content-type", "application/json".to_owned());
        let now = door.world.app().db().clock().now().timestamp();
        let signature = standardwebhooks::Webhook::new(super::door::KEY).unwrap().sign("m", now, body.as_bytes()).unwrap();
        let signed = |sent_at: i64| vec![
            json_type.clone(),
            ("webhook-id", "m".to_owned()),
            ("webhook-timestamp", sent_at.to_string()),
            ("webhook-signature", signature.clone()),
        ];

        let unsigned = send(vec![json_type.clone()], body.clone()).await;
        let altered = send(signed(now), body.replace("12860", "99999")).await;
        let late = send(signed(now - 301), body.clone()).await;
        let redated = send(signed(now + 1), body.clone()).await;
        for answer in [unsigned, altered, late, redated] {
            assert_eq!((answer.status, answer.body["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("BAD_SIGNATURE")));
            assert_eq!(answer.body["requestId"].as_str().map(str::len), Some(36));
        }
        let large = send(signed(now), " ".repeat(1024 * 1024 + 1)).await;
        assert_eq!((large.status, large.body["code"].as_str()), (StatusCode::PAYLOAD_TOO_LARGE, Some("BODY_TOO_LARGE")));
        let plain = send(vec![("content-type", "text/plain".to_owned())], body.clone()).await;
        assert_eq!(plain.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let get = door.send(Request::builder().uri_str("/v1/events").finish()).await;
        assert_eq!((get.status, get.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
        assert_eq!(door.world.db().count("postings").await, 0);

        assert_eq!(send(signed(now), body.clone()).await.body["results"], json!([{ "id": "e-1", "status": "accepted" }]));
    }

    async fn a_frame_that_is_none_is_refused_whole(door: Door) {
        for body in [json!([]), json!({ "events": 1 }), json!({ "events": [], "id": "x" }), json!({ "events": [], "more": 1 })] {
            let answer = door.tell(&body).await;
            assert_eq!((answer.status, answer.body["code"].as_str()), (StatusCode::BAD_REQUEST, Some("MALFORMED_BODY")), "{body}");
        }
    }
}
