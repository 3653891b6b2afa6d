//! The open transaction and what every commit carries: outbox events, idempotency answers, audit lines.
//!
//! Owns connections, the two dialects, retries of contention, and the tables of the `platform` migration. Knows no domain.
//! Start reading at [`Tx`]; the order in which locks are taken is written there.

mod audit;
mod connect;
mod contention;
pub mod deliveries;
pub mod deployment;
mod doing;
pub mod idempotency;
mod kept;
pub mod outbox;
mod pg_array;
mod prune;
mod rows;
mod snapshot;
mod tx;
pub mod webhooks;
mod write;

pub use audit::{AuditEntry, AuditFilter, AuditLine, AuditPart, list_audit_entries};
pub use connect::{ConnectError, Db, DbOptions, Dialect};
pub use contention::{MAX_CONTENTION_RETRIES, retry_contention};
pub use doing::Doing;
pub use kept::{KeptKey, list_audit_lines, list_kept_keys};
pub use prune::{
    IDEMPOTENCY_KEYS, MAX_PRUNED, Prunable, RECEIPTS, SETTLED_EVENTS, WEBHOOK_ATTEMPTS, WEBHOOK_DELIVERIES,
    count_prunable, update_pruned,
};
pub use rows::{
    MAX_BOUND_VALUES, add_rows, insert_new_rows, insert_rows, is_any_id, is_any_id_on, is_any_text, list_locked,
    upsert_rows,
};
pub use snapshot::{HouseholdRange, Snapshot, StoredRow, TableRead, Unreadable};
pub use tx::{Reader, Tx};
