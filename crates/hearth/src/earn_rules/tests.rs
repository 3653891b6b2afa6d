use std::collections::{BTreeMap, BTreeSet};

use app::ledger::{Replayed, ReviseEarnRule, SimulateRule};
use chrono::{Days, NaiveDate};
use kernel::{Points, Rate};
use ledger::{EarnTerms, PROGRAMME_RULE, Rounding};
use testkit::{TestApp, on_both_engines};

use super::{FROM_THE_BEGINNING, ensure_default, line};
use crate::demo;

static PRODUCTS: &str = include_str!("../../demo/products.csv");
static ORDERS: &str = include_str!("../../demo/orders.csv");
static LINES: &str = include_str!("../../demo/order_lines.csv");

/// The most the proposed rule gives a household in a day.
const PER_DAY: i64 = 150;

fn rate(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}

fn plain(text: &str) -> EarnTerms {
    EarnTerms::plain("双倍".parse().unwrap(), rate(text), FROM_THE_BEGINNING)
}

fn versions(rules: &ledger::EarnRules) -> Vec<(kernel::Id<kernel::kinds::EarnRule>, u32)> {
    rules.versions.iter().map(|rule| (rule.id, rule.version)).collect()
}

on_both_engines! {
    async fn two_first_starts_at_once_set_one_rule(app: TestApp) {
        let app = app.app();
        let (one, other) = tokio::join!(ensure_default(app), ensure_default(app));

        assert_eq!((one, other), (Ok(()), Ok(())));
        assert_eq!(versions(&app.list_earn_rules().await.unwrap()), [(PROGRAMME_RULE, 1)]);
    }

    async fn a_first_rule_and_a_revision_at_once_are_two_versions_at_most(app: TestApp) {
        let revise = ReviseEarnRule { rule: Some(PROGRAMME_RULE), terms: plain("2") };
        let (ensured, revised) = tokio::join!(ensure_default(app.app()), app.app().revise_earn_rule(&revise));

        ensured.unwrap();
        let revised = revised.unwrap().unwrap();
        let rules = app.app().list_earn_rules().await.unwrap();
        // Whoever is first, the operator's word stands last, and both are versions of one rule.
        assert_eq!(rules.versions.last(), Some(&revised));
        assert_eq!(versions(&rules), [(PROGRAMME_RULE, 1), (PROGRAMME_RULE, 2)][..rules.versions.len()]);
    }

    async fn a_simulation_over_the_demo_equals_what_its_files_say(app: TestApp) {
        let app = app.app();
        demo::fill(app).await.unwrap();
        let yesterday = app.settings().zone.date_of(app.db().clock().now()) - Days::new(1);
        let recomputed = recompute(yesterday);
        let caps = [("household/day".parse().unwrap(), Points::new(PER_DAY).unwrap())];
        let terms = EarnTerms {
            multipliers: [("生鲜水果".parse().unwrap(), rate("2"))].into(),
            product_multipliers: [("S001".parse().unwrap(), rate("3")), ("S092".parse().unwrap(), rate("0"))].into(),
            rounding: Rounding::LineHalfUp,
            caps: caps.into(),
            ..plain("1.5")
        };

        let proposed = ReviseEarnRule { rule: Some(PROGRAMME_RULE), terms };
        let simulate = SimulateRule { proposed, from: FROM_THE_BEGINNING, until: yesterday };
        let found = app.simulate_rule(&simulate).await.unwrap().unwrap();

        let months: BTreeMap<NaiveDate, [i64; 3]> =
            found.months.iter().map(|month| (month.month, figures(&month.replayed))).collect();
        assert_eq!(months, recomputed.months);
        // The demo's orders were posted by the one rule there is.
        assert_eq!(found.posted, found.total.now);
        let named: Vec<(String, i64)> =
            found.households.iter().map(|h| (h.name.to_string(), h.replayed.change())).collect();
        let changes: Vec<i64> = named.iter().map(|(_, change)| *change).collect();
        assert_eq!(changes, recomputed.changes[..SimulateRule::HOUSEHOLDS]);
        assert_eq!(named.iter().collect::<BTreeSet<_>>().len(), SimulateRule::HOUSEHOLDS);
    }
}

