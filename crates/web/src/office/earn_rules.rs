use std::collections::BTreeMap;

use app::ledger::{
    HouseholdReplayed, MonthReplayed, ReviseEarnRule, ReviseEarnRuleRefusal, RuleSimulation, SimulateByStaffRefusal,
    SimulateRule, SimulateRuleRefusal,
};
use askama::Template;
use chrono::{Datelike, Months};
use kernel::{BusinessDate, Id, Points, Rate, kinds};
use ledger::{EarnCap, EarnRule, EarnTerms, PROGRAMME_RULE, Rounding};

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{Download, render, show},
    typed::{label, whole},
};
use crate::csv_row;

/// What purchases earn: every version of every rule.
#[derive(Template)]
#[template(path = "office/earn_rules.html")]
struct RulesPage {
    frame: Frame,
    rows: Vec<Row>,
}

/// A version in a list.
struct Row {
    rule: String,
    version: u32,
    name: String,
    points_per_yuan: String,
    from: BusinessDate,
    until: Option<BusinessDate>,
    state: &'static str,
    class: &'static str,
    more: Vec<String>,
    closed: Option<[String; 2]>,
}

/// What if a rule had been so?
#[derive(Template)]
#[template(path = "office/earn_rule_simulate.html")]
struct SimulatePage {
    frame: Frame,
    typed: Typed,
    found: Option<Found>,
    problem: Option<String>,
}

/// What a dry run found, as the page tells it.
struct Found {
    lines: Vec<(String, Vec<String>)>,
    households: Vec<(String, Vec<String>)>,
}

/// What a form holds, as it was typed.
#[derive(Default)]
struct Typed {
    rule: String,
    name: String,
    points_per_yuan: String,
    others: String,
    multipliers: String,
    products: String,
    caps: String,
    rounding: String,
    order: String,
    is_exclusive: bool,
    from: String,
    until: String,
}

/// `GET /office/earn-rules`.
pub(super) async fn earn_rules(desk: Desk) -> Answer {
    let rows = rows(&desk).await?;
    show(&RulesPage { frame: desk.frame, rows })
}

/// `GET /office/earn-rules.csv`.
pub(super) async fn earn_rules_file(desk: Desk) -> Answer {
    let heads = ["rule", "version", "name", "points_per_yuan", "valid_from", "valid_until", "more", "closed_at"];
    let mut text = format!("\u{FEFF}{}", csv_row(&heads));
    for row in rows(&desk).await? {
        let until = row.until.map_or_else(String::new, |until| until.to_string());
        let closed = row.closed.map_or_else(String::new, |[at, _]| at);
        let (version, from, more) = (row.version.to_string(), row.from.to_string(), row.more.join("; "));
        text.push_str(&csv_row(&[&row.rule, &version, &row.name, &row.points_per_yuan, &from, &until, &more, &closed]));
    }
    let content_type = "text/csv; charset=utf-8; header=present";
    Ok(Reply::File(Download { name: "earn-rules.csv".to_owned(), content_type, text }))
}

/// `GET /office/earn-rules/simulate?rule=…`: the form, as the newest version of the rule is; of a rule to be, where none is named.
pub(super) async fn ask(desk: Desk) -> Answer {
    let rules = desk.app.list_earn_rules_by_staff(&desk.principal).await??;
    let named: Option<Id<kinds::EarnRule>> = desk.query.optional("rule")?;
    let newest = rules.versions.iter().filter(|rule| Some(rule.id) == named).max_by_key(|rule| rule.version);
    let (from, until) = last_month(desk.frame.zone.date_of(desk.app.db().clock().now()));
    let mut typed = match (newest, named) {
        (Some(newest), _) => Typed::of(newest),
        (None, Some(_)) => return Err(Away::NotThere),
        (None, None) => Typed { others: "1".to_owned(), rounding: "sale".to_owned(), ..Typed::default() },
    };
    (typed.from, typed.until) = (from.to_string(), until.to_string());
    show(&SimulatePage { frame: desk.frame, typed, found: None, problem: None })
}

