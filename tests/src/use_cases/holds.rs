use std::sync::Arc;

use app::ledger::{AdjustPoints, Adjustment, EndHoldRefusal, HoldPoints, HoldPointsRefusal};
use kernel::{Actor, Id, kinds};
use ledger::{Hold, HoldRefusal, SpendRefusal};
use mail::{HeldPointsLapsed, Message};
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use crate::world::{assert_verifies, balance, earn, found, label, local, points, set_rule};

const NOW: &str = "2026-03-31T23:50:00";

fn seat(household: Id<kinds::Household>, owner: &str, n: i64, ends_at: &str) -> HoldPoints {
    HoldPoints { household, owner: label(owner), purpose: label("seat"), points: points(n), ends_at: local(ends_at) }
}

/// A household with points that lapse at the end of 31 March 2026, at ten to midnight that day.
async fn with_points(world: &TestApp, n: &str) -> app::Principal {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    // Ordered on 31 March 2025 and picked up a day later.
    world.clock().set(local("2025-04-20T12:00:00"));
    let wang = found(app, "H-WANG").await;
    earn(app, "H-WANG", n).await;
    world.clock().set(local(NOW));
    wang
}

on_both_engines! {
    async fn held_points_outlive_their_last_day_and_can_be_captured(world: TestApp) {
        let app = world.app();
        let wang = with_points(&world, "600").await;
        let household = wang.household.unwrap().0;
        let seat = seat(household, "seat 1", 600, "2026-04-01T00:05:00");
        let hold = app.hold_points(Actor::Member(wang.person), &seat).await.unwrap().unwrap();
        assert_eq!(balance(app, &wang).await, [0, 0, 600, 0]);

        world.clock().set(local("2026-04-01T00:00:00"));
        assert_eq!((app.end_due_holds().await.unwrap(), app.lapse_lots().await.unwrap()), (0, 0));
        assert_eq!(balance(app, &wang).await, [0, 0, 600, 0]);

        world.clock().set(local("2026-04-01T00:03:00"));
        let captured = app.capture_hold(Actor::System, household, hold.id).await.unwrap().unwrap();
        assert_eq!((captured.points, captured.cause.reference), (points(600), hold.id.to_string()));
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);

        let at = local("2026-04-01T00:03:00");
        let again = app.capture_hold(Actor::System, household, hold.id).await.unwrap();
        assert_eq!(again, Err(EndHoldRefusal::NotOpen(HoldRefusal::AlreadyCaptured { at })));
        assert_eq!(app.release_hold(Actor::System, household, hold.id).await.unwrap().unwrap_err(), again.unwrap_err());
        world.clock().set(local("2026-04-02T00:00:00"));
        assert_eq!((app.end_due_holds().await.unwrap(), app.lapse_lots().await.unwrap()), (0, 0));
        assert_verifies(app).await;
    }

    async fn a_hold_whose_end_came_lets_its_points_lapse_dated_that_day_however_late_the_job(world: TestApp) {
        let app = world.app();
        let wang = with_points(&world, "700").await;
        let household = wang.household.unwrap().0;
        let seat = seat(household, "seat 1", 600, "2026-04-02T00:05:00");
        let hold = app.hold_points(Actor::Member(wang.person), &seat).await.unwrap().unwrap();

        world.clock().set(local("2026-04-06T03:00:00"));
        let ended = HoldRefusal::Ended { at: hold.ends_at };
        let late = app.capture_hold(Actor::System, household, hold.id).await.unwrap();
        assert_eq!(late, Err(EndHoldRefusal::NotOpen(ended)));
        assert_eq!((app.end_due_holds().await.unwrap(), app.end_due_holds().await.unwrap()), (1, 0));
        assert_eq!(app.lapse_lots().await.unwrap(), 0);

        let lapses = "SELECT CAST(points AS TEXT), CAST(business_date AS TEXT) FROM postings WHERE kind = 'lapse' ORDER BY no";
        assert_eq!(world.db().texts(lapses).await, [["100", "2026-04-01"], ["600", "2026-04-02"]]);
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        assert_eq!(world.db().count("holds WHERE state = 'lapsed'").await, 1);
        assert_verifies(app).await;
    }

    async fn a_hold_whose_end_has_passed_keeps_nothing_whether_or_not_a_job_ran(world: TestApp) {
        let app = world.app();
        let wang = with_points(&world, "600").await;
        let household = wang.household.unwrap().0;
        world.clock().set(local("2026-03-31T10:00:00"));
        let hold = app.hold_points(Actor::System, &seat(household, "seat 1", 600, "2026-03-31T10:15:00")).await.unwrap().unwrap();
        let perk = crate::world::define_perk(app, 250, 5, 5).await;
        let redeem = |n: usize| crate::world::redeem(perk.id, &format!("key-0123456789-{n}"));
        world.clock().set(local("2026-03-31T10:14:59"));
        assert_eq!(balance(app, &wang).await, [0, 0, 600, 0]);
        assert!(app.redeem_perk(&wang, &redeem(1)).await.unwrap().is_err());

        // The worker is down. The points are free all the same, for all who look and for whoever comes first.
        world.clock().set(local("2026-03-31T10:30:00"));
        assert_eq!(balance(app, &wang).await, [600, 0, 0, 0]);
        let ended = Err(EndHoldRefusal::NotOpen(HoldRefusal::Ended { at: hold.ends_at }));
        assert_eq!(app.capture_hold(Actor::System, household, hold.id).await.unwrap().map(|_| ()), ended);
        assert_eq!(app.release_hold(Actor::System, household, hold.id).await.unwrap().map(|_| ()), ended);
        assert_eq!(world.db().count("holds WHERE state = 'open'").await, 1);
        app.redeem_perk(&wang, &redeem(2)).await.unwrap().unwrap();

        assert_eq!(world.db().count(&format!("holds WHERE state = 'lapsed' AND ended_at = {}", hold.ends_at.timestamp_millis())).await, 1);
        assert_eq!((balance(app, &wang).await, app.end_due_holds().await.unwrap()), ([350, 0, 0, 0], 0));
        let lines = "SELECT actor_kind, action FROM audit_lines WHERE action = 'end_hold'";
        assert_eq!(world.db().texts(lines).await, [["system", "end_hold"]]);
        assert_verifies(app).await;
    }

    async fn what_lapses_when_a_hold_has_ended_is_the_calendars_doing_and_told(world: TestApp) {
        let app = world.app();
        let wang = with_points(&world, "600").await;
        let household = wang.household.unwrap().0;
        let hold = app.hold_points(Actor::Member(wang.person), &seat(household, "seat 1", 400, "2026-04-01T00:05:00")).await.unwrap().unwrap();
        world.clock().set(local("2026-04-02T08:00:00"));
        // Nobody has booked anything. An adjustment locks the wallet first.
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        let adjust = AdjustPoints {
            household,
            adjustment: Adjustment::Credit,
            points: points(5),
            reason: label("致歉"),
            idempotency_key: "key-0123456789-1".parse().unwrap(),
        };
        app.adjust_points(&adjust).await.unwrap().unwrap();

        let lapses = "SELECT CAST(points AS TEXT), actor_kind, CAST(business_date AS TEXT), COALESCE(reason, '') \
             FROM postings WHERE kind = 'lapse' ORDER BY no";
        let reason = format!("hold {} ended 2026-04-01 00:05", hold.id);
        assert_eq!(
            world.db().texts(lapses).await,
            [["200", "system", "2026-04-01", ""], ["400", "system", "2026-04-01", &reason]]
        );
        app.drain().await.unwrap();
        let mails: Vec<_> = world.mails().into_iter().map(|mail| mail.message).collect();
        let ended_at = "2026-04-01T00:05:00".parse().unwrap();
        assert_eq!(mails, [Message::HeldPointsLapsed(HeldPointsLapsed { points: points(400), ended_at })]);
        assert_verifies(app).await;
    }

    async fn a_household_whose_holds_cannot_end_keeps_nobody_else_waiting(world: TestApp) {
        let app = world.app();
        with_points(&world, "600").await;
        let mut households = Vec::new();
        for n in 0..3 {
            let who = found(app, &format!("H-{n}")).await;
            earn(app, &format!("H-{n}"), "50").await;
            households.push(who.household.unwrap().0);
            let ends_at = format!("2026-03-31T23:5{}:30", 1 + n);
            app.hold_points(Actor::System, &seat(households[n], "seat", 10, &ends_at)).await.unwrap().unwrap();
        }
        let broken = "UPDATE lots SET held = 0 WHERE household_id = (SELECT household_id FROM holds ORDER BY ends_at LIMIT 1)";
        assert_eq!(world.db().execute(broken).await, Ok(1));

        world.clock().set(local("2026-04-01T09:00:00"));
        assert_eq!(app.end_due_holds().await.unwrap(), 2);
        assert!(app.end_due_holds().await.is_err());
        assert_eq!(world.db().count("holds WHERE state = 'lapsed'").await, 2);
    }

    async fn a_hold_told_again_is_one_hold_and_told_otherwise_is_refused(world: TestApp) {
        let app = world.app();
        let wang = with_points(&world, "600").await;
        let household = wang.household.unwrap().0;
        let hold = |owner: &str, n, ends_at: &str| seat(household, owner, n, ends_at);
        let first = hold("seat 1", 400, "2026-04-01T00:05:00");
        let held: Hold = app.hold_points(Actor::System, &first).await.unwrap().unwrap();

        assert_eq!(app.hold_points(Actor::System, &first).await.unwrap().unwrap(), held);
        let more = app.hold_points(Actor::System, &hold("seat 1", 401, "2026-04-01T00:05:00")).await.unwrap();
        assert_eq!(more, Err(HoldPointsRefusal::HoldDiffers));
        let nothing = app.hold_points(Actor::System, &hold("seat 2", 0, "2026-04-01T00:05:00")).await.unwrap();
        assert_eq!(nothing, Err(HoldPointsRefusal::NoPoints));
        for ends_at in [NOW, "2026-07-02T00:00:00"] {
            let refused = app.hold_points(Actor::System, &hold("seat 2", 1, ends_at)).await.unwrap();
            assert_eq!(refused, Err(HoldPointsRefusal::EndOutOfRange), "{ends_at}");
        }
        let too_many = app.hold_points(Actor::System, &hold("seat 2", 201, "2026-04-01T00:05:00")).await.unwrap();
        let missing = SpendRefusal::InsufficientPoints { short_by: points(1), held: points(400), matures_on: None };
        assert_eq!(too_many, Err(HoldPointsRefusal::NotHeld(missing)));

        assert_eq!(app.release_hold(Actor::System, household, held.id).await.unwrap(), Ok(Vec::new()));
        assert_eq!(balance(app, &wang).await, [600, 0, 0, 0]);
        // Told once more, a client must not believe that points are set aside for it.
        let released = app.hold_points(Actor::System, &first).await.unwrap();
        let at = local(NOW);
        assert_eq!(released, Err(HoldPointsRefusal::NotOpen(HoldRefusal::Ended { at })));
        assert_eq!(world.db().count("holds").await, 1);
        assert_verifies(app).await;
    }

    async fn captured_and_released_at_once_a_hold_ends_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let wang = with_points(&world, "600").await;
        let household = wang.household.unwrap().0;
        for n in 0..10 {
            let hold = seat(household, &format!("seat {n}"), 60, "2026-04-01T00:05:00");
            let hold = app.hold_points(Actor::System, &hold).await.unwrap().unwrap();
            let ends: Vec<_> = (0..8)
                .map(|press| {
                    let app = Arc::clone(&app);
                    tokio::spawn(async move {
                        let ended = if press % 2 == 0 {
                            app.capture_hold(Actor::System, household, hold.id).await.unwrap().map(|_| ())
                        } else {
                            app.release_hold(Actor::System, household, hold.id).await.unwrap().map(|_| ())
                        };
                        u32::from(ended.is_ok())
                    })
                })
                .collect();
            let mut ended = 0;
            for end in ends {
                ended += end.await.unwrap();
            }
            assert_eq!(ended, 1);
        }
        let captured = world.db().count("holds WHERE state = 'captured'").await;
        assert_eq!(balance(&app, &wang).await, [600 - 60 * i64::try_from(captured).unwrap(), 0, 0, 0]);
        assert_eq!(world.db().count("postings WHERE kind = 'redeem'").await, captured);
        assert_verifies(&app).await;
    }

    async fn a_dropped_hold_and_capture_happen_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        let wang = with_points(&world, "10000").await;
        let household = wang.household.unwrap().0;
        for round in 0..3 {
            let hold = |n| seat(household, &format!("seat {round} {n}"), 10, "2026-04-01T00:05:00");
            let held = "SELECT 'half' FROM wallets WHERE (SELECT COALESCE(SUM(held), 0) FROM lots) <> \
                 (SELECT COALESCE(SUM(points), 0) FROM holds WHERE state = 'open') OR \
                 (SELECT count(*) FROM postings WHERE kind = 'redeem') <> \
                 (SELECT count(*) FROM holds WHERE state = 'captured')";
            let completed = drop_at_every_await(
                async |n| {
                    let placed = app.hold_points(Actor::System, &hold(n)).await.unwrap().unwrap();
                    app.capture_hold(Actor::System, household, placed.id).await.unwrap()
                },
                async |_| assert_eq!(world.db().texts(held).await, Vec::<Vec<String>>::new()),
            )
            .await;
            assert!(completed.output.is_ok());
        }
        assert_verifies(app).await;
    }
}
