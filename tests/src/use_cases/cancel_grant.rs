use std::sync::Arc;

use app::entitlements::CancelGrantRefusal;
use entitlements::CancelRefusal;
use kernel::Actor;
use testkit::{TestApp, on_both_engines};

use crate::world::{assert_verifies, balance, define_perk, earn, found, label, local, points, redeem, set_rule};

const KEY: &str = "key-0123456789abcdef";

on_both_engines! {
    async fn returns_the_points_with_their_age_and_the_perk_to_the_shelf(world: TestApp) {
        // Scenario 5: a lot expiring 31 March, redeemed on 20 March, cancelled on 10 April.
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        world.clock().set(local("2025-04-20T12:00:00"));
        let wang = found(app, "H-WANG").await;
        let household = wang.household.unwrap().0;
        earn(app, "H-WANG", "500").await;
        let perk = define_perk(app, 500, 1, 1).await;
        world.clock().set(local("2026-03-20T12:00:00"));
        let grant = app.redeem_perk(&wang, &redeem(perk.id, KEY)).await.unwrap().unwrap().grant;

        world.clock().set(local("2026-04-10T12:00:00"));
        let restored = app.cancel_grant(Actor::Operator, household, grant.id, &label("changed their mind")).await.unwrap().unwrap();

        assert_eq!((restored.points, restored.corrects), (points(500), Some(grant.posting)));
        let account = app.find_asset_account(&wang, household).await.unwrap().unwrap();
        let lots: Vec<_> = account.lots.iter().map(|lot| (lot.key.expires_on.to_string(), lot.remaining)).collect();
        assert_eq!(lots, [("2026-05-10".to_owned(), points(500))]);
        assert_eq!(app.find_perk(perk.id).await.unwrap().unwrap().1.left(), 1);
        assert_eq!(world.db().count("postings WHERE kind = 'lapse'").await, 0);
        let at = local("2026-04-10T12:00:00");
        let again = app.cancel_grant(Actor::Operator, household, grant.id, &label("changed their mind")).await.unwrap();
        assert_eq!(again, Err(CancelGrantRefusal::NotCancelled(CancelRefusal::AlreadyCancelled { at })));

        // The limit of one per household counts grants that stand.
        let second = app.redeem_perk(&wang, &redeem(perk.id, &format!("{KEY}2"))).await.unwrap().unwrap();
        assert_eq!(second.grant.cancelled_at, None);
        assert_verifies(app).await;
    }

    async fn cancelled_twenty_times_at_once_it_returns_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        let household = wang.household.unwrap().0;
        earn(&app, "H-WANG", "500").await;
        let perk = define_perk(&app, 200, 5, 5).await;
        let grant = app.redeem_perk(&wang, &redeem(perk.id, KEY)).await.unwrap().unwrap().grant;

        let presses: Vec<_> = (0..20)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.cancel_grant(Actor::Operator, household, grant.id, &label("changed their mind")).await })
            })
            .collect();
        let mut cancelled = 0;
        for press in presses {
            cancelled += u32::from(press.await.unwrap().unwrap().is_ok());
        }

        assert_eq!(cancelled, 1);
        assert_eq!(balance(&app, &wang).await, [500, 0, 0, 0]);
        assert_verifies(&app).await;
    }

    async fn another_households_grant_is_not_there(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (wang, li) = (found(app, "H-WANG").await, found(app, "H-LI").await);
        earn(app, "H-WANG", "500").await;
        let perk = define_perk(app, 200, 5, 5).await;
        let grant = app.redeem_perk(&wang, &redeem(perk.id, KEY)).await.unwrap().unwrap().grant;

        let refused = app.cancel_grant(Actor::Operator, li.household.unwrap().0, grant.id, &label("changed their mind")).await.unwrap();

        assert_eq!(refused, Err(CancelGrantRefusal::NoSuchGrant));
        assert_eq!(balance(app, &wang).await, [300, 0, 0, 0]);
    }
}
