use db::{Db, Dialect, Doing};
use kernel::Fault;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// Creates an empty database on the PostgreSQL server `server` is connected to.
///
/// # Errors
/// A [`Fault`] of the server, for instance when the user may not.
pub async fn create_database(server: &Db, name: &str) -> Result<(), Fault> {
    execute(server, &format!("CREATE DATABASE {name}"), "create a database to measure on").await
}

/// Drops a database of ours, whoever is still connected.
///
/// # Errors
/// A [`Fault`] of the server.
pub async fn drop_database(server: &Db, name: &str) -> Result<(), Fault> {
    execute(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), "drop a database measured on").await
}

pub(super) async fn execute(db: &Db, sql: &str, doing: &'static str) -> Result<(), Fault> {
    db.raw().execute_raw(Statement::from_string(backend(db), sql)).await.doing(doing).map(drop)
}

pub(super) fn backend(db: &Db) -> DbBackend {
    match db.dialect() {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    }
}