/// `POST /office/earn-rules/simulate`: what the orders of these days would have earned. Nothing is written.
pub(super) async fn dry_run(desk: Desk) -> Answer {
    let typed = Typed::read(&desk);
    let problem = match typed.parse() {
        Err([zh_cn, en]) => desk.t(zh_cn, en).to_owned(),
        Ok(simulate) => match desk.app.simulate_rule_by_staff(&desk.principal, &simulate).await? {
            Ok(found) => {
                let found = Some(Found::of(&desk.frame, &found));
                return show(&SimulatePage { frame: desk.frame, typed, found, problem: None });
            }
            Err(SimulateByStaffRefusal::NotAllowed(refusal)) => return Err(refusal.into()),
            Err(refusal) => refused(&desk, &refusal),
        },
    };
    Ok(Reply::NotTaken(render(&SimulatePage { frame: desk.frame, typed, found: None, problem: Some(problem) })))
}

async fn rows(desk: &Desk) -> Result<Vec<Row>, Away> {
    let rules = desk.app.list_earn_rules_by_staff(&desk.principal).await??;
    let (frame, today) = (&desk.frame, desk.frame.zone.date_of(desk.app.db().clock().now()));
    let row = |rule: &EarnRule| {
        let closure = rules.closures.iter().find(|it| it.rule == rule.id && it.version == rule.version);
        let is_latest =
            |other: &EarnRule| other.id == rule.id && other.version > rule.version && other.terms.valid_from <= today;
        let has_ended = rule.terms.valid_until.is_some_and(|until| until < today);
        let (state, class) = if closure.is_some() {
            (frame.t("已关闭", "closed"), "bad")
        } else if rule.terms.valid_from > today {
            (frame.t("未生效", "to come"), "warn")
        } else if has_ended || rules.versions.iter().any(is_latest) {
            (frame.t("已被取代或到期", "replaced or over"), "soft")
        } else {
            (frame.t("生效中", "in force"), "good")
        };
        Row {
            rule: rule.id.to_string(),
            version: rule.version,
            name: rule.terms.name.to_string(),
            points_per_yuan: rule.terms.points_per_yuan.to_string(),
            from: rule.terms.valid_from,
            until: rule.terms.valid_until,
            state,
            class,
            more: more(frame, &rule.terms),
            closed: closure.map(|it| [frame.minute(&it.closed_at), it.liability.to_string()]),
        }
    };
    Ok(rules.versions.iter().map(row).collect())
}

/// What a version says beside its rate; what is as plain as can be is left out.
fn more(frame: &Frame, terms: &EarnTerms) -> Vec<String> {
    let mut more: Vec<String> =
        terms.multipliers.iter().map(|(category, rate)| format!("{category} ×{rate}")).collect();
    let product = frame.t("商品", "product");
    more.extend(terms.product_multipliers.iter().map(|(number, rate)| format!("{product} {number} ×{rate}")));
    if terms.other_multiplier != Rate::ONE {
        more.push(format!("{} ×{}", frame.t("其他", "all else"), terms.other_multiplier));
    }
    match terms.rounding {
        Rounding::SaleFloor => {}
        Rounding::LineFloor => more.push(frame.t("逐行舍去", "each line rounded down").to_owned()),
        Rounding::LineHalfUp => more.push(frame.t("逐行四舍五入", "each line rounded to the nearest").to_owned()),
    }
    if terms.stacking_order > 0 {
        more.push(format!("{} {}", frame.t("叠加次序", "stacked at"), terms.stacking_order));
    }
    if terms.is_exclusive {
        more.push(frame.t("不与后面的规则叠加", "exclusive").to_owned());
    }
    more.extend(terms.caps.iter().map(|(cap, most)| format!("{} {most} / {cap}", frame.t("最多", "at most"))));
    if let Some(limit) = terms.closes_at_liability {
        more.push(format!(
            "{} {}",
            frame.t("未兑积分达到时关闭：", "closes at points outstanding:"),
            frame.points(&limit)
        ));
    }
    more
}

/// The first and the last day of the month before a day's.
fn last_month(today: BusinessDate) -> (BusinessDate, BusinessDate) {
    let this = today.with_day(1).expect("every month has a first day");
    let first = this.checked_sub_months(Months::new(1)).unwrap_or(this);
    (first, this.pred_opt().unwrap_or(this))
}

