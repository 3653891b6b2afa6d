use std::collections::BTreeMap;

use kernel::{
    BusinessDate, ExternalRef, Id, Label, Money, Points, Rate, Timestamp, kinds, split_floor_largest_remainder,
};
use uuid::Uuid;

use crate::EarnCap;

/// The programme's base rule. Fixed, so that of two first versions told at the same moment the database takes one: there is no
/// row yet that could be locked. Rules beside it have ids of their own.
pub const PROGRAMME_RULE: Id<kinds::EarnRule> = Id::from_uuid(Uuid::from_u128(0x7000_8000_0000_0000_0001));

/// One version of a rule that says how many points a purchase is worth. A change is a new version; versions are never edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarnRule {
    /// Which rule; shared by its versions.
    pub id: Id<kinds::EarnRule>,
    /// From 1, counting up.
    pub version: u32,
    /// What this version says.
    pub terms: EarnTerms,
}

/// What a version of an earn rule says. [`EarnTerms::plain`] is the shortest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarnTerms {
    /// What staff call it.
    pub name: Label,
    /// Points for one yuan of cash.
    pub points_per_yuan: Rate,
    /// Categories that earn more or less than once the rate.
    pub multipliers: BTreeMap<Label, Rate>,
    /// Products that earn more or less, by the operator's number; each wins over its category.
    pub product_multipliers: BTreeMap<ExternalRef, Rate>,
    /// What everything else earns: once the rate, or nothing in a rule that is about a few categories only.
    pub other_multiplier: Rate,
    /// How exact points become whole ones.
    pub rounding: Rounding,
    /// Its place among the rules that hold on the same day: lower ones first, equal ones by their rule's id.
    pub stacking_order: u16,
    /// Whether the rules after it give nothing for a sale to which it gave points.
    pub is_exclusive: bool,
    /// The most it gives, by whom and how long is counted.
    pub caps: BTreeMap<EarnCap, Points>,
    /// The points outstanding over all wallets at which it closes; `None`: never.
    pub closes_at_liability: Option<Points>,
    /// The first business date it holds for.
    pub valid_from: BusinessDate,
    /// The last one; `None` while open.
    pub valid_until: Option<BusinessDate>,
}

/// How exact points become whole ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rounding {
    /// The sale as a whole is rounded down; each line gets its floor, and what is left goes one by one to the lines with the
    /// largest fractions, earlier lines first. So ¥0.60 + ¥0.60 earn one point, not none.
    #[default]
    SaleFloor,
    /// Each line is rounded down by itself.
    LineFloor,
    /// Each line is rounded to the nearest point by itself, a half upwards.
    LineHalfUp,
}

/// What one line of a sale puts up for earning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasisLine<'a> {
    /// Its number within the sale, from 1.
    pub line_no: u32,
    /// The operator's number of its product, when known.
    pub product: Option<&'a ExternalRef>,
    /// Its category, when known.
    pub category: Option<&'a Label>,
    /// The cash paid for it.
    pub cash: Money,
}

/// A rule that gives nothing any more, because the operator would owe too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarnRuleClosure {
    /// Which rule.
    pub rule: Id<kinds::EarnRule>,
    /// The version that closed it, and with it all before; a later version opens it again.
    pub version: u32,
    /// Sales paid from this instant on earn nothing by it. Earlier ones do, however late they are told.
    pub closed_at: Timestamp,
    /// The points outstanding when it was closed.
    pub liability: Points,
}

/// The rules there are, with what closed them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EarnRules {
    /// All versions that matter, by rule and version.
    pub versions: Vec<EarnRule>,
    /// What closed some of them.
    pub closures: Vec<EarnRuleClosure>,
}

/// Basis points squared times fen per yuan: the denominator of one line's exact points.
const SCALE: i128 = 10_000 * 10_000 * 100;

impl EarnTerms {
    /// So many points per yuan from a day on, and nothing else.
    #[must_use]
    pub fn plain(name: Label, points_per_yuan: Rate, valid_from: BusinessDate) -> Self {
        Self {
            name,
            points_per_yuan,
            multipliers: BTreeMap::new(),
            product_multipliers: BTreeMap::new(),
            other_multiplier: Rate::ONE,
            rounding: Rounding::default(),
            stacking_order: 0,
            is_exclusive: false,
            caps: BTreeMap::new(),
            closes_at_liability: None,
            valid_from,
            valid_until: None,
        }
    }

