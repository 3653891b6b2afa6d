//! Scenario 5: a redemption is cancelled, and its points return with their age.

use app::ImportMode;
use kernel::{Actor, Id, kinds};
use orders::OrderPaid;
use testkit::{TestApp, on_both_engines};

use crate::world::{assert_verifies, balance, define_perk, found, label, local, paid, redeem, set_rule};

/// 500 points that lapse at the end of 31 March 2026, redeemed on one day and cancelled on another; the last day they
/// have then.
async fn last_day(world: &TestApp, perk: Id<kinds::Perk>, household: &str, redeemed: &str, cancelled: &str) -> String {
    let app = world.app();
    world.clock().set(local("2025-04-20T12:00:00"));
    let who = found(app, household).await;
    let bought = "2025-03-31T11:00:00";
    let order = OrderPaid {
        picked_up_at: Some(local(bought)),
        ..paid(&format!("D-{household}"), household, bought, &[("", "500")])
    };
    app.import_orders(&[order], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
    world.clock().set(local(redeemed));
    let grant = app.redeem_perk(&who, &redeem(perk, "key-0123456789-1")).await.unwrap().unwrap().grant;

    world.clock().set(local(cancelled));
    app.lapse_lots().await.unwrap();
    app.cancel_grant(Actor::Operator, grant.household, grant.id, &label("活动取消")).await.unwrap().unwrap();

    assert_eq!(balance(app, &who).await, [500, 0, 0, 0]);
    let account = app.find_asset_account(&who, grant.household).await.unwrap().unwrap();
    assert_eq!(account.lots.len(), 1);
    account.lots[0].key.expires_on.to_string()
}

on_both_engines! {
    async fn points_return_with_their_last_day_or_thirty_days_whichever_is_later(world: TestApp) {
        let app = world.app();
        world.clock().set(local("2025-04-20T12:00:00"));
        set_rule(app, "1", "2017-01-01", &[]).await;
        let perk = define_perk(app, 500, 10, 10).await.id;
        for (household, redeemed, cancelled, expected) in [
            ("H-1", "2026-03-20T10:00:00", "2026-04-10T10:00:00", "2026-05-10"),
            ("H-2", "2026-03-20T10:00:00", "2026-03-25T10:00:00", "2026-04-24"),
            ("H-3", "2026-02-20T10:00:00", "2026-03-01T10:00:00", "2026-03-31"),
            ("H-4", "2026-02-20T10:00:00", "2026-02-21T10:00:00", "2026-03-31"),
            ("H-5", "2026-03-31T23:59:59", "2027-03-31T00:00:00", "2027-04-30"),
        ] {
            assert_eq!(last_day(&world, perk, household, redeemed, cancelled).await, expected, "{household}");
        }

        // The breakage of March counts none of them: nothing lapsed but what lies unused after its new last day.
        let in_march = "postings WHERE kind = 'lapse' AND business_date BETWEEN '2026-03-01' AND '2026-04-01' \
             AND household_id IN (SELECT household_id FROM postings WHERE kind = 'restore' AND business_date > '2026-03-31')";
        assert_eq!(world.db().count(in_march).await, 0);
        assert_verifies(app).await;
    }
}