/// Why a form is not read, in both languages.
type Problem = [&'static str; 2];

impl Typed {
    fn of(rule: &EarnRule) -> Self {
        let terms = &rule.terms;
        let lines = |pairs: Vec<String>| pairs.join("\n");
        Self {
            rule: rule.id.to_string(),
            name: terms.name.to_string(),
            points_per_yuan: terms.points_per_yuan.to_string(),
            others: terms.other_multiplier.to_string(),
            multipliers: lines(terms.multipliers.iter().map(|(of, rate)| format!("{of} = {rate}")).collect()),
            products: lines(terms.product_multipliers.iter().map(|(of, rate)| format!("{of} = {rate}")).collect()),
            caps: lines(terms.caps.iter().map(|(cap, most)| format!("{cap} = {most}")).collect()),
            rounding: match terms.rounding {
                Rounding::SaleFloor => "sale",
                Rounding::LineFloor => "line",
                Rounding::LineHalfUp => "nearest",
            }
            .to_owned(),
            order: terms.stacking_order.to_string(),
            is_exclusive: terms.is_exclusive,
            from: String::new(),
            until: String::new(),
        }
    }

    fn read(desk: &Desk) -> Self {
        let text = |name| desk.form.text(name).to_owned();
        Self {
            rule: text("rule"),
            name: text("name"),
            points_per_yuan: text("points_per_yuan"),
            others: text("others"),
            multipliers: text("multipliers"),
            products: text("products"),
            caps: text("caps"),
            rounding: text("rounding"),
            order: text("order"),
            is_exclusive: desk.form.is_ticked("exclusive"),
            from: text("from"),
            until: text("until"),
        }
    }

    fn parse(&self) -> Result<SimulateRule, Problem> {
        let rate = |text: &str| {
            Rate::parse(text)
                .ok_or(["倍数写成 1.5，最多四位小数。", "Rates are such as 1.5, with four decimals at most."])
        };
        let day = |text: &str| {
            text.parse::<BusinessDate>().map_err(|_| ["日期写成 2026-12-31。", "Days are such as 2026-12-31."])
        };
        let (from, until) = (day(&self.from)?, day(&self.until)?);
        let caps = pairs(&self.caps, |cap, most| {
            let most = whole(most).and_then(|most| Points::new(i64::from(most)))?;
            Some((cap.parse::<EarnCap>().ok()?, most))
        })?;
        let order = if self.order.is_empty() { Some(0) } else { self.order.parse().ok() };
        let terms = EarnTerms {
            name: label(&self.name).ok_or(["名称要有 1 到 120 个字。", "The name has 1 to 120 characters."])?,
            points_per_yuan: rate(&self.points_per_yuan)?,
            multipliers: pairs(&self.multipliers, |of, by| Some((label(of)?, Rate::parse(by)?)))?,
            product_multipliers: pairs(&self.products, |of, by| Some((of.parse().ok()?, Rate::parse(by)?)))?,
            other_multiplier: rate(&self.others)?,
            rounding: match self.rounding.as_str() {
                "line" => Rounding::LineFloor,
                "nearest" => Rounding::LineHalfUp,
                _ => Rounding::SaleFloor,
            },
            stacking_order: order.ok_or(["次序是 0 到 65535。", "The order is 0 to 65535."])?,
            is_exclusive: self.is_exclusive,
            caps,
            // When it would close depends on all that is outstanding, which a dry run does not foretell.
            closes_at_liability: None,
            valid_from: from,
            valid_until: Some(until),
        };
        let rule = match self.rule.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| ["没有这条规则。", "There is no such rule."])?),
        };
        Ok(SimulateRule { proposed: ReviseEarnRule { rule, terms }, from, until })
    }
}

