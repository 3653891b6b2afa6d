use db::{AuditLine, Tx};
use kernel::{Actor, BusinessDate, Fault, Id, kinds};
use ledger::{CapPeriod, CapScope, EarnCap, EarnRule, EarnRules, EarnTerms, PROGRAMME_RULE};

use crate::App;

/// The operator decides what money is worth from a day on.
#[derive(Debug, Clone)]
pub struct ReviseEarnRule {
    /// Which rule gets its next version; `None` adds a rule beside those there are.
    pub rule: Option<Id<kinds::EarnRule>>,
    /// All that the version says. Nothing is taken over from the version before.
    pub terms: EarnTerms,
}

impl ReviseEarnRule {
    /// Most categories with a multiplier of their own.
    pub const MAX_MULTIPLIERS: usize = 200;

    /// Most products with a multiplier of their own.
    pub const MAX_PRODUCT_MULTIPLIERS: usize = 500;

    /// Most rules, all versions of one counted as one: every sale goes through those in force.
    pub const MAX_RULES: usize = 50;
}

/// Why an earn rule is not revised. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReviseEarnRuleRefusal {
    /// It would end before it begins.
    #[error("the rule would end before it begins: its last day is {last}")]
    EndsBeforeItBegins {
        /// The last day it was given.
        last: BusinessDate,
    },
    /// Too many categories.
    #[error("at most {} categories may have a multiplier", ReviseEarnRule::MAX_MULTIPLIERS)]
    TooManyMultipliers,
    /// Too many products.
    #[error("at most {} products may have a multiplier", ReviseEarnRule::MAX_PRODUCT_MULTIPLIERS)]
    TooManyProductMultipliers,
    /// A rule more than there may be.
    #[error("there may be at most {} rules", ReviseEarnRule::MAX_RULES)]
    TooManyRules,
    /// No rule has this id.
    #[error("there is no earn rule {rule}")]
    UnknownRule {
        /// The id.
        rule: Id<kinds::EarnRule>,
    },
    /// A cap that lets nothing through.
    #[error("the cap {cap} lets no point through: a rule that gives nothing is one with a last day")]
    CapOfNothing {
        /// The cap.
        cap: EarnCap,
    },
    /// An order has one member and one household, so a cap by order is told once.
    #[error("the cap {cap} says nothing beside household/order")]
    CapByOrderOfOthers {
        /// The cap.
        cap: EarnCap,
    },
    /// It would be closed before it gave a point.
    #[error("a rule cannot close at no points outstanding")]
    ClosesAtNothing,
}

impl App {
    /// Adds a version of an earn rule, or a rule. What was earned by earlier versions stays as it was. The operator's own act.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn revise_earn_rule(
        &self,
        revise: &ReviseEarnRule,
    ) -> Result<Result<EarnRule, ReviseEarnRuleRefusal>, Fault> {
        db::retry_contention(async || self.revise_earn_rule_once(revise).await).await
    }

    async fn revise_earn_rule_once(
        &self,
        revise: &ReviseEarnRule,
    ) -> Result<Result<EarnRule, ReviseEarnRuleRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let rules = ledger::store::lock_earn_rules(&mut tx).await?;

        let rule = match next_version(&rules, revise, tx.new_id()) {
            Ok(rule) => rule,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        };

        insert(&mut tx, &rule).await?;

        tx.commit().await?;
        Ok(Ok(rule))
    }

    /// Makes sure that there is an earn rule: adds the first version, and leaves a programme that has one alone. Gives the version
    /// it added.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn ensure_earn_rule(
        &self,
        first: &EarnTerms,
    ) -> Result<Result<Option<EarnRule>, ReviseEarnRuleRefusal>, Fault> {
        db::retry_contention(async || self.ensure_earn_rule_once(first).await).await
    }

    async fn ensure_earn_rule_once(
        &self,
        first: &EarnTerms,
    ) -> Result<Result<Option<EarnRule>, ReviseEarnRuleRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let rules = ledger::store::lock_earn_rules(&mut tx).await?;

        let revise = ReviseEarnRule { rule: Some(PROGRAMME_RULE), terms: first.clone() };
        let rule = match next_version(&rules, &revise, PROGRAMME_RULE) {
            Ok(rule) if rules.versions.is_empty() => rule,
            other => {
                tx.rollback().await?;
                return Ok(other.map(|_| None));
            }
        };

        insert(&mut tx, &rule).await?;

        tx.commit().await?;
        Ok(Ok(Some(rule)))
    }
}

/// What follows the newest version, or the first of a rule of its own. Two that follow the same one have the same key, so that the
/// later writer runs again.
pub(super) fn next_version(
    rules: &EarnRules,
    revise: &ReviseEarnRule,
    new_id: Id<kinds::EarnRule>,
) -> Result<EarnRule, ReviseEarnRuleRefusal> {
    check(&revise.terms)?;
    let id = revise.rule.unwrap_or(new_id);
    let newest = rules.versions.iter().filter(|rule| rule.id == id).map(|rule| rule.version).max();
    let is_first_of_all = id == PROGRAMME_RULE || revise.rule.is_none();
    if newest.is_none() && !is_first_of_all {
        return Err(ReviseEarnRuleRefusal::UnknownRule { rule: id });
    }
    let first_versions = rules.versions.iter().filter(|rule| rule.version == 1).count();
    if newest.is_none() && first_versions >= ReviseEarnRule::MAX_RULES {
        return Err(ReviseEarnRuleRefusal::TooManyRules);
    }
    Ok(EarnRule { id, version: newest.unwrap_or(0) + 1, terms: revise.terms.clone() })
}

async fn insert(tx: &mut Tx, rule: &EarnRule) -> Result<(), Fault> {
    ledger::store::insert_earn_rule(tx, rule).await?;
    let EarnTerms { points_per_yuan, valid_from, .. } = rule.terms;
    let detail = format!("version {}: {points_per_yuan} points per yuan from {valid_from}", rule.version);
    tx.audit(AuditLine { action: "revise_earn_rule", household: None, subject: rule.id.to_string(), detail });
    Ok(())
}

fn check(terms: &EarnTerms) -> Result<(), ReviseEarnRuleRefusal> {
    if let Some(last) = terms.valid_until.filter(|&last| last < terms.valid_from) {
        return Err(ReviseEarnRuleRefusal::EndsBeforeItBegins { last });
    }
    if terms.multipliers.len() > ReviseEarnRule::MAX_MULTIPLIERS {
        return Err(ReviseEarnRuleRefusal::TooManyMultipliers);
    }
    if terms.product_multipliers.len() > ReviseEarnRule::MAX_PRODUCT_MULTIPLIERS {
        return Err(ReviseEarnRuleRefusal::TooManyProductMultipliers);
    }
    if terms.closes_at_liability.is_some_and(|limit| limit.is_zero()) {
        return Err(ReviseEarnRuleRefusal::ClosesAtNothing);
    }
    for (&cap, most) in &terms.caps {
        if most.is_zero() {
            return Err(ReviseEarnRuleRefusal::CapOfNothing { cap });
        }
        if cap.period == CapPeriod::Order && cap.scope != CapScope::Household {
            return Err(ReviseEarnRuleRefusal::CapByOrderOfOthers { cap });
        }
    }
    Ok(())
}
