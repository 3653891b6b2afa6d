use std::collections::BTreeMap;

use kernel::{BusinessDate, Id, Label, Money, Points, Rate, kinds, split_floor_largest_remainder};
use uuid::Uuid;

/// The one rule of the programme; changes to it are its versions. Fixed, so that of two first versions told at the same moment
/// the database takes one: there is no row yet that could be locked.
pub const PROGRAMME_RULE: Id<kinds::EarnRule> = Id::from_uuid(Uuid::from_u128(0x7000_8000_0000_0000_0001));

/// How many points money is worth. A change is a new version; versions are never edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarnRule {
    /// Which rule; shared by its versions.
    pub id: Id<kinds::EarnRule>,
    /// From 1, counting up.
    pub version: u32,
    /// What staff call it.
    pub name: Label,
    /// Points for one yuan of cash.
    pub points_per_yuan: Rate,
    /// Categories that earn more or less than once the rate; all others earn once.
    pub multipliers: BTreeMap<Label, Rate>,
    /// The first business date it holds for.
    pub valid_from: BusinessDate,
    /// The last one; `None` while open.
    pub valid_until: Option<BusinessDate>,
}

/// What one line of a sale puts up for earning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasisLine {
    /// Its number within the sale, from 1.
    pub line_no: u32,
    /// Its category, when known.
    pub category: Option<Label>,
    /// The cash paid for it.
    pub cash: Money,
}

/// Basis points squared times fen per yuan: the denominator of one line's exact points.
const SCALE: i128 = 10_000 * 10_000 * 100;

impl EarnRule {
    /// The points each line earns.
    ///
    /// The sale as a whole earns the floor of its exact points; each line gets its floor, and the rest goes one by one to the
    /// lines with the largest fractions, earlier lines first. So ¥0.60 + ¥0.60 earn one point, not none.
    #[must_use]
    pub fn points_for(&self, lines: &[BasisLine]) -> Vec<Points> {
        let exact: Vec<i128> = lines
            .iter()
            .map(|line| {
                let multiplier =
                    line.category.as_ref().and_then(|category| self.multipliers.get(category)).unwrap_or(&Rate::ONE);
                i128::from(line.cash.minor())
                    * i128::from(self.points_per_yuan.basis_points())
                    * i128::from(multiplier.basis_points())
            })
            .collect();
        let whole = split_floor_largest_remainder(&exact, SCALE);
        whole.into_iter().map(|points| Points::new(points).expect("a split of amounts that are not negative")).collect()
    }

    fn is_in_force(&self, date: BusinessDate) -> bool {
        self.valid_from <= date && self.valid_until.is_none_or(|last| date <= last)
    }
}

/// The version that counts for a sale of that day: the newest that was in force. None: the day earns nothing.
#[must_use]
pub fn rule_in_force(rules: &[EarnRule], date: BusinessDate) -> Option<&EarnRule> {
    rules.iter().filter(|rule| rule.is_in_force(date)).max_by_key(|rule| rule.version)
}

#[cfg(test)]
mod tests;
