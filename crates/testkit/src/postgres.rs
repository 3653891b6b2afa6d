use std::{
    future::Future,
    hash::{DefaultHasher, Hash, Hasher},
    sync::atomic::{AtomicU32, Ordering},
};

use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::OnceCell;

/// Names the server tests create their databases on. `cargo xtask test` starts one and sets it.
const URL_VARIABLE: &str = "HEARTH_TEST_POSTGRES_URL";

/// Held while making the template, so that test programs running at once make it once. Any fixed number would do.
const TEMPLATE_LOCK: i64 = 7_214_002;

/// The template of this test program: migrated once, copied for every test, which is ten times as fast as migrating.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// Numbers this process's databases.
static NEXT_DATABASE: AtomicU32 = AtomicU32::new(1);

/// A database of one test, a copy of the migrated template. Dropped with the value.
#[derive(Debug)]
pub(crate) struct Database {
    name: String,
}

impl Database {
    /// Copies the template under a name no other test has.
    pub(crate) async fn create() -> Self {
        let template = TEMPLATE.get_or_init(make_template).await;
        let number = NEXT_DATABASE.fetch_add(1, Ordering::Relaxed);
        let name = format!("hearth_test_{}_{number}", std::process::id());
        let server = connect(&server_url()).await.expect("the server of HEARTH_TEST_POSTGRES_URL answers");
        // A process of the same number may have been killed before it could clear away.
        execute(&server, &drop_statement(&name)).await.expect("an old test database can be dropped");
        let copy = format!("CREATE DATABASE {name} TEMPLATE {template}");
        execute(&server, &copy).await.expect("the template can be copied");
        server.close().await.expect("the connection closes");
        Self { name }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        url_of(&self.name)
    }
}

impl Drop for Database {
    /// Drops the database now, by force, on a thread of its own: a `drop` cannot await, and hundreds of databases left to the
    /// server's end would fill the disk. A failure is left to the server's end: the test has already said what it had to say.
    fn drop(&mut self) {
        let statement = drop_statement(&self.name);
        let dropped = std::thread::spawn(move || {
            block_on(async {
                let server = connect(&server_url()).await?;
                execute(&server, &statement).await?;
                server.close().await
            })
        });
        drop(dropped.join());
    }
}

/// Migrates a database once per build of this test program and server, and returns its name.
async fn make_template() -> String {
    let name = format!("hearth_template_{:016x}", hash_of_this_program());
    let unfinished = format!("{name}_unfinished");
    let server = connect(&server_url()).await.expect("the server of HEARTH_TEST_POSTGRES_URL answers");
    execute(&server, &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await.expect("the lock is free in time");

    let exists =
        Statement::from_string(DbBackend::Postgres, format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"));
    if server.query_one_raw(exists).await.expect("the server lists its databases").is_none() {
        execute(&server, &drop_statement(&unfinished)).await.expect("an unfinished template can be dropped");
        execute(&server, &format!("CREATE DATABASE {unfinished}")).await.expect("a database can be created");
        let template = connect_many(&url_of(&unfinished), 2).await.expect("the new database opens");
        migrations::migrate(&template).await.expect("the migrations run");
        template.close().await.expect("the template closes");
        // Renamed only when done: a test program killed while migrating leaves no half template behind.
        execute(&server, &format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await.expect("the template is free");
    }

    // The end of the connection ends the lock.
    server.close().await.expect("the connection closes");
    name
}

/// A rebuilt program may hold changed migrations, so it gets a template of its own.
fn hash_of_this_program() -> u64 {
    let program = std::env::current_exe().expect("a running program has a path");
    let metadata = program.metadata().expect("a running program has a file");
    let mut hasher = DefaultHasher::new();
    (program, metadata.len(), metadata.modified().ok()).hash(&mut hasher);
    hasher.finish()
}

fn server_url() -> String {
    std::env::var(URL_VARIABLE).unwrap_or_else(|_| {
        panic!("{URL_VARIABLE} is not set: run scripts/test, or `cargo xtask postgres` and the command it prints")
    })
}

/// The server's URL with another database, the last part of its path.
fn url_of(database: &str) -> String {
    let url = server_url();
    let (address, parameters) = url.split_once('?').unwrap_or((&url, ""));
    let server = address.rsplit_once('/').map_or(address, |(server, _)| server);
    let question_mark = if parameters.is_empty() { "" } else { "?" };
    format!("{server}/{database}{question_mark}{parameters}")
}

fn drop_statement(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

/// One connection, so that a lock of the session holds for all that follows.
async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    connect_many(url, 1).await
}

async fn connect_many(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).min_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await
}

async fn execute(connection: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
    connection.execute_raw(Statement::from_string(DbBackend::Postgres, sql)).await.map(drop)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a test machine has room for a runtime").block_on(future)
}
