use std::{path::PathBuf, sync::Arc, time::Duration};

use kernel::{Actor, Clock, Fault, FaultKind, IdGenerator};
use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseConnection, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
    sqlx::{
        Connection,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use crate::{Doing, Reader, Snapshot, Tx};

/// How long beginning may take: waiting for a free connection and, on SQLite, for the one write lock. Then the caller hears
/// "busy, nothing was done".
const BEGIN_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a statement waits for somebody else's lock, and on SQLite a use-case for a free connection.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a use-case waits for a free connection to PostgreSQL. When all are held that long, somebody holds a lock, and more
/// waiting would only be a longer queue before the same door.
const POSTGRES_CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a statement waits for a lock on PostgreSQL. Whoever is not the first to wait for a row waits for two: for their turn,
/// and then for the row.
const POSTGRES_LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest any one statement may run on PostgreSQL. Longer is a defect, and would hold locks meanwhile.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a PostgreSQL connection may lie idle and still be handed out without asking whether the server is there.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// SQLite page cache of a reader, in KiB. Small on purpose: the operating system caches the file too.
const SQLITE_READER_CACHE_KIB: u32 = 4_096;

/// SQLite page cache of the writer, in KiB, taken as it fills. What a batch changes must fit, or its pages go to the log twice.
const SQLITE_WRITER_CACHE_KIB: u32 = 65_536;

/// How many pages of 4 KiB the write-ahead log gathers before it is folded into the file. Batches touch the same pages again
/// and again; folded seldom, they are written to the file once. A start after a crash reads this much.
const SQLITE_LOG_PAGES: u32 = 16_384;

/// Statements kept prepared on a connection. Each table has a few for each number of rows; beyond it the oldest go.
const PREPARED_STATEMENTS: usize = 300;

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
    /// Connections for reading (SQLite), or for everything (PostgreSQL; a quarter of them read), 1 to 1,000.
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
            let readers = (options.max_connections / 4).max(1);
            // Two at the least: while one holds the migration lock the other migrates.
            let writers = options.max_connections.saturating_sub(readers).max(2);
            let writer = postgres_options(&options.url, writers, false);
            let writer = Database::connect(writer).await.map_err(ConnectError::Refused)?;
            // Pools of their own: writers who all wait for one lock must not keep anybody from reading.
            let reader = postgres_options(&options.url, readers, true);
            (Dialect::Postgres, writer, Database::connect(reader).await.map_err(ConnectError::Refused)?)
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
        let begun = tokio::time::timeout(BEGIN_TIMEOUT, self.writer.begin_with_options(options)).await;
        let begun = begun.map_err(|_| Fault::new(FaultKind::Busy, "begin a transaction in time"))?;
        let inner = begun.doing("begin a transaction")?;
        Ok(Tx::new(inner, self.dialect, self.clock.now(), actor, Arc::clone(&self.ids)))
    }

    /// Opens one state of the database, to read much of it that belongs together.
    ///
    /// # Errors
    /// A [`Fault`] when no connection is free in time or the engine refuses.
    pub async fn snapshot(&self) -> Result<Snapshot, Fault> {
        // SQLite's readers see one state for as long as a transaction is open, whatever it is called.
        let is_postgres = self.dialect == Dialect::Postgres;
        let options = TransactionOptions {
            isolation_level: is_postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: is_postgres.then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        #[expect(clippy::disallowed_methods, reason = "it can only read: there is nothing to commit")]
        let inner = self.reader.begin_with_options(options).await.doing("open a snapshot")?;
        Ok(Snapshot::new(inner, self.dialect))
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

    /// Calls `observe` after each statement of every transaction begun through what is returned: for tests that end an act
    /// between two statements.
    #[must_use]
    pub fn observed(mut self, observe: impl Fn() + Send + Sync + 'static) -> Self {
        self.writer.set_metric_callback(move |_| observe());
        self
    }

    /// Closes the pools; on SQLite this also folds the write-ahead log into the file.
    ///
    /// # Errors
    /// A [`Fault`] when the engine refuses.
    pub async fn close(self) -> Result<(), Fault> {
        self.reader.close().await.doing("close the readers")?;
        self.writer.close().await.doing("close the writer")
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
    // When the disk fails a COMMIT, SQLite rolls back by itself, and the ROLLBACK that follows finds nothing to end: sqlx goes on
    // believing in a transaction, what is begun next is a savepoint, and its commit reaches no disk. Such a connection goes.
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
    });
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
            .statement_cache_capacity(PREPARED_STATEMENTS);
        if is_reader {
            sqlite.pragma("query_only", "ON").pragma("cache_size", format!("-{SQLITE_READER_CACHE_KIB}"))
        } else {
            let log_pages = SQLITE_LOG_PAGES.to_string();
            sqlite
                .pragma("cache_size", format!("-{SQLITE_WRITER_CACHE_KIB}"))
                .pragma("wal_autocheckpoint", log_pages)
                // What a statement must undo if it fails half-way: in a file, each page it touches is written there first.
                .pragma("temp_store", "MEMORY")
        }
    });
    options
}

fn postgres_options(url: &str, connections: u32, is_reader: bool) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(POSTGRES_CONNECTION_TIMEOUT)
        // Pinging every time would cost a round trip each; never, an error for every connection a restart left stale.
        .test_before_acquire_if_idle_for(TRUSTED_IDLE)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_postgres_opts(move |postgres| {
            postgres.application_name("hearth").statement_cache_capacity(PREPARED_STATEMENTS).options([
                ("default_transaction_read_only", if is_reader { "on" } else { "off" }.to_owned()),
                ("lock_timeout", format!("{}ms", POSTGRES_LOCK_TIMEOUT.as_millis())),
                ("statement_timeout", format!("{}ms", STATEMENT_TIMEOUT.as_millis())),
                ("idle_in_transaction_session_timeout", "60000ms".to_owned()),
                // Compiling a plan takes longer than any statement of ours runs: tens of milliseconds for each, whenever a plan looks dear.
                ("jit", "off".to_owned()),
                // What is written is found by its key. While statistics say that a table is small, which they do of every table for a
                // while, the planner would rather read it whole, and keeps such a plan when the table has grown.
                ("enable_seqscan", if is_reader { "on" } else { "off" }.to_owned()),
            ])
        });
    connect
}
