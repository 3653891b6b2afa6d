use std::sync::Arc;

use db::{Db, DbOptions, Tx};
use kernel::{Actor, IdGenerator, ManualClock, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tempfile::TempDir;

use crate::postgres;

/// Connections of one test's database: enough for a real race, few enough for many tests on one server.
const MAX_CONNECTIONS: u32 = 12;

/// Every test draws the same ids in the same order.
const SEED: u64 = 20_261_123;

/// The engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded engine, in a temporary file.
    Sqlite,
    /// The production engine, on the server that `HEARTH_TEST_POSTGRES_URL` names.
    Postgres,
}

/// The instant at which every test's clock stands first: noon of 1 June 2026 in Shanghai.
#[must_use]
pub fn start() -> Timestamp {
    Timestamp::from_timestamp_millis(1_780_286_400_000).expect("a valid instant")
}

/// A fresh migrated database, its clock and its ids; removed when dropped.
#[derive(Debug)]
pub struct TestDb {
    // The pools come first: fields drop in order, and the database goes after those who use it.
    db: Db,
    clock: Arc<ManualClock>,
    engine: Engine,
    url: String,
    _home: Home,
}

/// What is cleared away at the end.
#[derive(Debug)]
enum Home {
    Folder { _folder: TempDir },
    Database { _database: postgres::Database },
    Elsewhere,
}

impl TestDb {
    /// Makes one.
    ///
    /// # Panics
    /// When the engine refuses; for PostgreSQL also when `HEARTH_TEST_POSTGRES_URL` names no server.
    pub async fn new(engine: Engine) -> Self {
        let (url, home) = match engine {
            Engine::Sqlite => {
                let folder = TempDir::with_prefix("hearth-test-").expect("the temporary folder can be written");
                let url = format!("sqlite:{}", folder.path().join("hearth.sqlite").display());
                (url, Home::Folder { _folder: folder })
            }
            Engine::Postgres => {
                let database = postgres::Database::create().await;
                (database.url(), Home::Database { _database: database })
            }
        };
        let clock = Arc::new(ManualClock::at(start()));
        let options = DbOptions { url: url.clone(), max_connections: MAX_CONNECTIONS };
        let ids = Arc::new(IdGenerator::from_seed(SEED));
        let db = Db::connect(&options, clock.clone(), ids).await.expect("the fresh database opens");
        // On PostgreSQL a copy of the migrated template has nothing left to run.
        migrations::migrate(db.raw()).await.expect("the migrations run");
        Self { db, clock, engine, url, _home: home }
    }

    /// Opens a database that is there, as it is, for tests that look at what processes left in it. Dropping it removes nothing.
    ///
    /// # Panics
    /// When the engine refuses.
    pub async fn open(engine: Engine, url: &str) -> Self {
        let clock = Arc::new(ManualClock::at(start()));
        let options = DbOptions { url: url.to_owned(), max_connections: 2 };
        let ids = Arc::new(IdGenerator::from_seed(SEED));
        let db = Db::connect(&options, clock.clone(), ids).await.expect("the database opens");
        Self { db, clock, engine, url: url.to_owned(), _home: Home::Elsewhere }
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Its clock, standing at [`start`] until moved.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Where it is, for tests that start a process of their own on it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Begins a transaction, for tests of stores.
    ///
    /// # Panics
    /// When the engine refuses.
    #[expect(clippy::disallowed_methods, reason = "tests of stores begin without a use-case around them")]
    pub async fn begin(&self, actor: Actor) -> Tx {
        self.db.begin(actor).await.expect("a test's transaction begins")
    }

    /// Runs a statement behind the rules' back and returns how many rows it changed.
    ///
    /// # Errors
    /// The engine's own words.
    pub async fn execute(&self, sql: &str) -> Result<u64, String> {
        let done = self.db.raw().execute_raw(self.statement(sql)).await;
        done.map(|result| result.rows_affected()).map_err(|error| error.to_string())
    }

    /// Reads rows behind the rules' back. Every column must be a text: cast what is not.
    ///
    /// # Panics
    /// When the engine refuses, or a column is null or no text.
    pub async fn texts(&self, sql: &str) -> Vec<Vec<String>> {
        let rows = self.db.raw().query_all_raw(self.statement(sql)).await.expect(sql);
        let columns = |row: &sea_orm::QueryResult| row.column_names().len();
        rows.iter()
            .map(|row| (0..columns(row)).map(|index| row.try_get_by_index(index).expect("a text column")).collect())
            .collect()
    }

    /// Counts the rows of `from`, a table with or without a `WHERE`.
    ///
    /// # Panics
    /// When the engine refuses.
    pub async fn count(&self, from: &str) -> u64 {
        let rows = self.texts(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {from}")).await;
        rows[0][0].parse().expect("a count is a number")
    }

    fn statement(&self, sql: &str) -> Statement {
        let backend = match self.engine {
            Engine::Sqlite => DbBackend::Sqlite,
            Engine::Postgres => DbBackend::Postgres,
        };
        Statement::from_string(backend, sql)
    }
}

#[cfg(test)]
mod tests;
