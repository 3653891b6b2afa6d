use kernel::{Fault, FaultKind};
use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// Turns the database's error into a [`Fault`] that says what we were doing.
pub trait Doing<T> {
    /// Names the act in the infinitive, as it follows "could not": `"insert posting"`.
    ///
    /// # Errors
    /// The same failure, as a [`Fault`]: lock and serialisation failures and lost races for a unique key are
    /// [`FaultKind::Contention`], a pool without a free connection and a lock waited for in vain are [`FaultKind::Busy`],
    /// all else [`FaultKind::Broken`].
    fn doing(self, doing: &'static str) -> Result<T, Fault>;
}

impl<T> Doing<T> for Result<T, DbErr> {
    fn doing(self, doing: &'static str) -> Result<T, Fault> {
        self.map_err(|error| Fault::because(kind_of(&error), doing, error))
    }
}

fn kind_of(error: &DbErr) -> FaultKind {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
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
        _ => FaultKind::Broken,
    }
}

fn database_code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return None;
    };
    match &**cause {
        sqlx::Error::Database(refusal) => refusal.code().map(std::borrow::Cow::into_owned),
        _ => None,
    }
}
