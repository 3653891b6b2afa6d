use db::{AuditLine, outbox};
use kernel::{Actor, Fault, Points};
use ledger::{events::EarnRuleClosed, rules_to_close};

use crate::App;

/// More than any bound: what would close every rule that has one.
const ALL_POINTS: Points = Points::new(i64::MAX).expect("not negative");

impl App {
    /// Closes every earn rule whose bound the points outstanding have reached; returns how many. Zero: none is to be closed.
    ///
    /// A bound is looked at here and not at every sale, where it would make all sales wait for one sum: what is earned between two
    /// looks is given, and may go beyond the bound. Looking twice, or in two processes at once, closes a rule once.
    ///
    /// # Errors
    /// A [`Fault`] of the database; running it again is safe.
    pub async fn close_rules(&self) -> Result<usize, Fault> {
        db::retry_contention(async || self.close_rules_once().await).await
    }

    async fn close_rules_once(&self) -> Result<usize, Fault> {
        // A hint outside the transaction: while no open rule has a bound, nothing is locked and no wallet read.
        let rules = ledger::store::list_earn_rules(&self.reader()).await?;
        let now = self.db().clock().now();
        if rules_to_close(&rules, ALL_POINTS, self.settings().zone.date_of(now), now).is_empty() {
            return Ok(0);
        }
        let mut tx = self.begin(Actor::System).await?;
        let rules = ledger::store::lock_earn_rules(&mut tx).await?;
        let outstanding = ledger::store::find_points_outstanding(&mut tx).await?;

        let today = self.settings().zone.date_of(tx.now());
        let closures = rules_to_close(&rules, outstanding, today, tx.now());
        if closures.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }

        ledger::store::insert_closures(&mut tx, &closures).await?;
        for closure in &closures {
            outbox::append(&mut tx, &EarnRuleClosed::of(closure));
            let detail = format!("version {} at {} points outstanding", closure.version, closure.liability);
            let subject = closure.rule.to_string();
            tx.audit(AuditLine { action: "close_rules", household: None, subject, detail });
        }

        tx.commit().await?;
        Ok(closures.len())
    }
}
