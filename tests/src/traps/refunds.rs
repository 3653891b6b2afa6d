//! Traps 1 to 6: what a refund takes back.

use app::{Settings, ledger::ForgiveDebt};
use kernel::Actor;
use ledger::RefundPolicy;
use serde_json::json;
use testkit::{TestApp, TestDb, on_both_engines};

use super::{app_with, buys, code, household, key, posted, refund, sign_in, wang};
use crate::{
    journeys::door::{Door, paid, refunded},
    world::{
        assert_verifies, balance, define_perk, earn, event, found, label, local, points, principal, redeem, set_rule,
    },
};

const AT: &str = "2026-03-09T08:00:00+08:00";

on_both_engines! {
    /// Buy, earn, refund, keep the points: unlimited free points.
    async fn trap_01_a_refund_takes_back_what_was_earned_and_never_more(world: TestApp) {
        wang(&world).await;
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        buys(&door, "D-1", &[("蔬菜", 9_999), ("水果", 10_001)]).await;
        assert_eq!(door.account(&token).await.1, [0, 200, 0, 0]);

        for (n, lines) in
            [vec![(1, 3_333)], vec![(1, 3_333), (2, 1)], vec![(1, 3_333)], vec![(2, 10_000)]].iter().enumerate()
        {
            let refund = refunded(&format!("ev-{n}"), "D-1", "2026-03-01T11:50:00+08:00", lines);
            assert_eq!(door.tell(json!([refund.clone()])).await, ["accepted"]);
            assert_eq!(door.tell(json!([refund])).await, ["duplicate"]);
        }

        // The lines earned 100 each, the second by the larger fraction.
        assert_eq!(posted(world.db(), "clawback").await, ["33", "33", "34", "100"]);
        assert_eq!(door.account(&token).await.1, [0, 0, 0, 0]);
        let more = refunded("ev-more", "D-1", "2026-03-01T11:55:00+08:00", &[(1, 1)]);
        assert_eq!(door.tell(json!([more])).await, ["rejected"]);
        assert_eq!(posted(world.db(), "clawback").await.len(), 4);
        assert_verifies(world.app()).await;
    }

    /// A refund takes the spent points a second time, also when only a line without reward is refunded.
    async fn trap_02_taking_back_what_was_earned_and_giving_back_what_was_spent_are_two_entries(world: TestApp) {
        let wang = wang(&world).await;
        let perk = define_perk(world.app(), 100, 5, 5).await;
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        buys(&door, "D-1", &[("蔬菜", 17_000), ("水果", 3_000)]).await;
        world.clock().set(local("2026-03-09T08:00:00"));
        assert_eq!(code(&door.redeem(&token, &perk.id.to_string(), &key(1)).await), "none");
        assert_eq!(door.account(&token).await.1, [100, 0, 0, 0]);

        door.tell(json!([refunded("ev-1", "D-1", AT, &[(2, 3_000)])])).await;
        assert_eq!(door.account(&token).await.1, [70, 0, 0, 0]);

        let app = world.app();
        let grants = app.redeem_perk(&wang, &redeem(perk.id, &key(1))).await.unwrap().unwrap();
        for is_first in [true, false] {
            let cancelled =
                app.cancel_grant(Actor::Operator, household(&wang), grants.grant.id, &label("误兑")).await.unwrap();
            assert_eq!(cancelled.is_ok(), is_first);
        }
        assert_eq!(door.account(&token).await.1, [170, 0, 0, 0]);
        assert_eq!(
            (posted(world.db(), "clawback").await, posted(world.db(), "restore").await),
            (vec!["30".into()], vec!["100".into()])
        );
        assert_verifies(app).await;
    }

    /// Points spent before the earning order is refunded: −1091, and the checkout breaks.
    async fn trap_03_debt_is_a_state_that_is_shown_and_the_next_earn_pays_it(world: TestApp) {
        wang(&world).await;
        let perk = define_perk(world.app(), 1_091, 5, 5).await.id.to_string();
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        buys(&door, "D-1", &[("蔬菜", 109_100)]).await;
        world.clock().set(local("2026-03-09T08:00:00"));
        assert_eq!(code(&door.redeem(&token, &perk, &key(1)).await), "none");

        assert_eq!(door.tell(json!([refunded("ev-1", "D-1", AT, &[(1, 109_100)])])).await, ["accepted"]);

        assert_eq!(door.account(&token).await.1, [0, 0, 0, 1_091]);
        let refused = door.redeem(&token, &perk, &key(2)).await;
        assert_eq!((code(&refused), &refused["owed"]), ("OWES_POINTS", &json!(1_091)));
        for (event, order, fen, balance) in [
            ("ev-2", "D-2", 100_000, [0, 0, 0, 91]),
            ("ev-3", "D-3", 9_100, [0, 0, 0, 0]),
            ("ev-4", "D-4", 700, [0, 7, 0, 0]),
        ] {
            let sale = paid(event, order, "H-WANG", "2026-03-09T07:00:00+08:00", &[("蔬菜", fen)]);
            assert_eq!(door.tell(json!([sale])).await, ["accepted"]);
            assert_eq!(door.account(&token).await.1, balance);
        }
        assert_verifies(world.app()).await;
    }

    /// Clamping to zero forgives in silence while the log says the full deduction: ledger and balance differ for ever.
    async fn trap_04_an_entry_is_what_moved_and_forgiving_is_an_entry_of_its_own(db: TestDb) {
        db.clock().set(local("2026-03-20T12:00:00"));
        let perk = define_perk(&app_with(&db, Settings::default()), 180, 5, 5).await;
        let cases: [(RefundPolicy, &[&str], [i64; 4]); 3] = [
            (RefundPolicy::OnlyPending, &[], [20, 0, 0, 0]),
            (RefundPolicy::WithinBalance, &["20"], [0, 0, 0, 0]),
            (RefundPolicy::Debt, &["20", "200"], [0, 0, 0, 180]),
        ];
        for (policy, taken, left) in cases {
            let app = app_with(&db, Settings { refund_policy: policy, ..Settings::default() });
            set_rule(&app, "1", "2017-01-01", &[]).await;
            let name = format!("H-{}", policy.code());
            let who = found(&app, &name).await;
            earn(&app, &name, "200").await;
            app.redeem_perk(&who, &redeem(perk.id, &key(1))).await.unwrap().unwrap();

            let refund = refund(&app, &format!("E-{name}"), "200");
            app.record_order_events(&[event(&name, refund)]).await.unwrap()[0].as_ref().unwrap();

            assert_eq!(posted(&db, "clawback").await, taken, "{name}");
            assert_eq!(balance(&app, &who).await, left, "{name}");
            assert_verifies(&app).await;
        }

        let app = app_with(&db, Settings::default());
        let in_debt = principal(&app, "H-debt-owner").await;
        let forgive = ForgiveDebt {
            household: household(&in_debt),
            points: points(180),
            reason: label("系统升级致歉"),
            idempotency_key: key(2).parse().unwrap(),
        };
        let posting = app.forgive_debt(&forgive).await.unwrap().unwrap();
        assert_eq!((posting.points, posting.reason), (points(180), Some(label("系统升级致歉"))));
        assert_eq!(balance(&app, &in_debt).await, [0, 0, 0, 0]);
        assert_verifies(&app).await;
    }

    /// A refund counted by today's rule: 50 earned, now 2×, 100 removed; rule gone, nothing removed; no refund of a
    /// part.
    async fn trap_05_a_refund_goes_by_the_snapshot_of_the_earn_not_by_todays_rule(world: TestApp) {
        wang(&world).await;
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        buys(&door, "D-1", &[("蔬菜", 9_000)]).await;

        set_rule(world.app(), "3", "2017-01-01", &[]).await;
        door.tell(json!([refunded("ev-1", "D-1", "2026-03-01T11:40:00+08:00", &[(1, 3_000)])])).await;
        assert_eq!(door.account(&token).await.1, [0, 60, 0, 0]);

        set_rule(world.app(), "0", "2017-01-01", &[]).await;
        door.tell(json!([refunded("ev-2", "D-1", "2026-03-01T11:50:00+08:00", &[(1, 6_000)])])).await;
        assert_eq!(door.account(&token).await.1, [0, 0, 0, 0]);
        assert_eq!(posted(world.db(), "clawback").await, ["30", "60"]);
        assert_verifies(world.app()).await;
    }

    /// Points taken back in proportion to the order: an item that earned nothing still takes 35 of 70.
    async fn trap_06_an_item_that_earned_nothing_takes_nothing_back(world: TestApp) {
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(world.app(), "1", "2017-01-01", &[("烟酒", "0"), ("水果", "3")]).await;
        found(world.app(), "H-WANG").await;
        let door = Door::open(&world).await;
        let token = sign_in(&door).await;
        buys(&door, "D-1", &[("蔬菜", 7_000), ("烟酒", 7_000), ("水果", 1_000)]).await;
        assert_eq!(door.account(&token).await.1, [0, 100, 0, 0]);

        for (line, fen, left) in [(2, 7_000, 100), (3, 1_000, 70), (1, 3_500, 35), (1, 3_500, 0)] {
            let refund = refunded(&format!("ev-{line}-{left}"), "D-1", "2026-03-01T11:50:00+08:00", &[(line, fen)]);
            assert_eq!(door.tell(json!([refund])).await, ["accepted"]);
            assert_eq!(door.account(&token).await.1, [0, left, 0, 0], "line {line}");
        }
        assert_verifies(world.app()).await;
    }
}
