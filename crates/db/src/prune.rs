//! Deleting what nobody needs any more, a bounded batch at a time, after ages that have a name.

use kernel::{Fault, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Dialect, Doing, Reader, Tx, idempotency};

/// Most rows of one kind deleted in one transaction: it must not keep a sign-in waiting.
pub const MAX_PRUNED: u64 = 1_000;

/// Which rows of a table have had their time. `which` compares with `$1`, the instant before which they have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prunable {
    /// The table.
    pub table: &'static str,
    /// The columns of its primary key, with commas.
    pub key: &'static str,
    /// The condition.
    pub which: &'static str,
    /// For how many days after that instant rows are kept.
    pub kept_days: i64,
}

/// Answers of idempotency keys.
pub const IDEMPOTENCY_KEYS: Prunable = Prunable {
    table: "idempotency_keys",
    key: "principal, operation, key",
    which: "created_at < $1",
    kept_days: idempotency::KEPT_DAYS,
};

/// Receipts of events that are settled, before their events: they refer to them.
pub const RECEIPTS: Prunable = Prunable {
    table: "reaction_receipts",
    key: "event_id, reaction",
    which: "done_at < $1 AND event_id IN (SELECT id FROM outbox_events WHERE settled_at < $1)",
    kept_days: 90,
};

/// Attempts of messages that were delivered, before their deliveries: they refer to them.
pub const WEBHOOK_ATTEMPTS: Prunable = Prunable {
    table: "webhook_attempts",
    key: "delivery_id, attempt_no",
    which: "delivery_id IN (SELECT id FROM webhook_deliveries WHERE delivered_at < $1)",
    kept_days: 90,
};

/// Deliveries that were made, before the events they tell of.
pub const WEBHOOK_DELIVERIES: Prunable = Prunable {
    table: "webhook_deliveries",
    key: "id",
    which: "delivered_at < $1 AND NOT EXISTS (SELECT 1 FROM webhook_attempts WHERE delivery_id = webhook_deliveries.id)",
    kept_days: 90,
};

/// Settled events. What waits or is parked stays, however old: it is not done.
pub const SETTLED_EVENTS: Prunable = Prunable {
    table: "outbox_events",
    key: "id",
    which: "settled_at < $1 AND NOT EXISTS (SELECT 1 FROM reaction_receipts WHERE event_id = outbox_events.id) \
         AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE event_id = outbox_events.id)",
    kept_days: 90,
};

impl Prunable {
    /// The instant before which rows have had their time.
    fn cutoff(&self, now: Timestamp) -> i64 {
        (now - chrono::TimeDelta::days(self.kept_days)).timestamp_millis()
    }
}

/// How many rows would go now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_prunable(reader: &Reader, what: Prunable, now: Timestamp) -> Result<u64, Fault> {
    let sql = format!("SELECT COUNT(*) FROM {} WHERE {}", what.table, what.which);
    let statement = Statement::from_sql_and_values(backend(reader.dialect()), sql, [what.cutoff(now).into()]);
    let row = reader.connection().query_one_raw(statement).await.doing("count rows that have had their time")?;
    let row = row.ok_or_else(|| Fault::inconsistent("count rows that have had their time"))?;
    let count: i64 = row.try_get_by_index(0).doing("read a count")?;
    u64::try_from(count).map_err(|_| Fault::inconsistent("read a count"))
}

/// Deletes up to [`MAX_PRUNED`] rows that have had their time; returns how many.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_pruned(tx: &mut Tx, what: Prunable) -> Result<u64, Fault> {
    let Prunable { table, key, which, .. } = what;
    let sql = format!(
        "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {which} ORDER BY {key} LIMIT {MAX_PRUNED})"
    );
    let cutoff = what.cutoff(tx.now());
    let statement = Statement::from_sql_and_values(backend(tx.dialect()), sql, [cutoff.into()]);
    let done = tx.connection().execute_raw(statement).await.doing("delete rows that have had their time")?;
    Ok(done.rows_affected())
}

const fn backend(dialect: Dialect) -> DbBackend {
    match dialect {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    }
}
