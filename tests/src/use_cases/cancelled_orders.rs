use std::sync::Arc;

use app::{
    ImportMode,
    orders::{EventRefusal, EventTold, RecordOrderRefusal, ToldAnswer},
};
use orders::{
    CancelRefusal, Cancelled, OrderCancelled, OrderPaid, OrderPickedUp, OrderRefunded, PickUpRefusal, RefundRefusal,
};
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use crate::world::{
    assert_verifies, balance, define_perk, event, found, local, paid, redeem, reference, set_rule, yuan,
};

const AT: &str = "2026-03-01T18:00:00";

fn cancelled(order: &str, at: &str) -> EventTold {
    EventTold::Cancelled(OrderCancelled { order_ref: reference(order), cancelled_at: local(at) })
}

fn sale(order: &str) -> OrderPaid {
    paid(order, "H-WANG", "2026-03-01T11:00:00", &[("", "120"), ("", "8.60")])
}

fn picked_up(order: &str) -> EventTold {
    EventTold::PickedUp(OrderPickedUp { order_ref: reference(order), picked_up_at: local("2026-03-02T17:00:00") })
}

fn refunded(order: &str, amount: &str) -> EventTold {
    EventTold::Refunded(OrderRefunded {
        order_ref: reference(order),
        refund_ref: reference("R-1"),
        refunded_at: local("2026-03-03T10:00:00"),
        amount: yuan(amount),
        lines: Vec::new(),
    })
}

