//! Scenario 6: points lapse while they are held.

use app::{ImportMode, Principal, ledger::HoldPoints};
use kernel::Actor;
use ledger::Hold;
use mail::{HeldPointsLapsed, Message};
use orders::OrderPaid;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::{assert_verifies, found, label, local, paid, points, set_rule};

/// 600 points (and `beside` more) that lapse at the end of 31 March 2026, 600 of them held for a quarter of an hour
/// from 23:50 on.
async fn held(world: &TestApp, beside: i64) -> (Principal, Hold) {
    let app = world.app();
    world.clock().set(local("2025-04-20T12:00:00"));
    set_rule(app, "1", "2017-01-01", &[]).await;
    let wang = found(app, "H-WANG").await;
    let bought = "2025-03-31T11:00:00";
    let amount = (600 + beside).to_string();
    let order = OrderPaid { picked_up_at: Some(local(bought)), ..paid("D-1", "H-WANG", bought, &[("", &amount)]) };
    app.import_orders(&[order], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
    world.clock().set(local("2026-03-31T23:50:00"));
    let seat = HoldPoints {
        household: wang.household.unwrap().0,
        owner: label("seat 12"),
        purpose: label("seat"),
        points: points(600),
        ends_at: local("2026-04-01T00:05:00"),
    };
    let hold = app.hold_points(Actor::Member(wang.person), &seat).await.unwrap().unwrap();
    (wang, hold)
}

/// The newest lines of the statement, as a member reads them.
async fn statement(door: &Door<'_>, token: &str) -> Value {
    let query =
        "{ me { household { assetAccount { statement(first: 3) { nodes { kind points businessDate cause } } } } } }";
    door.graphql(Some(token), query, json!({})).await["me"]["household"]["assetAccount"]["statement"]["nodes"].take()
}

on_both_engines! {
    async fn captured_three_minutes_after_midnight_the_booking_stands(world: TestApp) {
        let (wang, hold) = held(&world, 50).await;
        let (app, door) = (world.app(), Door::open(&world).await);
        let token = door.sign_in("h-wang-owner@hearth.example").await;

        world.clock().set(local("2026-04-01T00:00:00"));
        assert_eq!((app.end_due_holds().await.unwrap(), app.lapse_lots().await.unwrap()), (0, 1));
        assert_eq!(door.account(&token).await.1, [0, 0, 600, 0]);
        world.clock().set(local("2026-04-01T00:03:00"));
        app.capture_hold(Actor::Member(wang.person), hold.household, hold.id).await.unwrap().unwrap();

        assert_eq!(door.account(&token).await.1, [0, 0, 0, 0]);
        let lines = statement(&door, &token).await;
        let redeemed = "Perk redeemed for 600 points";
        assert_eq!(lines[0], json!({ "kind": "REDEEM", "points": -600, "businessDate": "2026-04-01", "cause": redeemed }));
        let lapsed = "50 points lapsed";
        assert_eq!(lines[1], json!({ "kind": "LAPSE", "points": -50, "businessDate": "2026-04-01", "cause": lapsed }));
        world.clock().set(local("2026-04-02T00:00:00"));
        assert_eq!((app.end_due_holds().await.unwrap(), app.lapse_lots().await.unwrap()), (0, 0));
        assert_verifies(app).await;
    }

    async fn when_the_hold_ends_five_minutes_after_midnight_the_points_lapse_then_with_one_line(world: TestApp) {
        let (_, hold) = held(&world, 0).await;
        let (app, door) = (world.app(), Door::open(&world).await);
        let token = door.sign_in("h-wang-owner@hearth.example").await;
        world.clock().set(local("2026-04-01T00:04:59"));
        assert_eq!((app.end_due_holds().await.unwrap(), app.lapse_lots().await.unwrap()), (0, 0));

        world.clock().set(local("2026-04-01T00:05:00"));
        assert_eq!((app.end_due_holds().await.unwrap(), app.end_due_holds().await.unwrap()), (1, 0));
        assert_eq!(app.lapse_lots().await.unwrap(), 0);

        assert_eq!(door.account(&token).await.1, [0, 0, 0, 0]);
        let lines = statement(&door, &token).await;
        let why = "A hold ended: 600 of its points lapsed, as their last day had come meanwhile";
        assert_eq!(lines[0], json!({ "kind": "LAPSE", "points": -600, "businessDate": "2026-04-01", "cause": why }));
        assert_eq!(lines[1]["kind"], json!("EARN"));
        let query = "{ me { household { assetAccount { statement(first: 1) { nodes { reason cause postedAt } } } } } }";
        let line = door.graphql_in("zh-CN", Some(&token), query, json!({})).await["me"]["household"]["assetAccount"]
            ["statement"]["nodes"][0]
            .take();
        let why = "冻结已结束,600 积分在冻结期间过了最后可用日,随之失效";
        let reason = format!("hold {} ended 2026-04-01 00:05", hold.id);
        assert_eq!(line, json!({ "reason": reason, "cause": why, "postedAt": "2026-03-31T16:05:00.000Z" }));
        // And the household is told why.
        app.drain().await.unwrap();
        let mails = world.mails();
        let told = mails.last().map(|mail| (mail.to.to_string(), mail.message.clone()));
        let lapsed = HeldPointsLapsed { points: points(600), ended_at: "2026-04-01T00:05:00".parse().unwrap() };
        assert_eq!(told, Some(("h-wang-owner@hearth.example".to_owned(), Message::HeldPointsLapsed(lapsed))));
        let captured = app.capture_hold(Actor::System, hold.household, hold.id).await.unwrap();
        assert!(captured.is_err(), "{captured:?}");
        assert_verifies(app).await;
    }
}
