use std::sync::Arc;

use accounts::Role;
use app::{App, ImportMode, Principal, entitlements::CancelGrantRefusal, ledger::MovePoints};
use entitlements::CancelRefusal;
use kernel::Actor;
use ledger::Contributor;
use orders::OrderPaid;
use testkit::{TestApp, on_both_engines};

use crate::world::{
    add_person, assert_verifies, balance, define_perk, earn, found, label, local, paid, points, redeem, reference,
    set_rule,
};

/// Five more points in father's lot, so that it has something to move with.
async fn credit(app: &App) {
    let now = app.db().clock().now();
    let days = chrono::TimeDelta::days;
    let order = OrderPaid {
        ordered_at: now - days(30),
        picked_up_at: Some(now - days(29)),
        person_ref: Some(reference("P-FATHER")),
        ..paid("D-FATHER-2", "H-WANG", "2026-01-01T00:00:00", &[("", "5")])
    };
    app.import_orders(&[order], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
}

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

        assert_eq!((restored[0].points, restored[0].corrects, restored.len()), (points(500), Some(grant.posting), 1));
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

    async fn points_return_to_where_their_lots_are_now(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (wang, li, own) = (found(app, "H-WANG").await, found(app, "H-LI").await, found(app, "H-OWN").await);
        let father = add_person(app, "H-WANG", "P-FATHER", Role::Adult).await;
        earn(app, "H-WANG", "100").await;
        let now = app.db().clock().now();
        let days = chrono::TimeDelta::days;
        let fathers = OrderPaid {
            ordered_at: now - days(30),
            picked_up_at: Some(now - days(29)),
            person_ref: Some(reference("P-FATHER")),
            ..paid("D-FATHER", "H-WANG", "2026-01-01T00:00:00", &[("", "60")])
        };
        app.import_orders(&[fathers], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
        // All of father's 60 and 90 of the household's 100.
        let perk = define_perk(app, 150, 5, 5).await;
        let grant = app.redeem_perk(&wang, &redeem(perk.id, KEY)).await.unwrap().unwrap().grant;
        let household = |who: &Principal| who.household.unwrap().0;
        // He leaves with what is left of what he brought, and with what may come back of it; then the rest moves to Li.
        credit(app).await;
        let moves = [(&own, Some(Contributor::Person(father.person)), "1"), (&li, None, "2")];
        for (to, contributor, key) in moves {
            let (from, to) = (household(&wang), household(to));
            let idempotency_key = format!("{KEY}-{key}").parse().unwrap();
            let moving = MovePoints { from, to, contributor, reason: label("moved house"), idempotency_key };
            app.move_points(&moving).await.unwrap().unwrap();
        }

        let reason = label("changed their mind");
        let restored = app.cancel_grant(Actor::Operator, household(&wang), grant.id, &reason).await.unwrap().unwrap();

        assert_eq!(restored.iter().map(|posting| posting.points.get()).sum::<i64>(), 150);
        assert!(restored.iter().all(|posting| posting.counterpart == Some(household(&wang))));
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        assert_eq!((balance(app, &own).await, balance(app, &li).await), ([65, 0, 0, 0], [100, 0, 0, 0]));
        assert_verifies(app).await;

        // Both sides of it are looked at: a restore elsewhere that nothing cancelled is named.
        world.db().execute("UPDATE grants SET cancelled_at = NULL").await.unwrap();
        let report = app.verify().await.unwrap();
        let named: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        assert!(named.iter().any(|line| line.contains("150 of its points were given back to others")), "{named:?}");
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
