//! Traps 14 to 17: when points lapse, and which.

use app::{
    ImportMode, LotLife, Settings,
    ledger::{AdjustPoints, Adjustment},
};
use chrono::TimeDelta;
use kernel::Actor;
use orders::OrderPaid;
use serde_json::json;
use testkit::{TestApp, TestDb, on_both_engines};

use super::{app_with, code, household, key, moving, posted, sign_in, wang};
use crate::{
    journeys::door::Door,
    world::{assert_verifies, balance, define_perk, earn, found, label, local, paid, points, redeem, set_rule},
};

/// An order of Wang's picked up at once, a year of life.
fn bought(order: &str, at: &str, amount: &str) -> OrderPaid {
    OrderPaid { picked_up_at: Some(local(at)), ..paid(order, "H-WANG", at, &[("", amount)]) }
}

on_both_engines! {
    /// Expiry as the sum of unexpired credits less all debits: the balance collapses, because old spending is set
    /// against new points.
    async fn trap_14_a_lot_that_lapses_takes_only_what_was_not_spent_of_it(world: TestApp) {
        let wang = wang(&world).await;
        let app = world.app();
        let perk = define_perk(app, 60, 5, 5).await;
        app.import_orders(&[bought("D-1", "2026-02-01T10:00:00", "100")], ImportMode::Commit).await.unwrap();
        app.redeem_perk(&wang, &redeem(perk.id, &key(1))).await.unwrap().unwrap();
        app.import_orders(&[bought("D-2", "2026-02-15T10:00:00", "100")], ImportMode::Commit).await.unwrap();
        assert_eq!(balance(app, &wang).await, [140, 0, 0, 0]);

        // The 365th day after 1 February 2026 is 1 February 2027.
        world.clock().set(local("2027-02-02T00:00:00"));
        assert_eq!(balance(app, &wang).await, [100, 0, 0, 0]);
        assert_eq!(app.lapse_lots().await.unwrap(), 1);
        assert_eq!(posted(world.db(), "lapse").await, ["40"]);
        world.clock().set(local("2027-02-16T00:00:00"));
        assert_eq!(app.lapse_lots().await.unwrap(), 1);

        assert_eq!(posted(world.db(), "lapse").await, ["40", "100"]);
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        assert_verifies(app).await;
    }

    /// Expiry picks lots by their label, so some never lapse: a liability without ceiling. Here whatever wrote a lot,
    /// it lapses.
    async fn trap_15_every_lot_lapses_whichever_act_made_it(world: TestApp) {
        let wang = wang(&world).await;
        let app = world.app();
        let li = found(app, "H-LI").await;
        let perk = define_perk(app, 30, 5, 5).await;
        let door = Door::open(&world).await;
        super::buys(&door, "D-1", &[("蔬菜", 5_000)]).await;
        earn(app, "H-WANG", "100").await;
        earn(app, "H-LI", "10").await;
        let credit = AdjustPoints {
            household: household(&wang),
            adjustment: Adjustment::Credit,
            points: points(7),
            reason: label("致歉"),
            idempotency_key: key(1).parse().unwrap(),
        };
        app.adjust_points(&credit).await.unwrap().unwrap();
        let granted = app.redeem_perk(&wang, &redeem(perk.id, &key(2))).await.unwrap().unwrap();
        app.cancel_grant(Actor::Operator, household(&wang), granted.grant.id, &label("误兑")).await.unwrap().unwrap();
        app.move_points(&moving(&li, &wang, 3)).await.unwrap().unwrap();
        let [available, pending, held, owed] = balance(app, &wang).await;
        assert_eq!((available + pending, held, owed), (167, 0, 0));

        world.clock().advance(TimeDelta::days(400));
        while app.lapse_lots().await.unwrap() > 0 {}

        assert_eq!(world.db().count("lots WHERE remaining > 0").await, 0);
        let lapsed: i64 = posted(world.db(), "lapse").await.iter().map(|points| points.parse::<i64>().unwrap()).sum();
        assert_eq!(lapsed, 167);
        assert_verifies(app).await;
    }

    /// Redeem and cancel turns points that lapse into points that never do.
    async fn trap_16_points_given_back_keep_their_last_day_or_get_the_stated_grace(world: TestApp) {
        let wang = wang(&world).await;
        let app = world.app();
        let perk = define_perk(app, 50, 9, 9).await;
        app.import_orders(&[bought("D-1", "2026-02-01T10:00:00", "50")], ImportMode::Commit).await.unwrap();
        let granted = app.redeem_perk(&wang, &redeem(perk.id, &key(1))).await.unwrap().unwrap();
        let restored_on = async |day: &str, n: usize| {
            world.clock().set(local(&format!("{day}T12:00:00")));
            let grant = if n == 1 {
                granted
            } else {
                app.redeem_perk(&wang, &redeem(perk.id, &key(n))).await.unwrap().unwrap()
            };
            app.cancel_grant(Actor::Operator, household(&wang), grant.grant.id, &label("误兑")).await.unwrap().unwrap();
            let account = app.find_asset_account(&wang, household(&wang)).await.unwrap().unwrap();
            let [lot] = account.lots[..] else { panic!("{:?}", account.lots) };
            (lot.key.available_from.to_string(), lot.key.expires_on.to_string(), lot.remaining.get())
        };

        // Long before the last day nothing changes; ten days before it the grace of 30 days is longer.
        assert_eq!(restored_on("2026-03-10", 1).await, ("2026-02-09".into(), "2027-02-01".into(), 50));
        assert_eq!(restored_on("2027-01-22", 2).await, ("2026-02-09".into(), "2027-02-21".into(), 50));
        world.clock().set(local("2027-02-22T00:00:00"));
        assert_eq!((balance(app, &wang).await, app.lapse_lots().await.unwrap()), ([0, 0, 0, 0], 1));
        assert_verifies(app).await;
    }

    /// Points lapse hours or a day early: UTC against local time, start against end of the day.
    async fn trap_17_points_lapse_at_the_end_of_the_local_day(db: TestDb) {
        for (n, zone) in
            ["Asia/Shanghai", "Pacific/Kiritimati", "Asia/Kathmandu", "America/New_York", "America/Sao_Paulo"]
                .iter()
                .enumerate()
        {
            let zone: kernel::Zone = zone.parse().unwrap();
            let at = |text: &str| zone.instant_of(text.parse().unwrap());
            db.clock().set(at("2026-03-01T00:00:00"));
            let app =
                app_with(&db, Settings { zone, lot_life: LotLife::Days(30), pending_days: 0, ..Settings::default() });
            set_rule(&app, "1", "2017-01-01", &[]).await;
            let name = format!("H-{n}");
            let who = found(&app, &name).await;
            let sale = OrderPaid {
                ordered_at: at("2026-03-01T00:00:00"),
                picked_up_at: Some(at("2026-03-01T00:00:00")),
                ..paid(&format!("D-{n}"), &name, "2026-03-01T00:00:00", &[("", "40")])
            };
            app.import_orders(&[sale], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();

            for (time, expected) in [
                ("2026-03-01T23:59:59.999", [0, 40, 0, 0]),
                ("2026-03-02T00:00:00", [40, 0, 0, 0]),
                ("2026-03-31T23:59:59.999", [40, 0, 0, 0]),
                ("2026-04-01T00:00:00", [0, 0, 0, 0]),
            ] {
                db.clock().set(at(time));
                assert_eq!(balance(&app, &who).await, expected, "{} {time}", zone.name());
            }
            assert_eq!(app.lapse_lots().await.unwrap(), 1);
            assert_eq!(
                db.count("postings WHERE kind = 'lapse' AND business_date = '2026-04-01'").await,
                u64::try_from(n + 1).unwrap()
            );
        }
    }

    /// And the door says so at the very second: a redemption is taken at 23:59:59 and refused at midnight.
    async fn trap_17_a_redemption_is_taken_in_the_last_second_and_refused_after_it(world: TestApp) {
        wang(&world).await;
        let app = world.app();
        let perk = define_perk(app, 20, 5, 5).await.id.to_string();
        app.import_orders(&[bought("D-1", "2025-03-31T10:00:00", "40")], ImportMode::Commit).await.unwrap();
        let door = Door::open(&world).await;
        world.clock().set(local("2026-03-31T23:59:59"));
        let token = sign_in(&door).await;

        assert_eq!(code(&door.redeem(&token, &perk, &key(1)).await), "none");
        world.clock().set(local("2026-04-01T00:00:00"));
        let refused = door.redeem(&token, &perk, &key(2)).await;

        assert_eq!((code(&refused), &refused["shortBy"]), ("EXPIRED", &json!(20)));
        assert_verifies(app).await;
    }
}
