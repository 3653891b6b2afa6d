//! The built program, started as an operator does: in a folder of its own, on a database of the test's own.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use testkit::{Engine, TestDb};

/// How long a process may take to get somewhere before the test says it never will.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// A command of the program, its data under `folder`, on the given database.
pub(crate) fn hearth(folder: &Path, database: &TestDb, arguments: &[&str]) -> Command {
    hearth_on(folder, database.url(), arguments)
}

/// A command of the program, its data under `folder`, on the database of a URL.
pub(crate) fn hearth_on(folder: &Path, url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearth"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HEARTH_DATABASE_URL", url)
        .env("HEARTH_DEMO", "off")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Asks again and again until something is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ends a process as SIGKILL does: no handler runs, nothing is flushed.
pub(crate) fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A runtime for the testkit in a test that is a plain thread. It must outlive the test's database.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
