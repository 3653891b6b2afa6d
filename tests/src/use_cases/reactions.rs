use std::sync::Arc;

use app::{App, Secret, Settings};
use chrono::TimeDelta;
use kernel::Actor;
use mail::{Mailer, Message, SmtpSecurity, SmtpSettings};
use testkit::{TestApp, TestDb, on_both_engines};

use crate::world::{define_perk, earn, found, redeem, set_rule};

/// A household that has just redeemed a perk: its mail is on its way.
async fn redeemed(app: &App) {
    set_rule(app, "1", "2017-01-01", &[]).await;
    let wang = found(app, "H-WANG").await;
    earn(app, "H-WANG", "500").await;
    let perk = define_perk(app, 200, 5, 5).await;
    app.redeem_perk(&wang, &redeem(perk.id, "key-0123456789abcdef")).await.unwrap().unwrap();
}

fn perk_mails(world: &TestApp) -> usize {
    world.mails().iter().filter(|mail| matches!(mail.message, Message::PerkRedeemed(_))).count()
}

/// An app whose mail server is not there.
fn without_mail_server(db: &TestDb) -> App {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings =
        SmtpSettings { host: "127.0.0.1".to_owned(), port: closed, security: SmtpSecurity::None, credentials: None };
    let mailer = Mailer::smtp("hearth@hearth.example".parse().unwrap(), &settings).unwrap();
    App::new(db.db().clone(), Settings::default(), Secret::new(vec![7; 32]).unwrap(), mailer)
}

on_both_engines! {
    async fn workers_that_drain_at_the_same_time_send_one_mail(world: TestApp) {
        let app = Arc::new(world.app().clone());
        redeemed(&app).await;

        let drains: Vec<_> = (0..8)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.drain().await.unwrap() })
            })
            .collect();
        let mut settled = 0;
        for drain in drains {
            settled += drain.await.unwrap();
        }

        assert_eq!(settled, 1);
        assert_eq!(perk_mails(&world), 1);
        assert_eq!(app.drain().await.unwrap(), 0);
        assert_eq!(perk_mails(&world), 1);
        assert_eq!(world.db().count("outbox_events WHERE settled_at IS NULL").await, 0);
    }

    async fn an_event_claimed_by_a_worker_that_died_is_taken_over_after_its_lease(world: TestApp) {
        redeemed(world.app()).await;
        let mut tx = world.db().begin(Actor::System).await;
        assert_eq!(db::outbox::lock_due(&mut tx, 10).await.unwrap().len(), 1);
        tx.commit().await.unwrap();

        assert_eq!(world.app().drain().await.unwrap(), 0);
        world.clock().advance(db::outbox::LEASE);
        assert_eq!(world.app().drain().await.unwrap(), 1);

        assert_eq!(perk_mails(&world), 1);
    }

    async fn a_mail_that_cannot_leave_is_deferred_then_parked_and_never_lost(db: TestDb) {
        let app = without_mail_server(&db);
        redeemed(&app).await;

        for attempts in 1..=db::outbox::MAX_ATTEMPTS {
            app.drain().await.unwrap();
            let waiting = format!("outbox_events WHERE attempts = {attempts} AND settled_at IS NULL AND last_error IS NOT NULL");
            assert_eq!(db.count(&waiting).await, 1, "after {attempts} attempts");
            // Not due again at once: asking again does not try again.
            assert_eq!(app.drain().await.unwrap(), 0);
            assert_eq!(db.count(&waiting).await, 1, "after {attempts} attempts");
            db.clock().advance(TimeDelta::hours(6));
        }

        assert_eq!(db.count("outbox_events WHERE parked_at IS NOT NULL AND settled_at IS NULL").await, 1);
        assert_eq!(app.drain().await.unwrap(), 0);
        assert_eq!(db.count("grants").await, 1);
    }
}
