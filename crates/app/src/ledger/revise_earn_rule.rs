use std::collections::BTreeMap;

use db::{AuditLine, Tx};
use kernel::{Actor, BusinessDate, Fault, Label, Rate};
use ledger::{EarnRule, PROGRAMME_RULE};

use crate::App;

/// The operator decides what money is worth from a day on.
#[derive(Debug, Clone)]
pub struct ReviseEarnRule {
    /// What staff call it.
    pub name: Label,
    /// Points for one yuan of cash.
    pub points_per_yuan: Rate,
    /// Categories that earn more or less; at most [`ReviseEarnRule::MAX_MULTIPLIERS`].
    pub multipliers: BTreeMap<Label, Rate>,
    /// The first business date.
    pub valid_from: BusinessDate,
    /// The last one; `None` leaves it open.
    pub valid_until: Option<BusinessDate>,
}

impl ReviseEarnRule {
    /// Most categories with a multiplier of their own.
    pub const MAX_MULTIPLIERS: usize = 200;
}

/// Why an earn rule is not revised. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReviseEarnRuleRefusal {
    /// It would end before it begins.
    #[error("the rule would end before it begins")]
    EndsBeforeItBegins,
    /// Too many categories.
    #[error("at most {} categories may have a multiplier", ReviseEarnRule::MAX_MULTIPLIERS)]
    TooManyMultipliers,
}

impl App {
    /// Adds the next version of the earn rule. What was earned by earlier versions stays as it was. The operator's own act.
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
        let versions = ledger::store::lock_earn_rules(&mut tx).await?;

        if let Err(refusal) = check(revise) {
            tx.rollback().await?;
            return Ok(Err(refusal));
        }
        let rule = next_version(versions.last(), revise);

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
        first: &ReviseEarnRule,
    ) -> Result<Result<Option<EarnRule>, ReviseEarnRuleRefusal>, Fault> {
        db::retry_contention(async || self.ensure_earn_rule_once(first).await).await
    }

    async fn ensure_earn_rule_once(
        &self,
        first: &ReviseEarnRule,
    ) -> Result<Result<Option<EarnRule>, ReviseEarnRuleRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let versions = ledger::store::lock_earn_rules(&mut tx).await?;

        let checked = check(first);
        if !versions.is_empty() || checked.is_err() {
            tx.rollback().await?;
            return Ok(checked.map(|()| None));
        }
        let rule = next_version(None, first);

        insert(&mut tx, &rule).await?;

        tx.commit().await?;
        Ok(Ok(Some(rule)))
    }
}

/// What follows the newest version. Two that follow the same one have the same key, so that the later writer runs again.
fn next_version(newest: Option<&EarnRule>, revise: &ReviseEarnRule) -> EarnRule {
    EarnRule {
        id: newest.map_or(PROGRAMME_RULE, |rule| rule.id),
        version: newest.map_or(0, |rule| rule.version) + 1,
        name: revise.name.clone(),
        points_per_yuan: revise.points_per_yuan,
        multipliers: revise.multipliers.clone(),
        valid_from: revise.valid_from,
        valid_until: revise.valid_until,
    }
}

async fn insert(tx: &mut Tx, rule: &EarnRule) -> Result<(), Fault> {
    ledger::store::insert_earn_rule(tx, rule).await?;
    let detail = format!("version {}: {} points per yuan from {}", rule.version, rule.points_per_yuan, rule.valid_from);
    tx.audit(AuditLine { action: "revise_earn_rule", household: None, subject: rule.id.to_string(), detail });
    Ok(())
}

fn check(revise: &ReviseEarnRule) -> Result<(), ReviseEarnRuleRefusal> {
    if revise.valid_until.is_some_and(|last| last < revise.valid_from) {
        return Err(ReviseEarnRuleRefusal::EndsBeforeItBegins);
    }
    if revise.multipliers.len() > ReviseEarnRule::MAX_MULTIPLIERS {
        return Err(ReviseEarnRuleRefusal::TooManyMultipliers);
    }
    Ok(())
}
