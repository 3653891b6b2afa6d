use kernel::{Money, Points, Timestamp, split_by_weight};

use crate::{BasisLine, Buyer, CapKey, CapUses, EarnRule, EarnRules, EarnSnapshot, LinePoints};

/// A sale, as far as earn rules look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale<'a> {
    /// Who bought, on which business date.
    pub buyer: Buyer,
    /// When it was paid.
    pub sold_at: Timestamp,
    /// The cash that earns.
    pub basis: Money,
    /// The same cash, line by line.
    pub lines: Vec<BasisLine<'a>>,
}

/// What a sale earns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EarnPlan {
    /// One earn for each rule that gives points, in stacking order.
    pub earns: Vec<EarnSnapshot>,
    /// What this uses up of the caps; to be counted when the earns are posted.
    pub uses: Vec<(CapKey, Points)>,
}

impl EarnPlan {
    /// All points of the sale.
    ///
    /// # Panics
    /// Past `i64::MAX`, which no sale reaches.
    #[must_use]
    pub fn points(&self) -> Points {
        let points = self.earns.iter().flat_map(|earn| &earn.lines).map(|line| line.points);
        Points::sum(points).expect("no sale earns that much")
    }
}

/// What a sale earns: every rule of its stack gives its own points on the whole basis, in stacking order, cut to its caps.
///
/// An exclusive rule that gave points ends the stack; one that gave none (a sale too small, a cap used up) leaves the sale to the
/// rules after it. A cut is split over the lines in proportion, so lines always sum to what is given.
#[must_use]
pub fn plan_earns(rules: &EarnRules, sale: &Sale<'_>, uses: &CapUses) -> EarnPlan {
    let mut plan = EarnPlan::default();
    for rule in rules.stack(sale.buyer.date, sale.sold_at) {
        let whole = rule.terms.points_for(&sale.lines);
        let wanted = sum(&whole);
        let given = wanted.min(left_of_caps(rule, sale, uses));
        if given.is_zero() {
            continue;
        }
        let keys = rule.terms.caps.keys().filter_map(|cap| cap.key(rule.id, sale.buyer));
        plan.uses.extend(keys.map(|key| (key, given)));
        let points = if given == wanted { whole } else { cut(&whole, given) };
        let lines = sale.lines.iter().zip(points).map(|(line, points)| LinePoints { line_no: line.line_no, points });
        plan.earns.push(EarnSnapshot {
            rule: rule.id,
            rule_version: rule.version,
            basis: sale.basis,
            lines: lines.collect(),
        });
        if rule.terms.is_exclusive {
            break;
        }
    }
    plan
}

/// The most a rule may still give this sale.
fn left_of_caps(rule: &EarnRule, sale: &Sale<'_>, uses: &CapUses) -> Points {
    let left = rule.terms.caps.iter().map(|(cap, &most)| match cap.key(rule.id, sale.buyer) {
        // A cap may have been lowered below what was given already.
        Some(key) => uses.used(key).short_of(most),
        None => most,
    });
    left.min().unwrap_or(Points::new(i64::MAX).expect("a bound above all others"))
}

/// Cuts the points of lines to a sum, in proportion, by largest remainder. No line gets more than it had.
fn cut(lines: &[Points], to: Points) -> Vec<Points> {
    let weights: Vec<i64> = lines.iter().map(|points| points.get()).collect();
    let parts = split_by_weight(to.get(), &weights);
    parts.into_iter().map(|part| Points::new(part).expect("a part of what is not negative")).collect()
}

fn sum(lines: &[Points]) -> Points {
    Points::sum(lines.iter().copied()).expect("no sale earns that much")
}

#[cfg(test)]
mod tests;
