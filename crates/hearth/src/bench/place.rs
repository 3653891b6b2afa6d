//! Fresh databases to measure on, gone afterwards.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use db::{Db, DbOptions};
use kernel::{IdGenerator, SystemClock};
use tempfile::TempDir;

use super::{Engine, store};
use crate::Failure;

/// Connections of one database, as `serve` has them by default.
const MAX_CONNECTIONS: u32 = 4;

/// A folder in the system's temporary folder, and the server to create databases on.
#[derive(Debug)]
pub struct Place {
    engine: Engine,
    folder: TempDir,
    server_url: Option<String>,
    /// Databases on the server that are still there.
    created: Mutex<Vec<String>>,
}

/// One empty database.
#[derive(Debug)]
pub struct Database {
    /// Where it is.
    pub url: String,
    /// Its name on the server; none on SQLite.
    name: Option<String>,
}

impl Place {
    /// A place for one engine's measurements.
    ///
    /// # Errors
    /// A [`Failure`] when there is no temporary folder, or no server named for PostgreSQL.
    pub fn new(engine: Engine, postgres_url: Option<&str>) -> Result<Self, Failure> {
        let folder = TempDir::with_prefix("hearth-bench-");
        let folder = folder.map_err(|error| Failure::because("could not create a temporary folder", error))?;
        let server_url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(postgres_url.map(str::to_owned).ok_or_else(|| {
                Failure::new("measuring on PostgreSQL needs --postgres-url or HEARTH_DATABASE_URL=postgres://…")
            })?),
        };
        Ok(Self { engine, folder, server_url, created: Mutex::default() })
    }

    /// What is measured on.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Where files may lie until the end.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Creates an empty database; `purpose` is part of its name.
    ///
    /// # Errors
    /// A [`Failure`] of the server.
    pub async fn create(&self, purpose: &str) -> Result<Database, Failure> {
        let name = format!("hearth_bench_{}_{purpose}", std::process::id());
        let Some(server_url) = &self.server_url else {
            let url = format!("sqlite:{}", self.folder().join(format!("{name}.db")).display());
            return Ok(Database { url, name: None });
        };
        let server = connect(server_url).await?;
        store::create_database(&server, &name).await?;
        server.close().await?;
        self.created.lock().expect("nobody panics holding it").push(name.clone());
        Ok(Database { url: with_database(server_url, &name), name: Some(name) })
    }

    /// Removes a database: gigabytes must not pile up round by round.
    ///
    /// # Errors
    /// A [`Failure`] of the server or the file system.
    pub async fn remove(&self, database: Database) -> Result<(), Failure> {
        match database.name {
            Some(name) => self.drop_database(&name).await,
            None => {
                let path = database.url.trim_start_matches("sqlite:");
                std::fs::remove_file(path).map_err(|error| Failure::because(format!("could not remove {path}"), error))
            }
        }
    }

    /// Removes what a measurement that failed half-way left on the server. The folder goes by itself.
    ///
    /// # Errors
    /// A [`Failure`] of the server.
    pub async fn clear(&self) -> Result<(), Failure> {
        let left = self.created.lock().expect("nobody panics holding it").clone();
        for name in left {
            self.drop_database(&name).await?;
        }
        Ok(())
    }

    async fn drop_database(&self, name: &str) -> Result<(), Failure> {
        let Some(server_url) = &self.server_url else { return Ok(()) };
        let server = connect(server_url).await?;
        store::drop_database(&server, name).await?;
        server.close().await?;
        self.created.lock().expect("nobody panics holding it").retain(|created| created != name);
        Ok(())
    }
}

impl Database {
    /// Opens it as it is, with so many connections.
    ///
    /// # Errors
    /// A [`Failure`] of the engine.
    pub async fn open_bare(&self, connections: u32) -> Result<Db, Failure> {
        connect_with(&self.url, connections).await
    }

    /// Opens it, migrated.
    ///
    /// # Errors
    /// A [`Failure`] of the engine.
    pub async fn open(&self) -> Result<Db, Failure> {
        let db = connect(&self.url).await?;
        migrations::migrate(db.raw()).await.map_err(|error| Failure::because("could not migrate", error))?;
        Ok(db)
    }
}

async fn connect(url: &str) -> Result<Db, Failure> {
    connect_with(url, MAX_CONNECTIONS).await
}

async fn connect_with(url: &str, max_connections: u32) -> Result<Db, Failure> {
    let options = DbOptions { url: url.to_owned(), max_connections };
    let opened = Db::connect(&options, Arc::new(SystemClock), Arc::new(IdGenerator::from_operating_system())).await;
    opened.map_err(|error| Failure::because("could not open a database to measure on", error))
}

/// The server's URL with another database, the last part of its path.
fn with_database(server_url: &str, name: &str) -> String {
    let (address, parameters) = server_url.split_once('?').unwrap_or((server_url, ""));
    let has_path = address.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    let server = if has_path { address.rsplit_once('/').map_or(address, |(server, _)| server) } else { address };
    let question_mark = if parameters.is_empty() { "" } else { "?" };
    format!("{server}/{name}{question_mark}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn changes_only_the_database_of_a_url() {
        let changed = |url| with_database(url, "bench");
        assert_eq!(changed("postgres://u:p@localhost:5432/hearth"), "postgres://u:p@localhost:5432/bench");
        assert_eq!(changed("postgres://u:p@localhost:5432"), "postgres://u:p@localhost:5432/bench");
        assert_eq!(
            changed("postgres://localhost/hearth?sslmode=disable"),
            "postgres://localhost/bench?sslmode=disable"
        );
    }
}
