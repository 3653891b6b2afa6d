use std::sync::Arc;

use accounts::Role;
use app::entitlements::RedeemPerkRefusal;
use entitlements::GrantRefusal;
use ledger::SpendRefusal;
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use crate::world::{add_person, assert_verifies, balance, define_perk, earn, found, points, redeem, set_rule};

const KEY: &str = "key-0123456789abcdef";

/// An await whose answer is there already is no place to drop at, so one round misses some places; many rounds miss few.
const ROUNDS: u32 = 20;

on_both_engines! {
    async fn spends_the_price_and_stands_as_a_grant(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "500").await;
        let perk = define_perk(app, 200, 50, 2).await;

        let redeemed = app.redeem_perk(&wang, &redeem(perk.id, KEY)).await.unwrap().unwrap();

        assert!(!redeemed.is_replay);
        assert_eq!(balance(app, &wang).await, [300, 0, 0, 0]);
        assert_eq!(app.find_grant(&wang, redeemed.grant.id).await.unwrap(), Some(redeemed.grant));
        let (_, stock) = app.find_perk(perk.id).await.unwrap().unwrap();
        assert_eq!(stock.left(), 49);
        assert_verifies(app).await;
    }

    async fn the_same_key_answers_again_and_another_input_is_refused(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "500").await;
        let perk = define_perk(app, 200, 50, 2).await;
        let first = app.redeem_perk(&wang, &redeem(perk.id, KEY)).await.unwrap().unwrap();

        let again = app.redeem_perk(&wang, &redeem(perk.id, KEY)).await.unwrap().unwrap();

        assert!(again.is_replay);
        assert_eq!(again.grant, first.grant);
        assert_eq!(balance(app, &wang).await, [300, 0, 0, 0]);
    }

    async fn one_key_pressed_fifty_times_at_once_has_one_effect(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        earn(&app, "H-WANG", "5000").await;
        let perk = define_perk(&app, 200, 50, 50).await;

        let presses: Vec<_> = (0..50)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.redeem_perk(&wang, &redeem(perk.id, KEY)).await })
            })
            .collect();
        let mut fresh = 0;
        for press in presses {
            fresh += u32::from(!press.await.unwrap().unwrap().unwrap().is_replay);
        }

        assert_eq!(fresh, 1);
        assert_eq!(balance(&app, &wang).await, [4_800, 0, 0, 0]);
        assert_verifies(&app).await;
    }

    async fn two_hundred_taps_on_a_balance_for_ten_spend_exactly_ten(world: TestApp) {
        // Load L4 of the safety table: balance 1,000, price 100, distinct keys.
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        earn(&app, "H-WANG", "1000").await;
        let perk = define_perk(&app, 100, 500, 500).await;

        let taps: Vec<_> = (0..200)
            .map(|n| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.redeem_perk(&wang, &redeem(perk.id, &format!("{KEY}{n}"))).await })
            })
            .collect();
        let mut spent = 0;
        for tap in taps {
            match tap.await.unwrap().unwrap() {
                Ok(_) => spent += 1,
                Err(refusal) => assert_eq!(
                    refusal,
                    RedeemPerkRefusal::NotSpent(SpendRefusal::InsufficientPoints {
                        short_by: points(100),
                        held: points(0),
                        matures_on: None,
                    })
                ),
            }
        }

        assert_eq!(spent, 10);
        assert_eq!(balance(&app, &wang).await, [0, 0, 0, 0]);
        assert_verifies(&app).await;
    }

    async fn refusals_move_nothing(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let child = add_person(app, "H-WANG", "P-CHILD", Role::Child).await;
        earn(app, "H-WANG", "250").await;
        let perk = define_perk(app, 200, 1, 1).await;
        let missing = kernel::Id::from_uuid(wang.person.uuid());

        let by_child = app.redeem_perk(&child, &redeem(perk.id, KEY)).await.unwrap();
        let unknown = app.redeem_perk(&wang, &redeem(missing, KEY)).await.unwrap();
        assert_eq!(by_child, Err(RedeemPerkRefusal::NotAllowed));
        assert_eq!(unknown, Err(RedeemPerkRefusal::NoSuchPerk));
        assert_eq!(world.db().count("postings WHERE kind = 'redeem'").await, 0);
        assert_eq!(world.db().count("grants").await, 0);

        app.redeem_perk(&wang, &redeem(perk.id, KEY)).await.unwrap().unwrap();
        let again = app.redeem_perk(&wang, &redeem(perk.id, &format!("{KEY}2"))).await.unwrap();
        assert_eq!(again, Err(RedeemPerkRefusal::NotGranted(GrantRefusal::LimitReached { limit: 1 })));
        assert_eq!(balance(app, &wang).await, [50, 0, 0, 0]);
        assert_eq!(world.db().count("grants").await, 1);
    }

    async fn a_dropped_redemption_happens_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "100000").await;
        let perk = define_perk(app, 10, 5_000, 5_000).await;

        let mut drops = 0;
        for round in 0..ROUNDS {
            let completed = drop_at_every_await(
                async |n| app.redeem_perk(&wang, &redeem(perk.id, &format!("{KEY}-{round}-{n}"))).await.unwrap(),
                async |_| {
                    // One statement: a commit that was under way may still become true between two.
                    let halves = "SELECT 'half' FROM wallets WHERE \
                         (SELECT count(*) FROM postings WHERE kind = 'redeem') <> (SELECT count(*) FROM grants) OR \
                         (SELECT count(*) FROM idempotency_keys) <> (SELECT count(*) FROM grants) OR \
                         balance <> 100000 - 10 * (SELECT count(*) FROM grants)";
                    assert_eq!(world.db().texts(halves).await, Vec::<Vec<String>>::new());
                },
            )
            .await;
            assert!(completed.output.is_ok());
            drops += completed.drops;
        }

        assert!(drops >= ROUNDS, "only {drops} awaits were dropped at in {ROUNDS} rounds");
        assert_verifies(app).await;
    }
}
