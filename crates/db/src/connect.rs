use std::{path::PathBuf, sync::Arc, time::Duration};

use kernel::{Actor, Clock, Fault, IdGenerator};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use crate::{Doing, Reader, Tx};

/// How long a statement waits for somebody else's lock, and a use-case for a free connection.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest any one statement may run on PostgreSQL. Longer is a defect, and would hold locks meanwhile.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a PostgreSQL connection may lie idle and still be handed out without asking whether the server is there.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// SQLite page cache per connection, in KiB. Small on purpose: the operating system caches the file too.
const SQLITE_CACHE_KIB: u32 = 4_096;

/// Which engine a database runs on. Where behaviour must differ, it differs by this, inside `db` or a `store`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded engine: one file, one writer, many readers.
    Sqlite,
    /// The production engine: many processes.
    Postgres,
}

/// Where the database is and how much of it to use.
#[derive(Clone)]
pub struct DbOptions {
    /// `sqlite:PATH` (created when absent) or `postgres://…`.
    pub url: String,
    /// Connections for reading (SQLite) or for everything (PostgreSQL), 1 to 1,000.
    pub max_connections: u32,
}

impl std::fmt::Debug for DbOptions {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DbOptions").field("max_connections", &self.max_connections).finish_non_exhaustive()
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL names no engine we run on.
    #[error("the database URL must start with sqlite: or postgres://")]
    UnknownEngine,
    /// The engine said no.
    #[error("could not open the database")]
    Refused(#[source] sea_orm::DbErr),
}

/// A database: its pools, its clock, its ids. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    dialect: Dialect,
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGenerator>,
}

impl Db {
    /// Opens the pools. Does not migrate.
    ///
    /// # Errors
    /// [`ConnectError`] when the URL is of no known engine or the engine refuses.
    pub async fn connect(
        options: &DbOptions,
        clock: Arc<dyn Clock>,
        ids: Arc<IdGenerator>,
    ) -> Result<Self, ConnectError> {
        let (dialect, writer, reader) = if let Some(path) = options.url.strip_prefix("sqlite:") {
            let path = PathBuf::from(path.trim_start_matches("//"));
            let writer = Database::connect(sqlite_options(&path, 1, false)).await.map_err(ConnectError::Refused)?;
            let readers = sqlite_options(&path, options.max_connections, true);
            (Dialect::Sqlite, writer, Database::connect(readers).await.map_err(ConnectError::Refused)?)
        } else if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://") {
            let pool = Database::connect(postgres_options(options)).await.map_err(ConnectError::Refused)?;
            (Dialect::Postgres, pool.clone(), pool)
        } else {
            return Err(ConnectError::UnknownEngine);
        };
        Ok(Self { dialect, writer, reader, clock, ids })
    }

    /// Begins a transaction that will write, at one instant, for one actor.
    ///
    /// Only `app` begins and commits; clippy refuses the call elsewhere.
    ///
    /// # Errors
    /// A [`Fault`] when no connection is free in time or the engine refuses.
    pub async fn begin(&self, actor: Actor) -> Result<Tx, Fault> {
        // SQLite takes its one write lock now, not at the first write: a later upgrade could fail half-way.
        // PostgreSQL stays at READ COMMITTED: what a decision looks at is locked row by row.
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.dialect == Dialect::Sqlite).then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        #[expect(clippy::disallowed_methods, reason = "this is the home of begin: everyone else opens a Tx through it")]
        let inner = self.writer.begin_with_options(options).await.doing("begin a transaction")?;
        Ok(Tx::new(inner, self.dialect, self.clock.now(), actor, Arc::clone(&self.ids)))
    }

    /// A handle that can only read, outside any transaction: each statement sees what was committed before it.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(self.reader.clone(), self.dialect)
    }

    /// The engine.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The clock transactions take their instant from.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The source of ids and of randomness for secrets.
    #[must_use]
    pub fn ids(&self) -> &Arc<IdGenerator> {
        &self.ids
    }

    /// The raw writing connection, for the migrator and for tools that bypass the rules on purpose (tests, benchmarks).
    #[must_use]
    pub fn raw(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Closes the pools; on SQLite this also folds the write-ahead log into the file.
    ///
    /// # Errors
    /// A [`Fault`] when the engine refuses.
    pub async fn close(self) -> Result<(), Fault> {
        self.reader.close().await.doing("close the readers")?;
        match self.dialect {
            Dialect::Sqlite => self.writer.close().await.doing("close the writer"),
            Dialect::Postgres => Ok(()),
        }
    }
}

fn sqlite_options(path: &std::path::Path, connections: u32, is_reader: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite:unused");
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(LOCK_TIMEOUT)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    let path = path.to_owned();
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .filename(&path)
            .create_if_missing(!is_reader)
            // FULL, not NORMAL: with NORMAL a power cut loses commits we have acknowledged.
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(LOCK_TIMEOUT)
            .foreign_keys(true)
            // Without it INSERT OR REPLACE deletes behind the backs of the append-only triggers.
            .pragma("recursive_triggers", "ON")
            .pragma("cache_size", format!("-{SQLITE_CACHE_KIB}"));
        if is_reader { sqlite.pragma("query_only", "ON") } else { sqlite }
    });
    options
}

fn postgres_options(options: &DbOptions) -> ConnectOptions {
    let mut connect = ConnectOptions::new(&options.url);
    connect
        // Two at the least: while one holds the migration lock the other migrates.
        .max_connections(options.max_connections.max(2))
        .min_connections(1)
        .acquire_timeout(LOCK_TIMEOUT)
        // Pinging every time would cost a round trip each; never, an error for every connection a restart left stale.
        .test_before_acquire_if_idle_for(TRUSTED_IDLE)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_postgres_opts(|postgres| {
            postgres.application_name("hearth").options([
                ("lock_timeout", format!("{}ms", LOCK_TIMEOUT.as_millis())),
                ("statement_timeout", format!("{}ms", STATEMENT_TIMEOUT.as_millis())),
                ("idle_in_transaction_session_timeout", "60000ms".to_owned()),
            ])
        });
    connect
}
