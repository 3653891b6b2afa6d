//! The open transaction and what every commit carries: outbox events, idempotency answers, audit lines.
//!
//! Owns connections, the two dialects, retries of contention, and the tables of the `platform` migration. Knows no domain.
//! Start reading at [`Tx`]; the order in which locks are taken is written there.

mod audit;
mod connect;
mod contention;
pub mod deployment;
mod doing;
pub mod idempotency;
pub mod outbox;
mod rows;
mod tx;

pub use audit::AuditLine;
pub use connect::{ConnectError, Db, DbOptions, Dialect};
pub use contention::{MAX_CONTENTION_RETRIES, retry_contention};
pub use doing::Doing;
pub use rows::{MAX_BOUND_VALUES, insert_rows, upsert_rows};
pub use tx::{Reader, Tx};