/// A line each, with an equals sign between.
fn pairs<K: Ord, V>(text: &str, read: impl Fn(&str, &str) -> Option<(K, V)>) -> Result<BTreeMap<K, V>, Problem> {
    let bad = ["每行写：名称 = 数字。", "A line each, such as: name = 1.5"];
    let pair = |line: &str| {
        let (name, number) = line.rsplit_once('=').ok_or(bad)?;
        read(name.trim(), number.trim()).ok_or(bad)
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(pair).collect()
}

impl Found {
    fn of(frame: &Frame, found: &RuleSimulation) -> Self {
        let number = |number: u64| frame.number(i64::try_from(number).unwrap_or(i64::MAX));
        let month = |MonthReplayed { month, replayed, posted }: &MonthReplayed| {
            line(frame, month.format("%Y-%m").to_string(), replayed, *posted)
        };
        let mut lines: Vec<(String, Vec<String>)> = found.months.iter().map(month).collect();
        lines.push(line(frame, frame.t("合计", "total").to_owned(), &found.total, found.posted));
        let household = |HouseholdReplayed { household, replayed, .. }: &HouseholdReplayed| {
            let cells = vec![
                number(replayed.orders),
                frame.points(&replayed.now),
                frame.points(&replayed.proposed),
                frame.number(replayed.change()),
            ];
            (household.to_string(), cells)
        };
        Self { lines, households: found.households.iter().map(household).collect() }
    }
}

fn line(frame: &Frame, of: String, replayed: &app::ledger::Replayed, posted: Points) -> (String, Vec<String>) {
    let number = |number: u64| frame.number(i64::try_from(number).unwrap_or(i64::MAX));
    let cells = vec![
        number(replayed.orders),
        number(replayed.orders_changed),
        frame.points(&posted),
        frame.points(&replayed.now),
        frame.points(&replayed.proposed),
        frame.number(replayed.change()),
    ];
    (of, cells)
}

fn refused(desk: &Desk, refusal: &SimulateByStaffRefusal) -> String {
    let SimulateByStaffRefusal::NotSimulated(refusal) = refusal else {
        return desk.t("一次最多试算 62 天。", "At most 62 days are tried at once.").to_owned();
    };
    let [zh_cn, en] = match refusal {
        SimulateRuleRefusal::NoDays => ["结束日期早于开始日期。", "The last day is before the first."],
        SimulateRuleRefusal::TooManyOrders => ["订单太多，请缩短日期。", "There are too many orders: try fewer days."],
        SimulateRuleRefusal::Proposed(ReviseEarnRuleRefusal::UnknownRule { .. }) => {
            ["没有这条规则。", "There is no such rule."]
        }
        SimulateRuleRefusal::Proposed(
            ReviseEarnRuleRefusal::TooManyMultipliers | ReviseEarnRuleRefusal::TooManyProductMultipliers,
        ) => {
            ["分类最多 200 个，商品最多 500 个。", "At most 200 categories and 500 products have a rate of their own."]
        }
        SimulateRuleRefusal::Proposed(ReviseEarnRuleRefusal::TooManyRules) => {
            ["规则太多，请改现有的规则。", "There are as many rules as there may be: change one of them."]
        }
        SimulateRuleRefusal::Proposed(
            ReviseEarnRuleRefusal::CapOfNothing { .. } | ReviseEarnRuleRefusal::CapByOrderOfOthers { .. },
        ) => [
            "上限要大于零，按单的上限只能写 household/order。",
            "A cap is above nought, and by order only as household/order.",
        ],
        SimulateRuleRefusal::Proposed(
            ReviseEarnRuleRefusal::EndsBeforeItBegins { .. } | ReviseEarnRuleRefusal::ClosesAtNothing,
        ) => ["结束日期早于开始日期。", "The last day is before the first."],
    };
    desk.t(zh_cn, en).to_owned()
}

impl RulesPage {
    /// Whether a rule is the programme's own: the one every purchase goes through first.
    fn is_programme(&self, row: &Row) -> bool {
        row.rule == PROGRAMME_RULE.to_string()
    }
}

#[cfg(test)]
mod tests {
    use kernel::Rate;

    use super::{last_month, pairs};
    use crate::office::typed::label;

    #[test]
    fn the_month_before_is_whole_also_over_new_year() {
        let day = |text: &str| text.parse().unwrap();
        assert_eq!(last_month(day("2027-01-31")), (day("2026-12-01"), day("2026-12-31")));
        assert_eq!(last_month(day("2026-03-01")), (day("2026-02-01"), day("2026-02-28")));
    }

    #[test]
    fn multipliers_are_read_a_line_each() {
        let read = |text: &str| pairs(text, |of, by| Some((label(of)?, Rate::parse(by)?)));
        let found = read("生鲜 = 2\n\n a=b = 0.5 \n").unwrap();
        let shown: Vec<String> = found.iter().map(|(of, by)| format!("{of} {by}")).collect();
        assert_eq!(shown, ["a=b 0.5", "生鲜 2"]);
        for odd in ["生鲜 2", "生鲜 = x", "= 2"] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }
}
