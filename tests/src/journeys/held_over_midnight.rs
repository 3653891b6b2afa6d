//! Scenario 6: points lapse while they are held.

use app::{ImportMode, Principal, ledger::HoldPoints};
use kernel::Actor;
use ledger::Hold;
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
    let query = "{ me { household { assetAccount { statement(first: 3) { nodes { kind points businessDate } } } } } }";
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
        assert_eq!(lines[0], json!({ "kind": "REDEEM", "points": -600, "businessDate": "2026-04-01" }));
        assert_eq!(lines[1], json!({ "kind": "LAPSE", "points": -50, "businessDate": "2026-04-01" }));
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
        assert_eq!(lines[0], json!({ "kind": "LAPSE", "points": -600, "businessDate": "2026-04-01" }));
        assert_eq!(lines[1]["kind"], json!("EARN"));
        let captured = app.capture_hold(Actor::System, hold.household, hold.id).await.unwrap();
        assert!(captured.is_err(), "{captured:?}");
        assert_verifies(app).await;
    }
}
