//! Two things in the same second, and use-cases that die anywhere.

use app::familypay::{DeclineReason, PayDoor, SandboxOutcome};
use mail::FamilyPayKind as Kind;
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use super::{Family, basket, begins, chooses, mailed, money, oranges, state};
use crate::world::{assert_verifies, balance};

on_both_engines! {
    async fn both_children_pay_in_the_same_second(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;
        let first = begins(app, &family.daughter, request).await;
        app.decline_pay_request(&PayDoor::Member(family.daughter, request), DeclineReason::SomebodyElse)
            .await
            .unwrap()
            .unwrap();
        let second = begins(app, &family.son, request).await;
        let other = world.another();

        tokio::join!(
            chooses(app, first, SandboxOutcome::Twice),
            chooses(&other, second, SandboxOutcome::Twice)
        );
        app.drain().await.unwrap();

        assert_eq!(state(app, &family, request).await, "paid");
        assert_eq!(money(&world).await, [2, 11_360, 1, 5_680]);
        assert_eq!(world.db().count("paid_requests").await, 1);
        assert_eq!(balance(app, &family.senior).await, [0, 56, 0, 0]);
        // The one who did not pay it has it back, and both were told.
        let paid_by = app.find_pay_request(&family.senior, request).await.unwrap().unwrap().paid_by.unwrap();
        let back = if paid_by == family.daughter.person { "h-zhao-owner@hearth.example" } else { "h-li-owner@hearth.example" };
        assert_eq!(mailed(&world, Kind::SurplusBack), [back]);
        assert_verifies(app).await;
    }

    async fn a_second_press_leads_to_the_same_cashier_until_something_came_of_it(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;
        let other = world.another();

        let presses = tokio::join!(begins(app, &family.daughter, request), begins(&other, &family.daughter, request));
        assert_eq!((presses.0, world.db().count("payment_attempts").await), (presses.1, 1));
        world.clock().advance(chrono::TimeDelta::minutes(4));
        assert_eq!(begins(app, &family.daughter, request).await, presses.0);
        assert_eq!(world.db().count("audit_lines WHERE action = 'begin_payment'").await, 1);
        // Pressing again does not keep the cashier for longer.
        world.clock().advance(chrono::TimeDelta::minutes(1));
        assert_eq!(state(app, &family, request).await, "asked");
        let second = begins(app, &family.daughter, request).await;
        assert_ne!(second, presses.0);
        // It failed: the next press is a try of its own.
        chooses(app, second, SandboxOutcome::Fail).await;
        assert_ne!(begins(app, &family.daughter, request).await, second);
        assert_eq!(world.db().count("payment_attempts").await, 3);
        // Any of them still pays, and only one.
        chooses(app, presses.0, SandboxOutcome::Succeed).await;
        app.drain().await.unwrap();
        assert_eq!((state(app, &family, request).await, money(&world).await), ("paid", [1, 5_680, 0, 0]));
    }

    async fn the_senior_calls_it_off_while_the_daughter_pays(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;
        let attempt = begins(app, &family.daughter, request).await;
        let other = world.another();

        let (_, cancelled) = tokio::join!(
            chooses(app, attempt, SandboxOutcome::Succeed),
            other.cancel_pay_request(&family.senior, request)
        );
        app.drain().await.unwrap();

        let is_cancelled = cancelled.unwrap().is_ok();
        let expected = if is_cancelled { ("cancelled", [1, 5_680, 1, 5_680]) } else { ("paid", [1, 5_680, 0, 0]) };
        assert_eq!((state(app, &family, request).await, money(&world).await), expected);
        assert_eq!(oranges(&world).await, if is_cancelled { "10000" } else { "8000" });
    }

    async fn asking_dropped_anywhere_asks_once(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;

        drop_at_every_await(async |_| app.ask_to_pay(&family.senior, &basket("1")).await.unwrap().unwrap(), async |_| {})
            .await;

        app.drain().await.unwrap();
        assert_eq!(oranges(&world).await, "8000");
        assert_eq!(mailed(&world, Kind::Asked), ["h-li-owner@hearth.example"]);
    }

    async fn settling_dropped_anywhere_pays_once(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;
        let attempt = begins(app, &family.daughter, request).await;
        chooses(app, attempt, SandboxOutcome::Never).await;
        world.clock().advance(chrono::TimeDelta::minutes(5));

        drop_at_every_await(async |_| app.tell_sandbox_payments().await.unwrap(), async |_| {}).await;
        drop_at_every_await(async |_| app.drain().await.unwrap(), async |_| {}).await;
        world.clock().advance(chrono::TimeDelta::minutes(5));
        // What was dropped holds its rows until its connection was cleaned up, and others pass them over until then.
        for _ in 0..200 {
            app.drain().await.unwrap();
            if world.db().count("outbox_events WHERE settled_at IS NULL").await == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }

        assert_eq!(state(app, &family, request).await, "paid");
        assert_eq!(money(&world).await, [1, 5_680, 0, 0]);
        assert_eq!(balance(app, &family.senior).await, [0, 56, 0, 0]);
        assert_eq!(world.db().count("orders").await, 1);
    }
}
