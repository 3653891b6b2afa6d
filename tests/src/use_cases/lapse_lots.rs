use std::sync::Arc;

use app::Principal;
use orders::OrderPaid;
use testkit::{TestApp, on_both_engines};

use crate::world::{assert_verifies, balance, define_perk, earn, event, found, local, paid, redeem, set_rule};

/// Households of which each has 30 points that lapse at the end of 1 January 2027, on the next day.
async fn with_points(world: &TestApp, count: usize) -> Vec<Principal> {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    world.clock().set(local("2026-01-21T12:00:00"));
    let mut households = Vec::with_capacity(count);
    for n in 0..count {
        households.push(found(app, &format!("H-{n}")).await);
        earn(app, &format!("H-{n}"), "30").await;
    }
    world.clock().set(local("2027-01-02T00:00:00"));
    households
}

/// How many lapses there are, and of how many households.
async fn lapses(world: &TestApp) -> (u64, u64) {
    let households = "(SELECT DISTINCT household_id FROM postings WHERE kind = 'lapse' AND points = 30) AS lapsed";
    (world.db().count("postings WHERE kind = 'lapse'").await, world.db().count(households).await)
}

on_both_engines! {
    async fn books_once_what_the_calendar_made_true_however_late(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        world.clock().set(local("2026-01-21T12:00:00"));
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "600").await;

        // Earned on 1 January 2026: the 365th day after it is 1 January 2027.
        world.clock().set(local("2027-01-01T23:59:59"));
        assert_eq!(balance(app, &wang).await, [600, 0, 0, 0]);
        assert_eq!(app.lapse_lots().await.unwrap(), 0);

        world.clock().set(local("2027-01-05T03:00:00"));
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        assert_eq!(app.lapse_lots().await.unwrap(), 1);
        assert_eq!(app.lapse_lots().await.unwrap(), 0);

        assert_eq!(world.db().count("postings WHERE kind = 'lapse' AND points = 600").await, 1);
        assert_eq!(world.db().count("postings WHERE kind = 'lapse' AND business_date = '2027-01-02'").await, 1);
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn books_a_bounded_batch_at_a_time(world: TestApp) {
        let app = world.app();
        with_points(&world, 45).await;

        let mut booked = Vec::new();
        for _ in 0..4 {
            booked.push(app.lapse_lots().await.unwrap());
        }

        assert_eq!(booked, [20, 20, 5, 0]);
        assert_eq!(lapses(&world).await, (45, 45));
        assert_eq!(world.db().count("audit_lines WHERE action = 'lapse_lots'").await, 3);
        assert_verifies(app).await;
    }

    async fn two_workers_at_once_under_load_lapse_each_lot_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let households = with_points(&world, 45).await;
        // Each household also has 20 points that last, and spends and earns while the others' points lapse.
        let told = (0..45).map(|n| {
            let order = OrderPaid {
                picked_up_at: Some(local("2026-12-02T10:00:00")),
                ..paid(&format!("N-{n}"), &format!("H-{n}"), "2026-12-01T10:00:00", &[("", "20")])
            };
            event(&format!("ev-{n}"), app::orders::EventTold::Paid(order))
        });
        for answer in app.record_order_events(&told.collect::<Vec<_>>()).await.unwrap() {
            answer.unwrap();
        }
        let perk = define_perk(&app, 20, 100, 1).await.id;

        let workers: Vec<_> = (0..2)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move {
                    let mut lapsed = 0;
                    loop {
                        match app.lapse_lots().await {
                            Ok(0) => return lapsed,
                            Ok(count) => lapsed += count,
                            Err(fault) => assert_eq!(fault.kind(), kernel::FaultKind::Busy, "{}", fault.chain()),
                        }
                    }
                })
            })
            .collect();
        let load: Vec<_> = households
            .iter()
            .enumerate()
            .map(|(n, &who)| {
                let app = Arc::clone(&app);
                tokio::spawn(async move {
                    let key = format!("key-0123456789-{n}");
                    while app.redeem_perk(&who, &redeem(perk, &key)).await.map(Result::unwrap).is_err() {}
                    let order = paid(&format!("L-{n}"), &format!("H-{n}"), "2027-01-01T10:00:00", &[("", "7")]);
                    let told = [event(&format!("ev-late-{n}"), app::orders::EventTold::Paid(order))];
                    while app.record_order_events(&told).await.is_err() {}
                })
            })
            .collect();
        let mut lapsed = 0;
        for worker in workers {
            lapsed += worker.await.unwrap();
        }
        for one in load {
            one.await.unwrap();
        }

        assert_eq!((lapsed, lapses(&world).await), (45, (45, 45)));
        for who in &households {
            assert_eq!(balance(&app, who).await, [0, 7, 0, 0]);
        }
        assert_verifies(&app).await;
    }

    async fn a_household_that_cannot_be_booked_keeps_nobody_else_waiting(world: TestApp) {
        let app = world.app();
        with_points(&world, 23).await;
        // The number of its next posting is taken.
        let broken = "UPDATE wallets SET last_no = 0 \
             WHERE household_id = (SELECT household_id FROM wallets ORDER BY household_id LIMIT 1)";
        assert_eq!(world.db().execute(broken).await, Ok(1));

        let mut booked = Vec::new();
        while let Ok(count @ 1..) = app.lapse_lots().await {
            booked.push(count);
        }

        assert_eq!(booked.iter().sum::<usize>(), 22);
        assert_eq!(lapses(&world).await, (22, 22));
        assert!(app.lapse_lots().await.is_err());
    }

    async fn lapses_keep_neither_seals_nor_anything_else_waiting(world: TestApp) {
        let app = world.app();
        with_points(&world, 25).await;

        assert!(app.run_clockwork().await);

        assert_eq!(lapses(&world).await, (20, 20));
        assert_eq!(world.db().count("ledger_seals").await, 1);
        while app.run_clockwork().await {}
        assert_eq!(lapses(&world).await, (25, 25));
        assert_verifies(app).await;
    }
}
