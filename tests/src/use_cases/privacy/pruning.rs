use app::privacy::Pruned;
use chrono::TimeDelta;
use kernel::Actor;
use testkit::{TestApp, on_both_engines};

use crate::world::{assert_verifies, define_perk, earn, found, redeem, set_rule};

on_both_engines! {
    async fn what_has_had_its_time_goes_and_nothing_else(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "1000").await;
        let perk = define_perk(app, 100, 10, 5).await;
        let command = redeem(perk.id, "key-0123456789abcdef");
        let first = app.redeem_perk(&wang, &command).await.unwrap().unwrap();
        let ask = app::accounts::RequestSignInCode {
            address: "h-wang-owner@hearth.example".parse().unwrap(),
            locale: kernel::Locale::En,
        };
        app.request_sign_in_code(ask).await.unwrap().unwrap();
        app.drain().await.unwrap();
        let mut tx = world.db().begin(Actor::System).await;
        let token = accounts::SessionToken::from_random([9; 32]);
        let session = accounts::Session::new(tx.new_id(), wang.person, tx.now(), 30);
        accounts::store::insert_session(&mut tx, &session, &token.hash()).await.unwrap();
        tx.commit().await.unwrap();

        // Within the promised life of a key a retry replays, whatever was pruned.
        world.clock().advance(TimeDelta::days(89));
        app.prune().await.unwrap();
        assert_eq!(world.db().count("sign_in_challenges").await, 0);
        assert_eq!(world.db().count("sessions").await, 0);
        let again = app.redeem_perk(&wang, &command).await.unwrap().unwrap();
        assert_eq!((again.grant.id, again.is_replay), (first.grant.id, true));
        assert_verifies(app).await;

        world.clock().advance(TimeDelta::days(2));
        let told = app.count_prunable().await.unwrap();
        let rows = |table: &str| told.iter().find(|pruned| pruned.table == table).map(|Pruned { rows, .. }| *rows);
        assert_eq!((rows("idempotency_keys"), rows("reaction_receipts")), (Some(1), Some(2)));
        let events = world.db().count("outbox_events").await;
        assert!(events > 0);

        let pruned = app.prune().await.unwrap();
        assert_eq!(u64::try_from(pruned).unwrap(), 3 + events);
        assert_eq!(app.prune().await.unwrap(), 0);
        assert!(app.count_prunable().await.unwrap().iter().all(|pruned| pruned.rows == 0));
        assert_eq!(world.db().count("grants").await, 1);
        assert_verifies(app).await;
    }

    async fn what_waits_or_is_parked_is_never_pruned(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "1000").await;
        let perk = define_perk(app, 100, 10, 5).await;
        app.redeem_perk(&wang, &redeem(perk.id, "key-0123456789abcdef")).await.unwrap().unwrap();
        world.clock().advance(TimeDelta::days(400));

        app.prune().await.unwrap();

        assert_eq!(world.db().count("outbox_events").await, 1);
        assert_eq!(world.db().count("outbox_events WHERE settled_at IS NULL").await, 1);
    }
}
