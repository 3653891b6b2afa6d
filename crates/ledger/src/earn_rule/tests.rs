use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{Currency, Id, Label, Money, Rate};
use uuid::Uuid;

use super::{BasisLine, EarnRule, rule_in_force};

fn label(text: &str) -> Label {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn rule(rate: &str, multipliers: &[(&str, &str)]) -> EarnRule {
    EarnRule {
        id: Id::from_uuid(Uuid::nil()),
        version: 1,
        name: label("基本积分"),
        points_per_yuan: Rate::parse(rate).unwrap(),
        multipliers: multipliers
            .iter()
            .map(|(category, rate)| (label(category), Rate::parse(rate).unwrap()))
            .collect::<BTreeMap<_, _>>(),
        valid_from: day("2026-01-01"),
        valid_until: None,
    }
}

#[track_caller]
fn check(rule: &EarnRule, lines: &[(&str, &str)], expected: &[i64]) {
    let lines: Vec<BasisLine> = (1..)
        .zip(lines)
        .map(|(line_no, (category, cash))| BasisLine {
            line_no,
            category: (!category.is_empty()).then(|| label(category)),
            cash: Money::parse(cash, Currency::Cny).unwrap(),
        })
        .collect();
    let points: Vec<i64> = rule.points_for(&lines).into_iter().map(kernel::Points::get).collect();

    assert_eq!(points, expected);
}

#[test]
fn one_point_per_yuan_rounds_the_order_down() {
    check(&rule("1", &[]), &[("", "128.60")], &[128]);
    check(&rule("1", &[]), &[("", "0.99")], &[0]);
    check(&rule("1", &[]), &[], &[]);
}

#[test]
fn lines_sum_to_the_floor_of_the_whole_order() {
    check(&rule("1", &[]), &[("", "0.60"), ("", "0.60")], &[1, 0]);
    check(&rule("1", &[]), &[("", "1.10"), ("", "2.95"), ("", "0.95")], &[1, 3, 1]);
}

#[test]
fn a_category_multiplies_only_its_own_lines() {
    check(&rule("1", &[("蔬菜", "2")]), &[("蔬菜", "10"), ("水产", "10"), ("", "10")], &[20, 10, 10]);
    check(&rule("1.5", &[("烟酒", "0")]), &[("烟酒", "100"), ("水产", "10")], &[0, 15]);
}

#[test]
fn the_newest_version_in_force_on_the_day_counts() {
    let first = rule("1", &[]);
    let second = EarnRule { version: 2, valid_from: day("2026-06-01"), ..rule("2", &[]) };
    let closed =
        EarnRule { version: 3, valid_from: day("2026-07-01"), valid_until: Some(day("2026-07-31")), ..rule("3", &[]) };
    let rules = [first, second, closed];

    let version = |date| rule_in_force(&rules, day(date)).map(|rule| rule.version);

    assert_eq!(version("2025-12-31"), None);
    assert_eq!(version("2026-05-31"), Some(1));
    assert_eq!(version("2026-06-01"), Some(2));
    assert_eq!(version("2026-07-31"), Some(3));
    assert_eq!(version("2026-08-01"), Some(2));
}
