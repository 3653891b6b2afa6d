use kernel::{Fault, FaultKind};
use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// Turns the database's error into a [`Fault`] that says what we were doing.
pub trait Doing<T> {
    /// Names the act in the infinitive, as it follows "could not": `"insert posting"`.
    ///
    /// # Errors
    /// The same failure, as a [`Fault`]: lock and serialisation failures and lost races for a unique key are
    /// [`FaultKind::Contention`]; a pool without a free connection, a lost one and a lock waited for in vain are
    /// [`FaultKind::Busy`]; a full disk is [`FaultKind::StorageFull`]; all else is [`FaultKind::Broken`].
    ///
    /// Not for a commit whose answer was lost, of which nobody knows: see [`crate::Tx::commit`].
    fn doing(self, doing: &'static str) -> Result<T, Fault>;
}

impl<T> Doing<T> for Result<T, DbErr> {
    fn doing(self, doing: &'static str) -> Result<T, Fault> {
        self.map_err(|error| Fault::because(kind_of(&error), doing, error))
    }
}

/// What a failed commit is. Where the engine said no, nothing was done; where nothing was heard, nobody knows.
pub(crate) fn commit_fault(error: DbErr) -> Fault {
    let kind = if is_unreachable(&error) { FaultKind::Broken } else { kind_of(&error) };
    Fault::because(kind, "commit", error)
}

fn kind_of(error: &DbErr) -> FaultKind {
    // A transaction whose connection is lost before its commit was asked for is rolled back by the engine.
    if is_unreachable(error) {
        return FaultKind::Busy;
    }
    // We lock before we judge, so a unique violation means that another process won a race we could not lock for.
    // Run again, the use-case sees the winner's row.
    if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
        return FaultKind::Contention;
    }
    match database_code(error).as_deref() {
        // PostgreSQL: serialization failure, deadlock. SQLite: LOCKED, BUSY_SNAPSHOT.
        Some("40001" | "40P01" | "6" | "517") => FaultKind::Contention,
        // The engine has waited for somebody's lock as long as we told it to: trying again would only wait as long again.
        Some("55P03" | "5") => FaultKind::Busy,
        // PostgreSQL: disk full. SQLite: FULL, and no room for the index of its log.
        Some("53100" | "13" | "4874") => FaultKind::StorageFull,
        _ => FaultKind::Broken,
    }
}

/// Whether the engine was not reached, or was lost in the middle: killed, restarting, out of connections, or cut off.
fn is_unreachable(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return true;
    }
    match sqlx_error(error) {
        Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed) => {
            true
        }
        // PostgreSQL: connection exceptions; ended by an administrator or by the end of the server; starting; too many.
        Some(sqlx::Error::Database(refusal)) => refusal
            .code()
            .is_some_and(|code| code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03" | "53300")),
        _ => false,
    }
}

fn database_code(error: &DbErr) -> Option<String> {
    match sqlx_error(error) {
        Some(sqlx::Error::Database(refusal)) => refusal.code().map(std::borrow::Cow::into_owned),
        _ => None,
    }
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Conn(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use kernel::FaultKind;
    use sea_orm::{DbErr, RuntimeErr, error::ConnAcquireErr, sqlx};

    use super::{Doing, commit_fault};

    fn lost() -> DbErr {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        DbErr::Exec(RuntimeErr::SqlxError(Arc::new(sqlx::Error::Io(reset))))
    }

    #[test]
    fn a_connection_lost_before_the_commit_did_nothing_and_one_lost_in_it_nobody_knows() {
        assert_eq!(Err::<(), _>(lost()).doing("read").unwrap_err().kind(), FaultKind::Busy);
        assert_eq!(commit_fault(lost()).kind(), FaultKind::Broken);
    }

    #[test]
    fn no_free_connection_is_busy() {
        let none = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        assert_eq!(Err::<(), _>(none).doing("read").unwrap_err().kind(), FaultKind::Busy);
    }
}
