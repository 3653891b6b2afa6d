use std::sync::Mutex;

use accounts::store::{CHALLENGES, DATA_EXPORTS, SESSIONS, VOTING_LINKS};
use db::{AuditLine, IDEMPOTENCY_KEYS, Prunable, RECEIPTS, SETTLED_EVENTS, WEBHOOK_ATTEMPTS, WEBHOOK_DELIVERIES};
use kernel::{Actor, BusinessDate, Fault};

use crate::App;

/// What is pruned, in this order: what refers to events before them.
const PRUNABLE: [Prunable; 9] = [
    CHALLENGES,
    SESSIONS,
    VOTING_LINKS,
    DATA_EXPORTS,
    IDEMPOTENCY_KEYS,
    RECEIPTS,
    WEBHOOK_ATTEMPTS,
    WEBHOOK_DELIVERIES,
    SETTLED_EVENTS,
];

/// What of one table has had its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// The table.
    pub table: &'static str,
    /// For how many days its rows are kept.
    pub kept_days: i64,
    /// How many rows.
    pub rows: u64,
}

/// The last day on which this process found nothing left to prune: it looks once a day, for some looks read a table through.
#[derive(Debug, Default)]
pub(crate) struct PruneDay(Mutex<Option<BusinessDate>>);

impl PruneDay {
    fn is(&self, day: BusinessDate) -> bool {
        *self.0.lock().expect("no holder of the day's lock panics") == Some(day)
    }

    fn set(&self, day: BusinessDate) {
        *self.0.lock().expect("no holder of the day's lock panics") = Some(day);
    }
}

impl App {
    /// What would be pruned now. Changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn count_prunable(&self) -> Result<Vec<Pruned>, Fault> {
        let now = self.db().clock().now();
        let mut found = Vec::with_capacity(PRUNABLE.len());
        for what in PRUNABLE {
            let rows = db::count_prunable(&self.reader(), what, now).await?;
            found.push(Pruned { table: what.table, kept_days: what.kept_days, rows });
        }
        Ok(found)
    }

    /// Deletes a batch of each kind of rows that have had their time; returns how many went. The ledger, orders, grants, consents,
    /// erasures and the audit log are never among them. Each batch is a transaction with an audit line: that is the evidence.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn prune(&self) -> Result<usize, Fault> {
        let mut pruned = 0;
        for what in PRUNABLE {
            pruned += db::retry_contention(|| self.try_prune(what)).await?;
        }
        usize::try_from(pruned).map_err(|_| Fault::inconsistent("count what was pruned"))
    }

    /// As [`App::prune`], until it has found nothing once today.
    pub(crate) async fn prune_daily(&self) -> Result<usize, Fault> {
        let today = self.settings().zone.date_of(self.db().clock().now());
        if self.prune_day().is(today) {
            return Ok(0);
        }
        let pruned = self.prune().await?;
        if pruned == 0 {
            self.prune_day().set(today);
        }
        Ok(pruned)
    }

    async fn try_prune(&self, what: Prunable) -> Result<u64, Fault> {
        let mut tx = self.begin(Actor::System).await?;
        let rows = db::update_pruned(&mut tx, what).await?;
        if rows == 0 {
            tx.rollback().await?;
            return Ok(0);
        }
        tx.audit(AuditLine {
            action: "prune",
            household: None,
            subject: what.table.to_owned(),
            detail: format!("{rows} rows kept for {} days", what.kept_days),
        });
        tx.commit().await?;
        Ok(rows)
    }
}
