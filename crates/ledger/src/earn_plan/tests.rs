use std::collections::BTreeMap;

use kernel::{Currency, Id, Money, Points, Rate, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::{EarnPlan, Sale, plan_earns};
use crate::{BasisLine, Buyer, CapKey, CapUses, EarnCap, EarnRule, EarnRuleClosure, EarnRules, EarnTerms, Rounding};

fn id<K>(n: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn points(n: i64) -> Points {
    Points::new(n).unwrap()
}

fn rule(n: u128, rate: &str) -> EarnRule {
    let name = "基本积分".parse().unwrap();
    let terms = EarnTerms::plain(name, Rate::parse(rate).unwrap(), "2026-01-01".parse().unwrap());
    EarnRule { id: id(n), version: 1, terms }
}

fn capped(n: u128, rate: &str, caps: &[(&str, i64)]) -> EarnRule {
    let caps: BTreeMap<EarnCap, Points> =
        caps.iter().map(|&(cap, most)| (cap.parse().unwrap(), points(most))).collect();
    with(rule(n, rate), |terms| terms.caps = caps)
}

fn with(mut rule: EarnRule, change: impl FnOnce(&mut EarnTerms)) -> EarnRule {
    change(&mut rule.terms);
    rule
}

/// A sale of lines in fen by a member (0: nobody named) of a household on a day.
fn sale<'a>(household: u128, member: u128, date: &str, fen: &[i64]) -> Sale<'a> {
    let money = |fen| Money::from_minor(fen, Currency::Cny).unwrap();
    Sale {
        buyer: Buyer {
            household: id(household),
            member: (member > 0).then(|| id(member)),
            date: date.parse().unwrap(),
        },
        sold_at: Timestamp::from_timestamp_millis(1_000).unwrap(),
        basis: money(fen.iter().sum()),
        lines: (1..)
            .zip(fen)
            .map(|(line_no, &fen)| BasisLine { line_no, product: None, category: None, cash: money(fen) })
            .collect(),
    }
}

fn of(versions: &[EarnRule]) -> EarnRules {
    EarnRules { versions: versions.to_vec(), closures: Vec::new() }
}

/// Each earn as its rule and the points of its lines.
fn earned(plan: &EarnPlan) -> Vec<(u128, Vec<i64>)> {
    let lines = |earn: &crate::EarnSnapshot| earn.lines.iter().map(|line| line.points.get()).collect();
    plan.earns.iter().map(|earn| (earn.rule.uuid().as_u128(), lines(earn))).collect()
}

/// Tells sales one after the other and gives the points of each.
fn told(rules: &EarnRules, sales: &[Sale<'_>]) -> Vec<i64> {
    let mut uses = CapUses::default();
    let tell = |sale: &Sale<'_>| {
        let plan = plan_earns(rules, sale, &uses);
        uses.add(&plan.uses);
        plan.points().get()
    };
    sales.iter().map(tell).collect()
}

#[test]
fn keeps_rule_version_basis_and_points_per_line() {
    let rules = of(&[EarnRule { version: 3, ..rule(1, "1") }]);
    let plan = plan_earns(&rules, &sale(1, 0, "2026-03-01", &[1_050, 950]), &CapUses::default());

    assert_eq!(earned(&plan), [(1, vec![11, 9])]);
    let earn = &plan.earns[0];
    assert_eq!((earn.rule_version, earn.basis.minor()), (3, 2_000));
    assert_eq!(earn.lines.iter().map(|line| line.line_no).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(plan.uses, []);
}

#[test]
fn no_rule_or_less_than_a_point_is_no_earn() {
    let nothing = EarnPlan::default();
    assert_eq!(plan_earns(&of(&[]), &sale(1, 0, "2026-03-01", &[5_000]), &CapUses::default()), nothing);
    assert_eq!(plan_earns(&of(&[rule(1, "1")]), &sale(1, 0, "2025-12-31", &[5_000]), &CapUses::default()), nothing);
    assert_eq!(plan_earns(&of(&[rule(1, "1")]), &sale(1, 0, "2026-03-01", &[99]), &CapUses::default()), nothing);
    assert_eq!(plan_earns(&of(&[rule(1, "0")]), &sale(1, 0, "2026-03-01", &[9_900]), &CapUses::default()), nothing);
}

#[test]
fn several_rules_each_give_their_own_points_on_the_whole_basis() {
    let bonus = with(rule(1, "0.5"), |terms| terms.stacking_order = 2);
    let plan = plan_earns(&of(&[bonus, rule(2, "1")]), &sale(1, 0, "2026-03-01", &[300, 300]), &CapUses::default());

    assert_eq!(earned(&plan), [(2, vec![3, 3]), (1, vec![2, 1])]);
    assert_eq!(plan.points(), points(9));
}

#[test]
fn an_exclusive_rule_ends_the_stack_where_it_gave_points() {
    let first = rule(1, "1");
    let exclusive = with(capped(2, "2", &[("household/ever", 10)]), |terms| {
        terms.is_exclusive = true;
        terms.stacking_order = 1;
    });
    let last = with(rule(3, "3"), |terms| terms.stacking_order = 2);
    let rules = of(&[first, exclusive, last]);
    let mut uses = CapUses::default();

    let plan = plan_earns(&rules, &sale(1, 0, "2026-03-01", &[400]), &uses);
    assert_eq!(earned(&plan), [(1, vec![4]), (2, vec![8])]);
    uses.add(&plan.uses);
    // Cut to the two points left, and still exclusive.
    let plan = plan_earns(&rules, &sale(1, 0, "2026-03-01", &[400]), &uses);
    assert_eq!(earned(&plan), [(1, vec![4]), (2, vec![2])]);
    uses.add(&plan.uses);
    // Used up: it gives nothing and stops nothing.
    let plan = plan_earns(&rules, &sale(1, 0, "2026-03-01", &[400]), &uses);
    assert_eq!(earned(&plan), [(1, vec![4]), (3, vec![12])]);
}

#[test]
fn a_closed_rule_leaves_the_sale_to_the_others() {
    let closure = EarnRuleClosure {
        rule: id(1),
        version: 1,
        closed_at: Timestamp::from_timestamp_millis(1_000).unwrap(),
        liability: points(9),
    };
    let rules = EarnRules { versions: vec![rule(1, "1"), rule(2, "2")], closures: vec![closure] };

    let plan = plan_earns(&rules, &sale(1, 0, "2026-03-01", &[500]), &CapUses::default());
    assert_eq!(earned(&plan), [(2, vec![10])]);
}

#[test]
fn a_cut_is_split_over_the_lines_in_proportion() {
    for (most, expected) in [(1, [1, 0, 0]), (5, [3, 2, 0]), (9, [5, 4, 0]), (17, [9, 8, 0]), (18, [10, 8, 0])] {
        let rules = of(&[capped(1, "1", &[("household/order", most)])]);
        let plan = plan_earns(&rules, &sale(1, 0, "2026-03-01", &[1_000, 800, 0]), &CapUses::default());
        assert_eq!(earned(&plan), [(1, expected.to_vec())], "at most {most}");
    }
}

#[test]
fn each_cap_counts_for_whom_and_how_long_it_says() {
    let sales = [
        sale(1, 1, "2026-03-30", &[600]),
        sale(1, 1, "2026-03-30", &[600]),
        sale(1, 2, "2026-03-30", &[600]),
        sale(1, 0, "2026-03-30", &[600]),
        sale(1, 1, "2026-03-31", &[600]),
        sale(2, 1, "2026-03-31", &[600]),
        sale(1, 1, "2026-04-01", &[600]),
    ];
    for (cap, expected) in [
        ("household/order=4", [4, 4, 4, 4, 4, 4, 4]),
        ("member/day=10", [6, 4, 6, 6, 6, 6, 6]),
        ("member/month=10", [6, 4, 6, 6, 0, 6, 6]),
        ("member/ever=10", [6, 4, 6, 6, 0, 6, 0]),
        ("household/day=10", [6, 4, 0, 0, 6, 6, 6]),
        ("household/month=10", [6, 4, 0, 0, 0, 6, 6]),
        ("household/ever=10", [6, 4, 0, 0, 0, 6, 0]),
        ("programme/day=10", [6, 4, 0, 0, 6, 4, 6]),
        ("programme/month=10", [6, 4, 0, 0, 0, 0, 6]),
        ("programme/ever=10", [6, 4, 0, 0, 0, 0, 0]),
    ] {
        let (cap, most) = cap.split_once('=').unwrap();
        let rules = of(&[capped(1, "1", &[(cap, most.parse().unwrap())])]);
        assert_eq!(told(&rules, &sales), expected, "{cap}");
    }
}

#[test]
fn of_several_caps_the_one_that_leaves_least_decides_and_all_count_on() {
    let rules = of(&[capped(1, "1", &[("household/order", 5), ("member/day", 8), ("household/ever", 12)])]);
    let sales = [
        sale(1, 1, "2026-03-30", &[600]),
        sale(1, 1, "2026-03-30", &[600]),
        sale(1, 2, "2026-03-30", &[600]),
        sale(1, 2, "2026-03-31", &[600]),
    ];

    assert_eq!(told(&rules, &sales), [5, 3, 4, 0]);
}

#[test]
fn caps_of_one_rule_do_not_count_what_another_gave() {
    let rules = of(&[capped(1, "1", &[("household/day", 10)]), capped(2, "1", &[("household/day", 3)])]);
    assert_eq!(told(&rules, &[sale(1, 1, "2026-03-30", &[600]), sale(1, 1, "2026-03-30", &[600])]), [9, 4]);
}

#[test]
fn a_cap_that_is_revised_goes_on_counting_and_may_be_below_what_was_given() {
    let revised = |most| {
        let second = capped(1, "1", &[("household/ever", most)]);
        of(&[rule(1, "9"), EarnRule { version: 2, ..second }])
    };
    let mut uses = CapUses::default();
    uses.add(&plan_earns(&revised(10), &sale(1, 0, "2026-03-01", &[800]), &uses).uses);

    for (most, expected) in [(20, 8), (10, 2), (8, 0), (5, 0)] {
        let plan = plan_earns(&revised(most), &sale(1, 0, "2026-03-02", &[800]), &uses);
        assert_eq!(plan.points(), points(expected), "at most {most}");
    }
}

fn any_rule() -> impl Strategy<Value = EarnRule> {
    let caps = prop::collection::btree_map(
        prop::sample::select(vec![
            "household/order",
            "member/day",
            "household/day",
            "household/month",
            "programme/ever",
        ]),
        1_i64..400,
        0..4,
    );
    let terms = (0_u32..40_000, prop::sample::select(Rounding::ALL.to_vec()), 0_u16..3, any::<bool>(), caps);
    (1_u128..4, terms).prop_map(|(n, (rate, rounding, stacking_order, is_exclusive, caps))| {
        let caps: Vec<(&str, i64)> = caps.into_iter().collect();
        with(capped(n, "1", &caps), |terms| {
            terms.points_per_yuan = Rate::from_basis_points(rate).unwrap();
            terms.rounding = rounding;
            terms.stacking_order = stacking_order;
            terms.is_exclusive = is_exclusive;
        })
    })
}

fn any_sale() -> impl Strategy<Value = Sale<'static>> {
    let days = prop::sample::select(vec!["2026-03-30", "2026-03-31", "2026-04-01"]);
    let fen = prop::collection::vec(0_i64..30_000, 1..8);
    (1_u128..3, 0_u128..3, days, fen).prop_map(|(household, member, day, fen)| sale(household, member, day, &fen))
}

proptest! {
    #[test]
    fn lines_sum_to_what_is_given_and_no_cap_is_exceeded(
        rules in prop::collection::vec(any_rule(), 1..4),
        sales in prop::collection::vec(any_sale(), 1..20),
    ) {
        // One version per rule; the last drawn stands.
        let rules: BTreeMap<_, _> = rules.into_iter().map(|rule| (rule.id, rule)).collect();
        let rules = of(&rules.into_values().collect::<Vec<_>>());
        let mut uses = CapUses::default();
        let mut given: BTreeMap<CapKey, i64> = BTreeMap::new();
        for sale in &sales {
            let plan = plan_earns(&rules, sale, &uses);
            prop_assert_eq!(&plan, &plan_earns(&rules, sale, &uses), "a plan depends on nothing else");
            for earn in &plan.earns {
                let rule = rules.versions.iter().find(|rule| rule.id == earn.rule).unwrap();
                let whole = rule.terms.points_for(&sale.lines);
                let sum: i64 = earn.lines.iter().map(|line| line.points.get()).sum();
                prop_assert!(sum > 0);
                prop_assert!(earn.lines.iter().zip(&whole).all(|(line, &most)| line.points <= most));
                for (cap, most) in &rule.terms.caps {
                    let key = cap.key(rule.id, sale.buyer);
                    let counted = key.map_or(sum, |key| { *given.entry(key).or_default() += sum; given[&key] });
                    prop_assert!(counted <= most.get(), "{} gave {} of {}", cap, counted, most);
                }
            }
            uses.add(&plan.uses);
        }
        for (key, sum) in given {
            prop_assert_eq!(uses.used(key).get(), sum);
        }
    }
}