/// Orders, points now, points proposed.
fn figures(replayed: &Replayed) -> [i64; 3] {
    [i64::try_from(replayed.orders).unwrap(), replayed.now.get(), replayed.proposed.get()]
}

struct Recomputed {
    months: BTreeMap<NaiveDate, [i64; 3]>,
    /// By how much each household's points change, most first.
    changes: Vec<i64>,
}

/// The same from the files alone, in fen and halves of points, without a word of the ledger's.
fn recompute(ends_on: NaiveDate) -> Recomputed {
    let rows = |csv: &'static str| csv.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let categories: BTreeMap<&str, &str> = rows(PRODUCTS).map(|row| (row[0], row[2])).collect();
    let mut sold: BTreeMap<&str, Vec<(&str, i64)>> = BTreeMap::new();
    for row in rows(LINES) {
        let fen = row[3].replace('.', "").parse().unwrap();
        sold.entry(row[0]).or_default().push((row[1], fen));
    }
    let shift = ends_on - NaiveDate::from_ymd_opt(2017, 12, 31).unwrap();
    // By household and day: orders, points now, points proposed before the cap.
    let mut days: BTreeMap<(&str, NaiveDate), [i64; 3]> = BTreeMap::new();
    for row in rows(ORDERS) {
        let day = row[2][..10].parse::<NaiveDate>().unwrap() + shift;
        let fruit = |product: &str| if categories[product] == "生鲜水果" { 2 } else { 1 };
        let hundredths: i64 = sold[row[1]].iter().map(|(product, fen)| fen * fruit(product)).sum();
        let proposed = sold[row[1]].iter().map(|(product, fen)| {
            let times = match *product {
                "S001" => 3,
                "S092" => 0,
                other => fruit(other),
            };
            // 1.5 points for 100 fen, so 3 for 200; half of those added rounds to the nearest.
            (fen * times * 3 + 100) / 200
        });
        let sums = days.entry((row[0], day)).or_default();
        *sums = [sums[0] + 1, sums[1] + hundredths / 100, sums[2] + proposed.sum::<i64>()];
    }
    let mut months: BTreeMap<NaiveDate, [i64; 3]> = BTreeMap::new();
    let mut changes: BTreeMap<&str, i64> = BTreeMap::new();
    for ((household, day), [orders, now, proposed]) in days {
        let proposed = proposed.min(PER_DAY);
        let month = months.entry(day.format("%Y-%m-01").to_string().parse().unwrap()).or_default();
        *month = [month[0] + orders, month[1] + now, month[2] + proposed];
        *changes.entry(household).or_default() += proposed - now;
    }
    let mut changes: Vec<i64> = changes.into_values().collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.abs()));
    Recomputed { months, changes }
}

#[test]
fn a_version_is_shown_in_one_line_without_what_goes_without_saying() {
    let mut rule = ledger::EarnRule { id: PROGRAMME_RULE, version: 3, terms: plain("1.5") };
    let id = PROGRAMME_RULE.to_string();
    assert_eq!(line(&rule), format!("{id} version 3: 双倍, 1.5 points per yuan, from 2000-01-01 on"));

    rule.terms = EarnTerms {
        multipliers: [("生鲜水果".parse().unwrap(), rate("2"))].into(),
        product_multipliers: [("S001".parse().unwrap(), rate("3"))].into(),
        other_multiplier: rate("0"),
        rounding: Rounding::LineFloor,
        stacking_order: 7,
        is_exclusive: true,
        caps: [("member/day".parse().unwrap(), Points::new(200).unwrap())].into(),
        closes_at_liability: Points::new(1_000),
        valid_until: NaiveDate::from_ymd_opt(2026, 12, 31),
        ..plain("1")
    };
    let said = "×2, product S001 ×3, all else ×0, each line rounded down, stacked at 7, exclusive, at most 200 by member/day, \
                closes at 1000 points outstanding";
    let days = "1 points per yuan, from 2000-01-01 to 2026-12-31";
    assert_eq!(line(&rule), format!("{id} version 3: 双倍, {days}, 生鲜水果 {said}"));
}
