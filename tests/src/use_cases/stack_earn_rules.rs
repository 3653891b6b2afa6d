//! Several earn rules at once, and their caps, in the transaction that posts.

use app::{
    App, ImportMode,
    ledger::{ReviseEarnRule, ReviseEarnRuleRefusal},
    orders::{EventTold, RecordOrderRefusal, Recorded},
};
use kernel::{Id, Rate, kinds};
use ledger::{CapPeriod, CapScope, EarnCap, EarnRule, EarnTerms, PROGRAMME_RULE, Rounding};
use orders::OrderPaid;
use testkit::{TestApp, on_both_engines};

use crate::world::{add_person, assert_verifies, event, found, label, paid, points, reference, set_rule};

/// So many points per yuan since the year began.
pub(super) fn plain(rate: &str) -> EarnTerms {
    EarnTerms::plain(label("加赠"), Rate::parse(rate).unwrap(), "2026-01-01".parse().unwrap())
}

/// The same with caps such as `("household/day", 100)`.
pub(super) fn capped(rate: &str, caps: &[(&str, i64)]) -> EarnTerms {
    let caps = caps.iter().map(|&(cap, most)| (cap.parse().unwrap(), points(most))).collect();
    EarnTerms { caps, ..plain(rate) }
}

/// The next version of the base rule.
pub(super) async fn revise(app: &App, terms: EarnTerms) -> EarnRule {
    app.revise_earn_rule(&ReviseEarnRule { rule: Some(PROGRAMME_RULE), terms }).await.unwrap().unwrap()
}

/// A rule beside the others.
pub(super) async fn add(app: &App, terms: EarnTerms) -> EarnRule {
    app.revise_earn_rule(&ReviseEarnRule { rule: None, terms }).await.unwrap().unwrap()
}

/// Takes orders as a history and gives the points of each.
pub(super) async fn import(app: &App, orders: &[OrderPaid]) -> Vec<i64> {
    let answers = app.import_orders(orders, ImportMode::Commit).await.unwrap();
    let points = |answer: &_| match answer {
        Ok(Recorded::New { points, .. }) => points.get(),
        other => panic!("a new order, not {other:?}"),
    };
    answers.iter().map(points).collect()
}

/// An order of one line.
fn order(number: &str, household: &str, ordered_at: &str, yuan: &str) -> OrderPaid {
    paid(number, household, ordered_at, &[("", yuan)])
}

async fn sum(world: &TestApp, what: &str) -> String {
    world.db().texts(&format!("SELECT CAST(COALESCE(SUM(points), 0) AS TEXT) FROM {what}")).await[0][0].clone()
}

/// Tells orders at the same time, each in a transaction of its own: half of them by events, half as histories.
async fn tell_at_once(app: &App, orders: &[OrderPaid]) {
    let (events, histories) = orders.split_at(orders.len() / 2);
    let events: Vec<_> =
        events.iter().map(|paid| event(&format!("ev-{}", paid.order_ref), EventTold::Paid(paid.clone()))).collect();
    let tell = futures_util::future::join_all(events.chunks(1).map(|one| app.record_order_events(one)));
    let take = histories.chunks(1).map(|one| app.import_orders(one, ImportMode::Commit));
    let (told, taken) = tokio::join!(tell, futures_util::future::join_all(take));
    told.into_iter().for_each(|answers| assert!(matches!(answers.unwrap()[..], [Ok(_)])));
    taken.into_iter().for_each(|answers| assert!(matches!(answers.unwrap()[..], [Ok(Recorded::New { .. })])));
}

