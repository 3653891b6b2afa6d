use std::sync::Arc;

use accounts::Role;
use app::App;
use kernel::BusinessDate;
use mail::{LapsingDay, Message};
use testkit::{TestApp, on_both_engines};

use crate::world::{add_person, define_perk, earn, found, local, points, redeem, set_rule};

/// A household with 600 points, ordered on 1 January 2026: their last day is 1 January 2027.
async fn with_points(world: &TestApp, household: &str) -> app::Principal {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    world.clock().set(local("2026-01-21T12:00:00"));
    let owner = found(app, household).await;
    earn(app, household, "600").await;
    owner
}

/// Whom it was said to, and which days and points.
fn notices(world: &TestApp) -> Vec<(String, Vec<(BusinessDate, i64)>)> {
    let notices = world.mails().into_iter().filter_map(|mail| match mail.message {
        Message::LapseNotice(notice) => {
            let day = |day: &LapsingDay| (day.last_day, day.points.get());
            Some((mail.to.to_string(), notice.days.iter().map(day).collect()))
        }
        Message::SignInCode(_)
        | Message::FamilyPay(_)
        | Message::PerkRedeemed(_)
        | Message::HeldPointsLapsed(_)
        | Message::Invitation(_)
        | Message::MemberRemoved(_)
        | Message::BallotThanked(_)
        | Message::PlaceOffered(_)
        | Message::SlotMissed(_)
        | Message::SeatsReturned(_) => None,
    });
    notices.collect()
}

async fn notify(app: &App) -> usize {
    let told = app.notify_lapses().await.unwrap();
    app.drain().await.unwrap();
    told
}

const LAST_DAY: &str = "2027-01-01";