    /// The points each line earns, before any cap.
    #[must_use]
    pub fn points_for(&self, lines: &[BasisLine<'_>]) -> Vec<Points> {
        let exact: Vec<i128> = lines.iter().map(|line| self.exact_points(line)).collect();
        let whole = |n: i128| i64::try_from(n.div_euclid(SCALE)).expect("points of one line stay far below i64::MAX");
        let rounded = match self.rounding {
            Rounding::SaleFloor => split_floor_largest_remainder(&exact, SCALE),
            Rounding::LineFloor => exact.into_iter().map(whole).collect(),
            Rounding::LineHalfUp => exact.into_iter().map(|n| whole(n + SCALE / 2)).collect(),
        };
        rounded.into_iter().map(|points| Points::new(points).expect("a part of what is not negative")).collect()
    }

    /// A line's points times [`SCALE`].
    fn exact_points(&self, line: &BasisLine<'_>) -> i128 {
        let by_product = line.product.and_then(|product| self.product_multipliers.get(product));
        let by_category = || line.category.and_then(|category| self.multipliers.get(category));
        let multiplier = by_product.or_else(by_category).unwrap_or(&self.other_multiplier);
        i128::from(line.cash.minor())
            * i128::from(self.points_per_yuan.basis_points())
            * i128::from(multiplier.basis_points())
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn is_in_force(&self, date: BusinessDate) -> bool {
        self.valid_from <= date && self.valid_until.is_none_or(|last| date <= last)
    }
}

impl Rounding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SaleFloor, Self::LineFloor, Self::LineHalfUp];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SaleFloor => "sale_floor",
            Self::LineFloor => "line_floor",
            Self::LineHalfUp => "line_half_up",
        }
    }

    /// Reads the stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rounding| rounding.code() == code)
    }
}

impl EarnRules {
    /// The stack of a sale: of each rule the newest version in force on the day, in stacking order, without closed rules.
    #[must_use]
    pub fn stack(&self, date: BusinessDate, sold_at: Timestamp) -> Vec<&EarnRule> {
        let mut stack = newest_in_force(&self.versions, date);
        stack.retain(|rule| !self.is_closed(rule, sold_at));
        stack.sort_by_key(|rule| (rule.terms.stacking_order, rule.id));
        stack
    }

    fn is_closed(&self, rule: &EarnRule, sold_at: Timestamp) -> bool {
        let closes = |closure: &EarnRuleClosure| closure.rule == rule.id && rule.version <= closure.version;
        self.closures.iter().any(|closure| closes(closure) && closure.closed_at <= sold_at)
    }
}

/// Of each rule the newest version in force on a day, in the order of their ids.
pub(crate) fn newest_in_force(versions: &[EarnRule], date: BusinessDate) -> Vec<&EarnRule> {
    let mut newest: BTreeMap<Id<kinds::EarnRule>, &EarnRule> = BTreeMap::new();
    for rule in versions.iter().filter(|rule| rule.terms.is_in_force(date)) {
        newest.entry(rule.id).and_modify(|known| *known = newer(known, rule)).or_insert(rule);
    }
    newest.into_values().collect()
}

fn newer<'a>(one: &'a EarnRule, other: &'a EarnRule) -> &'a EarnRule {
    if one.version < other.version { other } else { one }
}

/// What is to be closed now: rules whose version in force today bears no more than is outstanding.
#[must_use]
pub fn rules_to_close(
    rules: &EarnRules,
    outstanding: Points,
    today: BusinessDate,
    now: Timestamp,
) -> Vec<EarnRuleClosure> {
    let reached = |rule: &&EarnRule| rule.terms.closes_at_liability.is_some_and(|limit| limit <= outstanding);
    let closure = |rule: &EarnRule| EarnRuleClosure {
        rule: rule.id,
        version: rule.version,
        closed_at: now,
        liability: outstanding,
    };
    rules.stack(today, now).into_iter().filter(reached).map(closure).collect()
}

#[cfg(test)]
mod tests;