on_both_engines! {
    async fn each_rule_posts_an_earn_of_its_own_once(world: TestApp) {
        let app = world.app();
        revise(app, plain("1")).await;
        let fruit = EarnTerms {
            multipliers: [(label("水果"), Rate::ONE)].into(),
            product_multipliers: [(reference("P-1"), Rate::parse("3").unwrap())].into(),
            other_multiplier: Rate::parse("0").unwrap(),
            rounding: Rounding::LineHalfUp,
            stacking_order: 5,
            ..plain("0.5")
        };
        let bonus = add(app, fruit).await;
        let mut told = paid("D-1", "H-WANG", "2026-05-31T10:00:00", &[("水果", "5.00"), ("蔬菜", "5.00"), ("", "1.00")]);
        told.lines[2].product_ref = Some(reference("P-1"));

        assert_eq!(import(app, &[told.clone()]).await, [11 + 3 + 2]);
        let again = app.import_orders(&[told], ImportMode::Commit).await.unwrap();
        assert_eq!(again, [Ok(Recorded::Duplicate)]);

        let rows = world.db().texts("SELECT reference, CAST(points AS TEXT), lines FROM postings ORDER BY no").await;
        let [first, second] = &rows[..] else { panic!("two earns, not {rows:?}") };
        assert_eq!(first[1..], ["11".to_owned(), "[[1,5],[2,5],[3,1]]".to_owned()]);
        assert_eq!(second[1..], ["5".to_owned(), "[[1,3],[2,0],[3,2]]".to_owned()]);
        assert_eq!(second[0], format!("{} {}", first[0], bonus.id));
        assert_verifies(app).await;
    }

    async fn what_a_rule_says_is_read_back_as_it_was_told(world: TestApp) {
        let terms = EarnTerms {
            multipliers: [(label("水果"), Rate::parse("1.5").unwrap())].into(),
            product_multipliers: [(reference("P-1"), Rate::parse("0.25").unwrap())].into(),
            other_multiplier: Rate::parse("0.5").unwrap(),
            rounding: Rounding::LineFloor,
            stacking_order: 65_535,
            is_exclusive: true,
            closes_at_liability: Some(points(1_000_000)),
            valid_until: Some("2026-12-31".parse().unwrap()),
            ..capped("1.2345", &[("member/day", 1), ("household/order", 2), ("programme/ever", 3)])
        };
        let base = revise(world.app(), plain("1")).await;
        let added = add(world.app(), terms).await;
        let revised = revise(world.app(), plain("2")).await;

        assert_eq!((base.id, base.version, revised.version, added.version), (PROGRAMME_RULE, 1, 2, 1));
        let rules = world.app().list_earn_rules().await.unwrap();
        assert_eq!(rules.versions, [base, revised, added]);
        assert_eq!(rules.closures, []);
    }

    async fn a_rule_that_makes_no_sense_is_refused_by_name(world: TestApp) {
        let app = world.app();
        let unknown: Id<kinds::EarnRule> = "er_0000000000000000000000000000004d".parse().unwrap();
        let cap = |scope, period| EarnCap { scope, period };
        let many = |count: usize| (0..count).map(|n| format!("C{n}"));
        let categories = many(201).map(|category| (label(&category), Rate::ONE)).collect();
        let products = many(501).map(|product| (reference(&product), Rate::ONE)).collect();
        let last = "2025-12-31".parse().unwrap();
        let by_order = cap(CapScope::Member, CapPeriod::Order);
        for (rule, terms, refusal) in [
            (None, EarnTerms { valid_until: Some(last), ..plain("1") }, ReviseEarnRuleRefusal::EndsBeforeItBegins { last }),
            (None, EarnTerms { multipliers: categories, ..plain("1") }, ReviseEarnRuleRefusal::TooManyMultipliers),
            (None, EarnTerms { product_multipliers: products, ..plain("1") }, ReviseEarnRuleRefusal::TooManyProductMultipliers),
            (Some(unknown), plain("1"), ReviseEarnRuleRefusal::UnknownRule { rule: unknown }),
            (
                None,
                capped("1", &[("household/day", 0)]),
                ReviseEarnRuleRefusal::CapOfNothing { cap: cap(CapScope::Household, CapPeriod::Day) },
            ),
            (
                None,
                EarnTerms { caps: [(by_order, points(1))].into(), ..plain("1") },
                ReviseEarnRuleRefusal::CapByOrderOfOthers { cap: by_order },
            ),
            (None, EarnTerms { closes_at_liability: Some(points(0)), ..plain("1") }, ReviseEarnRuleRefusal::ClosesAtNothing),
        ] {
            assert_eq!(app.revise_earn_rule(&ReviseEarnRule { rule, terms }).await.unwrap(), Err(refusal));
        }
        assert_eq!(app.list_earn_rules().await.unwrap().versions, []);

        for _ in 0..ReviseEarnRule::MAX_RULES {
            add(app, plain("1")).await;
        }
        let one_more = app.revise_earn_rule(&ReviseEarnRule { rule: None, terms: plain("1") }).await.unwrap();
        assert_eq!(one_more, Err(ReviseEarnRuleRefusal::TooManyRules));
    }

    async fn versions_and_their_terms_are_never_edited(world: TestApp) {
        let products = [(reference("P-1"), Rate::ONE)].into();
        let terms = EarnTerms { product_multipliers: products, ..capped("1", &[("member/day", 1)]) };
        revise(world.app(), EarnTerms { multipliers: [(label("水果"), Rate::ONE)].into(), ..terms }).await;

        for (table, change) in [
            ("earn_rules", "points_per_yuan_bp = 1"),
            ("earn_rule_multipliers", "multiplier_bp = 1"),
            ("earn_rule_product_multipliers", "multiplier_bp = 1"),
            ("earn_rule_caps", "points = 9"),
        ] {
            for statement in [format!("UPDATE {table} SET {change}"), format!("DELETE FROM {table}")] {
                let refusal = world.db().execute(&statement).await.expect_err(&statement);
                assert!(refusal.contains(&format!("{table} is append-only")), "{statement}: {refusal}");
            }
        }
    }

    async fn two_orders_at_the_same_time_share_what_a_cap_leaves(world: TestApp) {
        let app = world.app();
        revise(app, capped("1", &[("household/day", 100)])).await;
        found(app, "H-WANG").await;
        let orders: Vec<_> =
            (0..6).map(|n| order(&format!("D-{n}"), "H-WANG", "2026-06-01T10:00:00", "30")).collect();
        tell_at_once(app, &orders).await;

        assert_eq!(sum(&world, "postings").await, "100");
        assert_eq!(sum(&world, "earn_cap_uses").await, "100");
        // 30, 30, 30, 10, and two that earned nothing.
        assert_eq!(world.db().count("postings").await, 4);
        assert_eq!(world.db().count("orders").await, 6);
        assert_verifies(app).await;
    }

    async fn households_at_the_same_time_share_what_the_programme_gives(world: TestApp) {
        let app = world.app();
        revise(app, capped("1", &[("programme/day", 100), ("programme/ever", 130)])).await;
        let orders: Vec<_> =
            (0..6).map(|n| order(&format!("D-{n}"), &format!("H-{n}"), "2026-06-01T10:00:00", "30")).collect();
        tell_at_once(app, &orders).await;
        assert_eq!(sum(&world, "postings").await, "100");

        // Another day, and what is left for ever.
        let late = [order("E-1", "H-0", "2026-06-02T10:00:00", "20"), order("E-2", "H-1", "2026-06-02T10:00:00", "20")];
        assert_eq!(import(app, &late).await, [20, 10]);
        assert_eq!(sum(&world, "earn_rule_uses WHERE period = 'ever'").await, "130");
        assert_eq!(world.db().count("earn_cap_uses").await, 0);
        assert_verifies(app).await;
    }

    async fn a_rule_that_is_revised_between_two_orders_goes_on_counting(world: TestApp) {
        let app = world.app();
        revise(app, capped("1", &[("household/month", 100)])).await;
        assert_eq!(import(app, &[order("D-1", "H-WANG", "2026-05-01T10:00:00", "80")]).await, [80]);

        revise(app, capped("2", &[("household/month", 150)])).await;
        assert_eq!(import(app, &[order("D-2", "H-WANG", "2026-05-31T23:59:59", "80")]).await, [70]);
        assert_eq!(import(app, &[order("D-3", "H-WANG", "2026-06-01T00:00:00", "80")]).await, [150]);

        let versions = world.db().texts("SELECT CAST(rule_version AS TEXT) FROM postings ORDER BY no").await;
        assert_eq!(versions, [["1"], ["2"], ["2"]]);
    }

    async fn a_history_is_counted_on_the_days_of_its_own_orders(world: TestApp) {
        let app = world.app();
        revise(app, capped("1", &[("member/day", 50)])).await;
        add_person(app, "H-WANG", "P-1", accounts::Role::Owner).await;
        add_person(app, "H-WANG", "P-2", accounts::Role::Senior).await;
        let by = |person: &str, order: OrderPaid| OrderPaid { person_ref: Some(reference(person)), ..order };
        let orders = [
            by("P-1", order("D-1", "H-WANG", "2026-03-31T10:00:00", "40")),
            by("P-2", order("D-2", "H-WANG", "2026-03-31T11:00:00", "40")),
            order("D-3", "H-WANG", "2026-03-31T12:00:00", "40"),
            by("P-1", order("D-4", "H-WANG", "2026-03-31T23:59:59", "40")),
            by("P-1", order("D-5", "H-WANG", "2026-04-01T00:00:00", "40")),
            order("D-6", "H-WANG", "2026-03-31T13:00:00", "40"),
        ];

        let dry = app.import_orders(&orders, ImportMode::DryRun).await.unwrap();
        assert_eq!(dry.len(), 6);
        assert_eq!(world.db().count("earn_cap_uses").await, 0);
        assert_eq!(import(app, &orders).await, [40, 40, 40, 10, 40, 10]);
        // Told again, whether alone or among others, nothing is counted twice.
        app.import_orders(&orders, ImportMode::Commit).await.unwrap();
        assert_eq!(sum(&world, "earn_cap_uses").await, "180");
        assert_verifies(app).await;
    }

    async fn an_order_too_large_for_the_wallet_posts_none_of_its_earns_and_counts_nothing(world: TestApp) {
        let app = world.app();
        revise(app, capped("10", &[("household/ever", 2_000_000_000), ("programme/ever", 2_000_000_000)])).await;
        add(app, plain("20")).await;

        let large = order("D-1", "H-WANG", "2026-05-01T10:00:00", "100000000");
        let answers = app.import_orders(&[large], ImportMode::Commit).await.unwrap();
        assert!(matches!(answers[..], [Err(RecordOrderRefusal::WalletFull(_))]));
        assert_eq!((world.db().count("postings").await, world.db().count("orders").await), (0, 0));
        assert_eq!((sum(&world, "earn_cap_uses").await, sum(&world, "earn_rule_uses").await), ("0".to_owned(), "0".to_owned()));

        // And the next order of the same batch finds all of it left.
        let both = [
            order("D-2", "H-WANG", "2026-05-01T10:00:00", "100000000"),
            order("D-3", "H-WANG", "2026-05-01T10:00:00", "100"),
        ];
        let answers = app.import_orders(&both, ImportMode::Commit).await.unwrap();
        assert!(matches!(answers[..], [Err(_), Ok(Recorded::New { .. })]), "{answers:?}");
        assert_eq!(sum(&world, "postings").await, "3000");
        assert_verifies(app).await;
    }

    async fn a_rule_without_caps_counts_nothing(world: TestApp) {
        set_rule(world.app(), "1", "2026-01-01", &[]).await;
        import(world.app(), &[order("D-1", "H-WANG", "2026-05-01T10:00:00", "100")]).await;

        assert_eq!(world.db().count("earn_cap_uses").await, 0);
        assert_eq!(world.db().count("earn_rule_uses").await, 0);
    }
}
