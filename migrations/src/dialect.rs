//! Where the two engines spell the same thing differently.
//!
//! | marker | SQLite | PostgreSQL |
//! |---|---|---|
//! | `$UUID` | `BLOB` | `UUID` |
//! | `$INT` | `INTEGER` | `BIGINT` |
//! | `$BOOL` | `INTEGER` | `BOOLEAN` |
//! | `$DATE` | `TEXT` | `DATE` |
//! | `$BYTES` | `BLOB` | `BYTEA` |
//! | `$TRUE` | `1` | `TRUE` |
//! | `$TABLE` | `STRICT, WITHOUT ROWID` | nothing |
//! | `$HOT` | `STRICT, WITHOUT ROWID` | `WITH (fillfactor = 70)` |
//! | `$APPEND` | `STRICT` | nothing |
//!
//! `$TABLE` keeps rows in the order of their key. `$APPEND` is for wide rows that are added all the time: they lie in the order
//! of their coming, and only the narrow pages of the key's index are touched all over.

use std::future::Future;

use sea_orm_migration::{
    DbErr, SchemaManager,
    sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement},
};

/// Held on PostgreSQL while migrating, so two starting processes do not migrate at once. Any fixed number would do.
const MIGRATION_LOCK: i64 = 7_214_001;

/// How often migrations are tried on SQLite while another process runs them too: once for each it may get to first, and more.
const SQLITE_TRIES: usize = 40;

/// Runs `migrate` while no other process does.
pub(crate) async fn with_migration_lock<F, Fut>(connection: &DatabaseConnection, migrate: F) -> Result<(), DbErr>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<(), DbErr>>,
{
    // On SQLite each migration is one transaction under the writer lock, but another process may have run it between our
    // look at what is pending and our turn. Looking again then finds it done.
    if connection.get_database_backend() != DbBackend::Postgres {
        for _ in 1..SQLITE_TRIES {
            if migrate().await.is_ok() {
                return Ok(());
            }
        }
        return migrate().await;
    }
    // A transaction pins one connection of the pool for the whole time, and ends the lock however we leave.
    #[expect(
        clippy::disallowed_methods,
        reason = "the schema changes before any Tx can exist; nothing is posted under it"
    )]
    let guard = sea_orm_migration::sea_orm::TransactionTrait::begin(connection).await?;
    // The other process may take as long as its migrations do, and this guard stands idle as long as ours.
    for statement in [
        "SET LOCAL lock_timeout = 0".to_owned(),
        "SET LOCAL idle_in_transaction_session_timeout = 0".to_owned(),
        "SET LOCAL statement_timeout = 0".to_owned(),
        format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"),
    ] {
        guard.execute_raw(Statement::from_string(DbBackend::Postgres, statement)).await?;
    }
    migrate().await?;
    guard.commit().await
}

/// Runs statements written with the markers above, in order.
pub(crate) async fn execute(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    for statement in statements {
        let sql = translate(backend, statement);
        manager.get_connection().execute_raw(Statement::from_string(backend, sql)).await?;
    }
    Ok(())
}

fn translate(backend: DbBackend, statement: &str) -> String {
    let spellings: [(&str, &str); 9] = if backend == DbBackend::Postgres {
        [
            ("$UUID", "UUID"),
            ("$INT", "BIGINT"),
            ("$BOOL", "BOOLEAN"),
            ("$DATE", "DATE"),
            ("$BYTES", "BYTEA"),
            ("$TRUE", "TRUE"),
            ("$TABLE", ""),
            ("$HOT", "WITH (fillfactor = 70)"),
            ("$APPEND", ""),
        ]
    } else {
        [
            ("$UUID", "BLOB"),
            ("$INT", "INTEGER"),
            ("$BOOL", "INTEGER"),
            ("$DATE", "TEXT"),
            ("$BYTES", "BLOB"),
            ("$TRUE", "1"),
            ("$TABLE", "STRICT, WITHOUT ROWID"),
            ("$HOT", "STRICT, WITHOUT ROWID"),
            ("$APPEND", "STRICT"),
        ]
    };
    spellings.iter().fold((*statement).to_owned(), |sql, (marker, spelling)| sql.replace(marker, spelling))
}

/// Makes a table append-only: the engine itself refuses to change or delete a row.
pub(crate) async fn make_append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let statements = if backend == DbBackend::Postgres {
        vec![
            format!(
                "CREATE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{table} is append-only: correct by posting the reverse'; END $$"
            ),
            format!(
                "CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} \
                 FOR EACH ROW EXECUTE FUNCTION refuse_change_of_{table}()"
            ),
            format!(
                "CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table} \
                 FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_{table}()"
            ),
        ]
    } else {
        ["UPDATE", "DELETE"]
            .map(|verb| {
                format!(
                    "CREATE TRIGGER {table}_refuses_{verb} BEFORE {verb} ON {table} BEGIN \
                     SELECT RAISE(ABORT, '{table} is append-only: correct by posting the reverse'); END"
                )
            })
            .to_vec()
    };
    for sql in statements {
        manager.get_connection().execute_raw(Statement::from_string(backend, sql)).await?;
    }
    Ok(())
}

/// Lets a table be dropped or copied again: the reverse of [`make_append_only`].
pub(crate) async fn drop_append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let statements = if backend == DbBackend::Postgres {
        vec![format!("DROP FUNCTION refuse_change_of_{table}() CASCADE")]
    } else {
        ["UPDATE", "DELETE"].map(|verb| format!("DROP TRIGGER {table}_refuses_{verb}")).to_vec()
    };
    for sql in statements {
        manager.get_connection().execute_raw(Statement::from_string(backend, sql)).await?;
    }
    Ok(())
}
