//! What if a rule had been so? Replayed beside what is, without writing.

use app::{
    App, ImportMode,
    ledger::{Replayed, ReviseEarnRule, ReviseEarnRuleRefusal, RuleSimulation, SimulateRule, SimulateRuleRefusal},
};
use ledger::{EarnTerms, PROGRAMME_RULE};
use testkit::{TestApp, on_both_engines};

use super::stack_earn_rules::{add, capped, import, plain, revise};
use crate::world::{label, paid, points};

async fn simulate(app: &App, proposed: ReviseEarnRule, from: &str, until: &str) -> RuleSimulation {
    let simulate = SimulateRule { proposed, from: from.parse().unwrap(), until: until.parse().unwrap() };
    app.simulate_rule(&simulate).await.unwrap().unwrap()
}

fn next(terms: EarnTerms) -> ReviseEarnRule {
    ReviseEarnRule { rule: Some(PROGRAMME_RULE), terms }
}

fn replayed(orders: u64, orders_changed: u64, now: i64, proposed: i64) -> Replayed {
    Replayed { orders, orders_changed, now: points(now), proposed: points(proposed) }
}

on_both_engines! {
    async fn replays_real_orders_beside_the_rules_there_are_and_writes_nothing(world: TestApp) {
        let app = world.app();
        revise(app, plain("1")).await;
        let orders = [
            paid("D-1", "H-1", "2026-02-28T23:59:59", &[("水果", "10")]),
            paid("D-2", "H-2", "2026-03-01T00:00:00", &[("水果", "10"), ("蔬菜", "10.50")]),
            paid("D-3", "H-1", "2026-03-31T23:59:59", &[("蔬菜", "30")]),
            paid("D-4", "H-3", "2026-04-01T00:00:00", &[("水果", "7")]),
            paid("D-5", "H-1", "2026-05-01T00:00:00", &[("水果", "1000")]),
        ];
        import(app, &orders).await;
        // The rule of today says otherwise than the one these orders were posted by.
        revise(app, plain("2")).await;
        let tables = ["postings", "earn_rules", "earn_cap_uses", "audit_lines", "outbox_events", "orders"];
        let mut before = Vec::new();
        for table in tables {
            before.push(world.db().count(table).await);
        }

        let double = EarnTerms { multipliers: [(label("水果"), kernel::Rate::parse("2").unwrap())].into(), ..plain("2") };
        let found = simulate(app, next(double), "2026-03-01", "2026-04-30").await;

        assert_eq!(found.total, replayed(3, 2, 41 + 60 + 14, 61 + 60 + 28));
        assert_eq!((found.total.change(), found.posted), (34, points(20 + 30 + 7)));
        let months: Vec<_> = found.months.iter().map(|m| (m.month.to_string(), m.replayed, m.posted.get())).collect();
        assert_eq!(months, [
            ("2026-03-01".to_owned(), replayed(2, 1, 101, 121), 50),
            ("2026-04-01".to_owned(), replayed(1, 1, 14, 28), 7),
        ]);
        let households: Vec<_> = found.households.iter().map(|h| (h.name.to_string(), h.replayed.change())).collect();
        assert_eq!(households, [("H-2".to_owned(), 20), ("H-3".to_owned(), 14)]);
        for (table, count) in tables.into_iter().zip(before) {
            assert_eq!(world.db().count(table).await, count, "{table}");
        }
    }

    async fn a_proposed_rule_may_stand_beside_the_others_and_hold_for_some_days_only(world: TestApp) {
        let app = world.app();
        revise(app, plain("1")).await;
        add(app, EarnTerms { stacking_order: 9, ..plain("1") }).await;
        let orders = [
            paid("D-1", "H-1", "2026-03-01T10:00:00", &[("", "10")]),
            paid("D-2", "H-1", "2026-03-02T10:00:00", &[("", "10")]),
        ];
        import(app, &orders).await;

        let only_first = EarnTerms { valid_until: Some("2026-03-01".parse().unwrap()), is_exclusive: true, stacking_order: 5, ..plain("3") };
        let proposed = ReviseEarnRule { rule: None, terms: only_first };
        let found = simulate(app, proposed, "2026-03-01", "2026-03-02").await;

        // On the first day 10 and 30 instead of 10 and 10: it keeps the last rule out.
        assert_eq!(found.total, replayed(2, 1, 40, 60));
    }

    async fn caps_count_in_the_order_in_which_was_paid_whatever_was_told_first(world: TestApp) {
        let app = world.app();
        revise(app, capped("1", &[("household/month", 1_000)])).await;
        let orders = [
            paid("D-1", "H-1", "2026-03-03T10:00:00", &[("", "60")]),
            paid("D-2", "H-2", "2026-03-02T10:00:00", &[("", "60")]),
            paid("D-3", "H-1", "2026-03-01T10:00:00", &[("", "50")]),
        ];
        for order in orders {
            import(app, &[order]).await;
        }

        let found = simulate(app, next(capped("1", &[("programme/month", 100)])), "2026-03-01", "2026-03-31").await;

        assert_eq!(found.total, replayed(3, 2, 170, 100));
        let households: Vec<_> = found.households.iter().map(|h| (h.name.to_string(), h.replayed)).collect();
        assert_eq!(households, [
            ("H-1".to_owned(), replayed(2, 1, 110, 50)),
            ("H-2".to_owned(), replayed(1, 1, 60, 50)),
        ]);
    }

    async fn pages_through_more_orders_than_are_in_memory_at_once(world: TestApp) {
        let app = world.app();
        revise(app, plain("1")).await;
        let orders: Vec<_> = (0..1_201)
            .map(|n| paid(&format!("D-{n}"), &format!("H-{}", n % 7), "2026-03-01T10:00:00", &[("", "2")]))
            .collect();
        for batch in orders.chunks(App::MAX_ORDERS_PER_IMPORT) {
            app.import_orders(batch, ImportMode::Commit).await.unwrap();
        }

        let found = simulate(app, next(plain("2")), "2026-03-01", "2026-03-01").await;
        assert_eq!(found.total, replayed(1_201, 1_201, 2_402, 4_804));
        assert_eq!((found.posted, found.households.len()), (points(2_402), 7));
    }

    async fn refuses_what_could_not_be_revised_or_has_no_days(world: TestApp) {
        let app = world.app();
        let day = |text: &str| text.parse().unwrap();
        let (from, until) = (day("2026-03-02"), day("2026-03-01"));
        let backwards = SimulateRule { proposed: next(plain("1")), from, until };
        assert_eq!(app.simulate_rule(&backwards).await.unwrap(), Err(SimulateRuleRefusal::NoDays));

        let closing = EarnTerms { closes_at_liability: Some(points(0)), ..plain("1") };
        let refused = SimulateRule { proposed: next(closing), from: until, until: from };
        let refusal = SimulateRuleRefusal::Proposed(ReviseEarnRuleRefusal::ClosesAtNothing);
        assert_eq!(app.simulate_rule(&refused).await.unwrap(), Err(refusal));

        let nothing = SimulateRule { proposed: next(plain("1")), from: until, until: from };
        let found = app.simulate_rule(&nothing).await.unwrap().unwrap();
        assert_eq!((found.total, found.months.len(), found.households.len()), (Replayed::default(), 0, 0));
    }
}
