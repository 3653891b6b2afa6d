use std::sync::Arc;

use app::{
    ImportMode,
    orders::{EventRefusal, EventTold, RecordOrderRefusal, Recorded, ToldAnswer},
};
use kernel::ExternalRef;
use orders::{OrderPaid, OrderPickedUp, OrderRefunded, PickUpRefusal};
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use crate::world::{assert_verifies, balance, event, found, local, paid, reference, set_rule, yuan};

/// As in `redeem_perk`: one round misses places to drop at, many miss few.
const ROUNDS: u32 = 20;

fn picked_up(order: &str, at: &str) -> EventTold {
    EventTold::PickedUp(OrderPickedUp { order_ref: reference(order), picked_up_at: local(at) })
}

fn refunded(order: &str, refund: &str, amount: &str) -> EventTold {
    EventTold::Refunded(OrderRefunded {
        order_ref: reference(order),
        refund_ref: reference(refund),
        refunded_at: local("2026-03-20T10:00:00"),
        amount: yuan(amount),
        lines: Vec::new(),
    })
}

on_both_engines! {
    async fn an_event_told_at_the_same_instant_earns_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        world.clock().set(local("2026-03-01T12:00:00"));

        let tellings: Vec<_> = (0..20)
            .map(|_| {
                let app = Arc::clone(&app);
                let told = event("ev-1", EventTold::Paid(paid("D-1", "H-WANG", "2026-03-01T11:00:00", &[("", "128.60")])));
                tokio::spawn(async move { app.record_order_events(&[told]).await })
            })
            .collect();
        let mut accepted = 0;
        for telling in tellings {
            match telling.await.unwrap().unwrap()[..] {
                [Ok(ToldAnswer::Accepted)] => accepted += 1,
                [Ok(ToldAnswer::Duplicate)] => {}
                ref other => panic!("{other:?}"),
            }
        }

        assert_eq!(accepted, 1);
        assert_eq!(world.db().count("postings WHERE kind = 'earn'").await, 1);
        assert_eq!(balance(&app, &wang).await, [0, 128, 0, 0]);
        assert_verifies(&app).await;
    }

    async fn an_unknown_household_told_at_the_same_instant_is_founded_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;

        let tellings: Vec<_> = (0..20)
            .map(|n| {
                let app = Arc::clone(&app);
                let order = paid(&format!("D-{n}"), "H-NEW", "2026-03-01T11:00:00", &[("", "10")]);
                let told = event(&format!("ev-{n}"), EventTold::Paid(order));
                tokio::spawn(async move { app.record_order_events(&[told]).await })
            })
            .collect();
        for telling in tellings {
            assert_eq!(telling.await.unwrap().unwrap(), [Ok(ToldAnswer::Accepted)]);
        }

        assert_eq!(world.db().count("households").await, 1);
        assert_eq!(world.db().count("wallets WHERE balance = 200").await, 1);
        assert_verifies(&app).await;
    }

    async fn a_contradiction_is_refused_and_touches_only_itself(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let good = EventTold::Paid(paid("D-1", "H-WANG", "2026-03-01T11:00:00", &[("", "50")]));
        let other_amount = EventTold::Paid(paid("D-1", "H-WANG", "2026-03-01T11:00:00", &[("", "51")]));
        let last = EventTold::Paid(paid("D-2", "H-WANG", "2026-03-01T11:05:00", &[("", "7")]));

        let answers = app
            .record_order_events(&[
                event("ev-1", good.clone()),
                event("ev-1", other_amount.clone()),
                event("ev-2", other_amount),
                event("ev-3", good),
                event("ev-4", picked_up("D-9", "2026-03-02T17:00:00")),
                event("ev-5", refunded("D-1", "R-1", "50.01")),
                event("ev-6", last),
            ])
            .await
            .unwrap();

        assert_eq!(answers[0], Ok(ToldAnswer::Accepted));
        assert_eq!(answers[1], Err(EventRefusal::EventDiffers));
        assert_eq!(answers[2], Err(EventRefusal::Paid(RecordOrderRefusal::OrderDiffers)));
        assert_eq!(answers[3], Ok(ToldAnswer::Duplicate));
        assert_eq!(answers[4], Err(EventRefusal::UnknownOrder));
        assert_eq!(
            answers[5],
            Err(EventRefusal::Refunded(orders::RefundRefusal::MoreThanPaid { left: yuan("50") }))
        );
        assert_eq!(answers[6], Ok(ToldAnswer::Accepted));
        assert_eq!(balance(app, &wang).await, [0, 57, 0, 0]);
    }

    async fn a_pick_up_told_later_with_the_sale_is_news_once(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        world.clock().set(local("2026-03-05T12:00:00"));
        let sale = paid("D-1", "H-WANG", "2026-03-01T11:00:00", &[("", "50")]);
        let with_pick_up =
            |at: &str| EventTold::Paid(OrderPaid { picked_up_at: Some(local(at)), ..sale.clone() });

        let answers = app
            .record_order_events(&[
                event("ev-1", EventTold::Paid(sale.clone())),
                event("ev-1", with_pick_up("2026-03-02T17:00:00")),
                event("ev-2", with_pick_up("2026-03-02T17:00:00")),
                event("ev-3", with_pick_up("2026-03-02T17:00:00")),
                event("ev-4", with_pick_up("2026-03-02T18:00:00")),
            ])
            .await
            .unwrap();

        assert_eq!(answers[0], Ok(ToldAnswer::Accepted));
        assert_eq!(answers[1], Err(EventRefusal::EventDiffers));
        assert_eq!(answers[2], Ok(ToldAnswer::Accepted));
        assert_eq!(answers[3], Ok(ToldAnswer::Duplicate));
        let picked_up_at = local("2026-03-02T17:00:00");
        let refused = RecordOrderRefusal::PickedUp(PickUpRefusal::AlreadyPickedUp { picked_up_at });
        assert_eq!(answers[4], Err(EventRefusal::Paid(refused)));
        world.clock().set(local("2026-03-10T00:00:00"));
        assert_eq!(balance(app, &wang).await, [50, 0, 0, 0]);
        assert_eq!(world.db().count("postings WHERE kind = 'schedule'").await, 1);
        assert_verifies(app).await;
    }

    async fn an_import_told_again_with_its_pick_up_gives_the_points_their_day(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        world.clock().set(local("2026-03-12T12:00:00"));
        let sale = paid("D-1", "H-WANG", "2026-03-01T11:00:00", &[("", "50")]);
        app.import_orders(std::slice::from_ref(&sale), ImportMode::Commit).await.unwrap();
        assert_eq!(balance(app, &wang).await, [0, 50, 0, 0]);

        let again = OrderPaid { picked_up_at: Some(local("2026-03-02T17:00:00")), ..sale };
        let answers = app.import_orders(&[again.clone(), again], ImportMode::Commit).await.unwrap();

        assert!(matches!(answers[..], [Ok(Recorded::PickedUp { .. }), Ok(Recorded::Duplicate)]), "{answers:?}");
        assert_eq!(balance(app, &wang).await, [50, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn a_refused_order_founds_no_household(world: TestApp) {
        let app = world.app();
        let stranger = OrderPaid {
            person_ref: Some(reference("P-NOBODY")),
            ..paid("D-1", "H-GHOST", "2026-03-01T11:00:00", &[("", "50")])
        };
        let above = OrderPaid { cash: yuan("51"), ..paid("D-2", "H-GHOST", "2026-03-01T11:00:00", &[("", "50")]) };

        let answers = app.import_orders(&[stranger, above], ImportMode::Commit).await.unwrap();

        assert_eq!(answers[0], Err(RecordOrderRefusal::UnknownPerson));
        assert!(matches!(answers[1], Err(RecordOrderRefusal::Invalid(_))), "{answers:?}");
        assert_eq!(world.db().count("households").await, 0);
        assert_eq!(world.db().count("wallets").await, 0);
    }

    async fn a_refund_told_again_is_taken_back_once(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let sale = EventTold::Paid(paid("D-1", "H-WANG", "2026-03-01T11:00:00", &[("", "200")]));
        app.record_order_events(&[event("ev-1", sale)]).await.unwrap();

        for id in ["ev-2", "ev-2", "ev-3"] {
            app.record_order_events(&[event(id, refunded("D-1", "R-1", "50"))]).await.unwrap()[0].as_ref().unwrap();
        }

        assert_eq!(balance(app, &wang).await, [0, 150, 0, 0]);
        assert_eq!(world.db().count("postings WHERE kind = 'clawback'").await, 1);
        assert_verifies(app).await;
    }

    async fn a_dropped_event_is_recorded_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let tell = |round: u32, n: u32| -> (ExternalRef, EventTold) {
            let order = paid(&format!("D-{round}-{n}"), "H-WANG", "2026-03-01T11:00:00", &[("", "7"), ("", "3")]);
            event(&format!("ev-{round}-{n}"), EventTold::Paid(order))
        };

        let mut drops = 0;
        for round in 0..ROUNDS {
            let completed = drop_at_every_await(
                async |n| app.record_order_events(&[tell(round, n)]).await.unwrap(),
                async |_| {
                    // One statement: a commit that was under way may still become true between two.
                    let halves = "SELECT 'half' FROM wallets WHERE \
                         (SELECT count(*) FROM orders) <> (SELECT count(*) FROM postings) OR \
                         (SELECT count(*) FROM orders WHERE lines NOT LIKE '[[%],[%]]') > 0 OR \
                         (SELECT count(*) FROM idempotency_keys) <> (SELECT count(*) FROM postings) OR \
                         (SELECT count(*) FROM outbox_events) <> 2 * (SELECT count(*) FROM postings) OR \
                         balance <> 10 * (SELECT count(*) FROM postings)";
                    assert_eq!(world.db().texts(halves).await, Vec::<Vec<String>>::new());
                },
            )
            .await;
            assert_eq!(completed.output, [Ok(ToldAnswer::Accepted)]);
            drops += completed.drops;
        }

        assert!(drops >= ROUNDS, "only {drops} awaits were dropped at in {ROUNDS} rounds");
        assert_verifies(app).await;
        let earned = i64::try_from(world.db().count("postings").await).unwrap();
        assert_eq!(balance(app, &wang).await, [0, 10 * earned, 0, 0]);
    }
}
