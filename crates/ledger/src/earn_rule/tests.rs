use chrono::NaiveDate;
use kernel::{Currency, ExternalRef, Id, Label, Money, Points, Rate, Timestamp};
use uuid::Uuid;

use super::{BasisLine, EarnRule, EarnRuleClosure, EarnRules, EarnTerms, Rounding, rules_to_close};

fn label(text: &str) -> Label {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn rate(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}

fn points(n: i64) -> Points {
    Points::new(n).unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(millis).unwrap()
}

fn terms(points_per_yuan: &str, multipliers: &[(&str, &str)]) -> EarnTerms {
    let multipliers = multipliers.iter().map(|(category, times)| (label(category), rate(times))).collect();
    EarnTerms { multipliers, ..EarnTerms::plain(label("基本积分"), rate(points_per_yuan), day("2026-01-01")) }
}

fn rule(id: u128, version: u32, terms: EarnTerms) -> EarnRule {
    EarnRule { id: Id::from_uuid(Uuid::from_u128(id)), version, terms }
}

/// Lines as (product, category, yuan); nothing between the quotes is nothing told.
#[track_caller]
fn check_lines(terms: &EarnTerms, lines: &[(&str, &str, &str)], expected: &[i64]) {
    let told: Vec<(Option<ExternalRef>, Option<Label>, Money)> = lines
        .iter()
        .map(|(product, category, yuan)| {
            (product.parse().ok(), category.parse().ok(), Money::parse(yuan, Currency::Cny).unwrap())
        })
        .collect();
    let lines: Vec<BasisLine<'_>> = (1..)
        .zip(&told)
        .map(|(line_no, (product, category, cash))| BasisLine {
            line_no,
            product: product.as_ref(),
            category: category.as_ref(),
            cash: *cash,
        })
        .collect();
    let points: Vec<i64> = terms.points_for(&lines).into_iter().map(Points::get).collect();

    assert_eq!(points, expected);
}

#[track_caller]
fn check(terms: &EarnTerms, lines: &[(&str, &str)], expected: &[i64]) {
    let lines: Vec<(&str, &str, &str)> = lines.iter().map(|(category, yuan)| ("", *category, *yuan)).collect();
    check_lines(terms, &lines, expected);
}

#[test]
fn one_point_per_yuan_rounds_the_order_down() {
    check(&terms("1", &[]), &[("", "128.60")], &[128]);
    check(&terms("1", &[]), &[("", "0.99")], &[0]);
    check(&terms("1", &[]), &[], &[]);
}

#[test]
fn lines_sum_to_the_floor_of_the_whole_order() {
    check(&terms("1", &[]), &[("", "0.60"), ("", "0.60")], &[1, 0]);
    check(&terms("1", &[]), &[("", "1.10"), ("", "2.95"), ("", "0.95")], &[1, 3, 1]);
}

#[test]
fn each_rounding_does_what_its_name_says() {
    let lines = [("", "0.60"), ("", "0.60"), ("", "1.50"), ("", "2.49"), ("", "3")];
    for (rounding, expected) in [
        // 8.19 in all: eight, the fourth to the line of 0.60 that comes first.
        (Rounding::SaleFloor, [1, 1, 1, 2, 3]),
        (Rounding::LineFloor, [0, 0, 1, 2, 3]),
        (Rounding::LineHalfUp, [1, 1, 2, 2, 3]),
    ] {
        check(&EarnTerms { rounding, ..terms("1", &[]) }, &lines, &expected);
    }
    // A hundredth of a fen decides.
    let just_below = EarnTerms { rounding: Rounding::LineHalfUp, ..terms("0.4999", &[]) };
    check(&just_below, &[("", "1")], &[0]);
    check(&EarnTerms { points_per_yuan: rate("0.5"), ..just_below }, &[("", "1")], &[1]);
}

#[test]
fn a_category_multiplies_only_its_own_lines() {
    check(&terms("1", &[("蔬菜", "2")]), &[("蔬菜", "10"), ("水产", "10"), ("", "10")], &[20, 10, 10]);
    check(&terms("1.5", &[("烟酒", "0")]), &[("烟酒", "100"), ("水产", "10")], &[0, 15]);
}

#[test]
fn a_product_wins_over_its_category_and_all_else_earns_what_else_earns() {
    let by_category = terms("1", &[("蔬菜", "2")]);
    let terms = EarnTerms {
        product_multipliers: [("P-1", "5"), ("P-2", "0")].map(|(p, times)| (p.parse().unwrap(), rate(times))).into(),
        ..by_category
    };
    let lines =
        [("P-1", "蔬菜", "10"), ("P-2", "蔬菜", "10"), ("P-3", "蔬菜", "10"), ("P-1", "", "10"), ("", "水产", "10")];
    check_lines(&terms, &lines, &[50, 0, 20, 50, 10]);
    check_lines(&EarnTerms { other_multiplier: rate("0"), ..terms }, &lines, &[50, 0, 20, 50, 0]);
}

#[test]
fn the_newest_version_in_force_on_the_day_counts() {
    let from = |text: &str, rate: &str| EarnTerms { valid_from: day(text), ..terms(rate, &[]) };
    let july = EarnTerms { valid_until: Some(day("2026-07-31")), ..from("2026-07-01", "3") };
    let versions = vec![rule(1, 1, terms("1", &[])), rule(1, 3, july), rule(1, 2, from("2026-06-01", "2"))];
    let rules = EarnRules { versions, closures: Vec::new() };

    let version = |date| rules.stack(day(date), at(0)).iter().map(|rule| rule.version).collect::<Vec<_>>();

    assert_eq!(version("2025-12-31"), [] as [u32; 0]);
    assert_eq!(version("2026-05-31"), [1]);
    assert_eq!(version("2026-06-01"), [2]);
    assert_eq!(version("2026-07-31"), [3]);
    assert_eq!(version("2026-08-01"), [2]);
}

#[test]
fn several_rules_stand_in_stacking_order_and_then_by_id() {
    let stacked = |stacking_order| EarnTerms { stacking_order, ..terms("1", &[]) };
    let later = EarnTerms { valid_from: day("2026-09-01"), ..stacked(0) };
    let versions = vec![rule(4, 1, stacked(7)), rule(3, 1, stacked(7)), rule(2, 1, later), rule(9, 1, stacked(0))];
    let rules = EarnRules { versions, closures: Vec::new() };

    let ids = |date| rules.stack(day(date), at(0)).iter().map(|rule| rule.id.uuid().as_u128()).collect::<Vec<_>>();

    assert_eq!(ids("2026-08-31"), [9, 3, 4]);
    assert_eq!(ids("2026-09-01"), [2, 9, 3, 4]);
}

#[test]
fn a_closed_rule_gives_nothing_for_later_sales_until_it_is_revised() {
    let closure = |version| EarnRuleClosure {
        rule: rule(1, version, terms("1", &[])).id,
        version,
        closed_at: at(1_000),
        liability: points(5),
    };
    let revised = EarnTerms { valid_from: day("2026-06-01"), ..terms("1", &[]) };
    let versions = vec![rule(1, 1, terms("1", &[])), rule(1, 2, revised), rule(2, 1, terms("1", &[]))];
    let stack = |closed, date, sold_at| {
        let rules = EarnRules { versions: versions.clone(), closures: vec![closure(closed)] };
        let stack = rules.stack(day(date), at(sold_at));
        stack.iter().map(|rule| (rule.id.uuid().as_u128(), rule.version)).collect::<Vec<_>>()
    };

    // Paid before the closing, told whenever; the other rule is not concerned.
    assert_eq!(stack(1, "2026-05-01", 999), [(1, 1), (2, 1)]);
    assert_eq!(stack(1, "2026-05-01", 1_000), [(2, 1)]);
    assert_eq!(stack(1, "2026-06-01", 1_000), [(1, 2), (2, 1)]);
    // Closing the second closes the first with it.
    assert_eq!(stack(2, "2026-05-01", 1_000), [(2, 1)]);
    assert_eq!(stack(2, "2026-06-01", 1_000), [(2, 1)]);
}

#[test]
fn a_rule_is_to_be_closed_once_its_bound_is_reached() {
    let bounded = |bound| EarnTerms { closes_at_liability: Some(points(bound)), ..terms("1", &[]) };
    let ended = EarnTerms { valid_until: Some(day("2026-05-31")), ..bounded(1) };
    let versions =
        vec![rule(1, 1, terms("1", &[])), rule(2, 4, bounded(100)), rule(3, 1, bounded(101)), rule(4, 1, ended)];
    let mut rules = EarnRules { versions, closures: Vec::new() };
    let to_close = |rules: &EarnRules, outstanding| {
        let closures = rules_to_close(rules, points(outstanding), day("2026-06-01"), at(5));
        closures.iter().map(|closure| (closure.rule.uuid().as_u128(), closure.version)).collect::<Vec<_>>()
    };

    assert_eq!(to_close(&rules, 99), []);
    assert_eq!(to_close(&rules, 100), [(2, 4)]);
    assert_eq!(to_close(&rules, 101), [(2, 4), (3, 1)]);
    rules.closures = rules_to_close(&rules, points(100), day("2026-06-01"), at(5));
    assert_eq!(rules.closures[0].liability, points(100));
    assert_eq!(to_close(&rules, 101), [(3, 1)]);
}