on_both_engines! {
    async fn a_household_is_told_30_and_7_days_before_and_each_time_once(world: TestApp) {
        let app = world.app();
        with_points(&world, "H-WANG").await;

        world.clock().set(local("2026-12-01T23:59:59"));
        assert_eq!(notify(app).await, 0);
        world.clock().set(local("2026-12-02T00:00:00"));
        assert_eq!((notify(app).await, notify(app).await), (1, 0));
        world.clock().set(local("2026-12-24T23:00:00"));
        assert_eq!(notify(app).await, 0);
        world.clock().set(local("2026-12-25T00:00:00"));
        assert_eq!((notify(app).await, notify(app).await), (1, 0));
        world.clock().set(local("2027-01-01T12:00:00"));
        assert_eq!(notify(app).await, 0);

        let told = ("h-wang-owner@hearth.example".to_owned(), vec![(LAST_DAY.parse().unwrap(), 600)]);
        assert_eq!(notices(&world), [told.clone(), told]);
        assert_eq!(world.db().count("lapse_notices WHERE days_before = 30 AND noticed_on = '2026-12-02' AND points = 600").await, 1);
        assert_eq!(world.db().count("lapse_notices WHERE days_before = 7 AND noticed_on = '2026-12-25'").await, 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'ledger.lapse_noticed.v1'").await, 2);
    }

    async fn a_late_job_tells_once_and_never_after_the_lapse(world: TestApp) {
        let app = world.app();
        with_points(&world, "H-WANG").await;

        // Three weeks late: the notice of a week stands for both.
        world.clock().set(local("2026-12-28T09:00:00"));
        assert_eq!((notify(app).await, notify(app).await), (1, 0));
        assert_eq!(world.db().count("lapse_notices").await, 1);
        assert_eq!(world.db().count("lapse_notices WHERE days_before = 7").await, 1);

        found(app, "H-LI").await;
        world.clock().set(local("2026-12-29T09:00:00"));
        assert_eq!(notify(app).await, 0);
        assert_eq!(notices(&world).len(), 1);
    }

    async fn nobody_is_told_of_points_that_lapsed_before_the_job_ran(world: TestApp) {
        with_points(&world, "H-WANG").await;

        world.clock().set(local("2027-01-02T00:00:00"));
        assert_eq!(notify(world.app()).await, 0);
        assert_eq!(notices(&world), []);
    }

    async fn workers_at_the_same_time_tell_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        with_points(&world, "H-WANG").await;
        world.clock().set(local("2026-12-05T09:00:00"));

        let workers: Vec<_> = (0..8)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.notify_lapses().await.unwrap() })
            })
            .collect();
        let mut told = 0;
        for worker in workers {
            told += worker.await.unwrap();
        }
        app.drain().await.unwrap();

        assert_eq!(told, 1);
        assert_eq!(notices(&world).len(), 1);
    }

    async fn every_grown_up_with_an_address_reads_it(world: TestApp) {
        let app = world.app();
        with_points(&world, "H-WANG").await;
        add_person(app, "H-WANG", "P-ADULT", Role::Adult).await;
        add_person(app, "H-WANG", "P-SENIOR", Role::Senior).await;
        add_person(app, "H-WANG", "P-CHILD", Role::Child).await;
        found(app, "H-LI").await;
        world.clock().set(local("2026-12-02T09:00:00"));

        assert_eq!(notify(app).await, 1);

        let mut readers: Vec<String> = notices(&world).into_iter().map(|(reader, _)| reader).collect();
        assert_eq!(readers[0], "h-wang-owner@hearth.example");
        readers.sort();
        assert_eq!(readers, ["h-wang-owner@hearth.example", "p-adult@hearth.example", "p-senior@hearth.example"]);
        let keys: std::collections::BTreeSet<String> = world.mails().iter().map(|mail| mail.key.to_string()).collect();
        assert_eq!(keys.len(), 3);
    }

    async fn a_mail_tells_what_is_left_and_none_is_sent_when_nothing_is(world: TestApp) {
        let app = world.app();
        let wang = with_points(&world, "H-WANG").await;
        let perk = define_perk(app, 200, 5, 5).await;
        world.clock().set(local("2026-12-02T09:00:00"));
        assert_eq!(app.notify_lapses().await.unwrap(), 1);
        app.redeem_perk(&wang, &redeem(perk.id, "key-0123456789abcdef")).await.unwrap().unwrap();
        app.drain().await.unwrap();
        assert_eq!(notices(&world), [("h-wang-owner@hearth.example".to_owned(), vec![(LAST_DAY.parse().unwrap(), 400)])]);

        world.clock().set(local("2026-12-26T09:00:00"));
        assert_eq!(app.notify_lapses().await.unwrap(), 1);
        for key in ["key-1123456789abcdef", "key-2123456789abcdef"] {
            app.redeem_perk(&wang, &redeem(perk.id, key)).await.unwrap().unwrap();
        }
        app.drain().await.unwrap();
        assert_eq!(notices(&world).len(), 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'ledger.lapse_noticed.v1' AND settled_at IS NULL").await, 0);
    }

    async fn several_lots_are_one_mail(world: TestApp) {
        let app = world.app();
        with_points(&world, "H-WANG").await;
        let give = app::ledger::AdjustPoints {
            household: crate::world::principal(app, "H-WANG-owner").await.household.unwrap().0,
            adjustment: app::ledger::Adjustment::Credit,
            points: points(50),
            reason: crate::world::label("late delivery"),
            idempotency_key: "key-0123456789abcdef".parse().unwrap(),
        };
        // Given on 3 January: their last day is 3 January 2027.
        world.clock().set(local("2026-01-03T12:00:00"));
        app.adjust_points(&give).await.unwrap().unwrap();

        world.clock().set(local("2026-12-10T09:00:00"));
        assert_eq!(notify(app).await, 1);

        let days = vec![(LAST_DAY.parse().unwrap(), 600), ("2027-01-03".parse().unwrap(), 50)];
        assert_eq!(notices(&world), [("h-wang-owner@hearth.example".to_owned(), days)]);
        assert_eq!(world.db().count("lapse_notices").await, 2);
    }
}