on_both_engines! {
    async fn a_cancelled_order_gives_back_all_it_earned_and_is_at_its_end(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        world.clock().set(local("2026-03-05T12:00:00"));

        let answers = app
            .record_order_events(&[
                event("ev-0", cancelled("D-1", AT)),
                event("ev-1", EventTold::Paid(sale("D-1"))),
                event("ev-2", cancelled("D-1", "2026-03-01T10:59:59")),
                event("ev-3", cancelled("D-1", AT)),
                event("ev-3", cancelled("D-1", "2026-03-01T18:00:01")),
                event("ev-4", cancelled("D-1", AT)),
                event("ev-5", cancelled("D-1", "2026-03-01T18:00:01")),
                event("ev-1", EventTold::Paid(sale("D-1"))),
            ])
            .await
            .unwrap();

        let cancelled_at = local(AT);
        assert_eq!(answers, [
            Err(EventRefusal::UnknownOrder),
            Ok(ToldAnswer::Accepted),
            Err(EventRefusal::Cancelled(CancelRefusal::BeforeOrdered)),
            Ok(ToldAnswer::Accepted),
            Err(EventRefusal::EventDiffers),
            Ok(ToldAnswer::Duplicate),
            Err(EventRefusal::Cancelled(CancelRefusal::AlreadyCancelled { cancelled_at })),
            Ok(ToldAnswer::Duplicate),
        ]);
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        assert_eq!(world.db().count("postings WHERE kind = 'clawback' AND points = 128").await, 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'orders.order_cancelled.v1'").await, 1);
        assert_eq!(world.db().count("refunds").await, 0);
        assert_verifies(app).await;
    }

    async fn what_comes_late_for_a_cancelled_order_is_refused_by_name(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        world.clock().set(local("2026-03-05T12:00:00"));
        let told = [event("ev-1", EventTold::Paid(sale("D-1"))), event("ev-2", cancelled("D-1", AT))];
        app.record_order_events(&told).await.unwrap();

        let with_pick_up = OrderPaid { picked_up_at: Some(local("2026-03-02T17:00:00")), ..sale("D-1") };
        let dearer = paid("D-1", "H-WANG", "2026-03-01T11:00:00", &[("", "500")]);
        let late = [
            event("late-1", EventTold::Paid(sale("D-1"))),
            event("late-2", EventTold::Paid(with_pick_up)),
            event("late-3", EventTold::Paid(dearer)),
            event("late-4", picked_up("D-1")),
            event("late-5", refunded("D-1", "128.60")),
        ];
        let answers = app.record_order_events(&late).await.unwrap();

        let end = Cancelled { cancelled_at: local(AT) };
        let paid_again = || Err(EventRefusal::Paid(RecordOrderRefusal::Cancelled(end)));
        assert_eq!(answers, [
            paid_again(),
            paid_again(),
            paid_again(),
            Err(EventRefusal::PickedUp(PickUpRefusal::Cancelled(end))),
            Err(EventRefusal::Refunded(RefundRefusal::Cancelled(end))),
        ]);
        let imported = app.import_orders(&[sale("D-1")], ImportMode::Commit).await.unwrap();
        assert_eq!(imported, [Err(RecordOrderRefusal::Cancelled(end))]);
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        assert_eq!(world.db().count("postings").await, 2);
        assert_verifies(app).await;
    }

    async fn after_a_pick_up_or_a_refund_an_order_is_not_cancelled(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        world.clock().set(local("2026-03-05T12:00:00"));

        let answers = app
            .record_order_events(&[
                event("ev-1", EventTold::Paid(sale("D-1"))),
                event("ev-2", EventTold::Paid(sale("D-2"))),
                event("ev-3", picked_up("D-1")),
                event("ev-4", refunded("D-2", "8.60")),
                event("ev-5", cancelled("D-1", "2026-03-04T10:00:00")),
                event("ev-6", cancelled("D-2", "2026-03-04T10:00:00")),
            ])
            .await
            .unwrap();

        let picked_up_at = local("2026-03-02T17:00:00");
        assert_eq!(answers[4], Err(EventRefusal::Cancelled(CancelRefusal::PickedUp { picked_up_at })));
        assert_eq!(answers[5], Err(EventRefusal::Cancelled(CancelRefusal::Refunded)));
        // 128 of the first; of the second what its refund left.
        assert_eq!(balance(app, &wang).await, [0, 248, 0, 0]);
        assert_verifies(app).await;
    }

    async fn points_spent_before_the_cancellation_are_owed(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let perk = define_perk(app, 100, 10, 5).await;
        world.clock().set(local("2026-03-05T12:00:00"));
        let history = OrderPaid { picked_up_at: Some(local("2026-02-02T17:00:00")), ..paid("D-0", "H-WANG", "2026-02-01T11:00:00", &[("", "100")]) };
        app.import_orders(&[history], ImportMode::Commit).await.unwrap();
        app.record_order_events(&[event("ev-1", EventTold::Paid(sale("D-1")))]).await.unwrap();
        app.redeem_perk(&wang, &redeem(perk.id, "0123456789abcdef")).await.unwrap().unwrap();
        assert_eq!(balance(app, &wang).await, [0, 128, 0, 0]);

        app.record_order_events(&[event("ev-2", cancelled("D-1", AT))]).await.unwrap()[0].as_ref().unwrap();

        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn told_at_the_same_instant_it_is_cancelled_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        world.clock().set(local("2026-03-05T12:00:00"));
        app.record_order_events(&[event("ev-1", EventTold::Paid(sale("D-1")))]).await.unwrap();

        let tellings: Vec<_> = (0..20)
            .map(|n| {
                // Half of them in this process and half in another; every second one races with a pick-up.
                let app = if n % 2 == 0 { Arc::clone(&app) } else { Arc::new(world.another()) };
                let told = if n % 4 < 2 { event("ev-2", cancelled("D-1", AT)) } else { event(&format!("ev-p{n}"), picked_up("D-1")) };
                tokio::spawn(async move { app.record_order_events(&[told]).await })
            })
            .collect();
        let mut accepted = 0;
        for telling in tellings {
            accepted += usize::from(telling.await.unwrap().unwrap() == [Ok(ToldAnswer::Accepted)]);
        }

        // Whichever came first is the truth, and the other is refused.
        assert_eq!(accepted, 1);
        let is_cancelled = world.db().count("orders WHERE cancelled_at IS NOT NULL AND picked_up_at IS NULL").await;
        let is_picked_up = world.db().count("orders WHERE cancelled_at IS NULL AND picked_up_at IS NOT NULL").await;
        assert_eq!(is_cancelled + is_picked_up, 1);
        let left = if is_cancelled == 1 { 0 } else { 128 };
        assert_eq!(balance(&app, &wang).await, [0, left, 0, 0]);
        assert_verifies(&app).await;
    }

    async fn a_dropped_cancellation_is_recorded_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        world.clock().set(local("2026-03-05T12:00:00"));

        for round in 0..5 {
            let told: Vec<_> =
                (0..60).map(|n| event(&format!("ev-{round}-{n}"), EventTold::Paid(sale(&format!("D-{round}-{n}"))))).collect();
            app.record_order_events(&told).await.unwrap();
            let completed = drop_at_every_await(
                async |n| app.record_order_events(&[event(&format!("c-{round}-{n}"), cancelled(&format!("D-{round}-{n}"), AT))]).await.unwrap(),
                async |_| {
                    let halves = "SELECT 'half' FROM wallets WHERE \
                         (SELECT count(*) FROM orders WHERE cancelled_at IS NOT NULL) <> (SELECT count(*) FROM postings WHERE kind = 'clawback')";
                    assert_eq!(world.db().texts(halves).await, Vec::<Vec<String>>::new());
                },
            )
            .await;
            assert_eq!(completed.output, [Ok(ToldAnswer::Accepted)]);
        }

        assert_verifies(app).await;
    }
}
