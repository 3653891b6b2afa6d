use std::{path::PathBuf, process::Command};

use crate::{
    process,
    served::{Served, root},
};

/// What others wrote to judge a GraphQL server, run against ours: `tests/npm`.
pub(crate) fn run() -> Result<(), String> {
    install()?;
    let served = Served::start(false)?;
    let mut test = node();
    // One file after another: the last test of the last one stops the server.
    test.args(["--test", "--test-concurrency=1", "--test-reporter=dot"]);
    test.args(["graphql-over-http.test.mjs", "relay.test.mjs", "example.test.mjs", "graphql-transport-ws.test.mjs"]);
    process::run(served.tell(&mut test)).map_err(|failure| format!("{failure}\n{}", served.log()))?;
    drop(served);
    office()
}

/// The back office and the voting pages in a browser, against a Hearth of their own: they change what the others look at.
pub(crate) fn office() -> Result<(), String> {
    install()?;
    let served = Served::start(false)?;
    let mut test = node();
    test.args([
        "--test",
        "--test-concurrency=1",
        "--test-reporter=spec",
        "office.test.mjs",
        "lab.test.mjs",
        "pay.test.mjs",
        "my.test.mjs",
    ]);
    process::run(served.tell(&mut test)).map_err(|failure| format!("{failure}\n{}", served.log()))
}

/// Installs the packages of the lock file, unless they are those already.
pub(crate) fn install() -> Result<(), String> {
    let (lock, installed) = (folder().join("package-lock.json"), folder().join("node_modules/.installed-lock.json"));
    let wanted = std::fs::read(&lock).map_err(|error| format!("could not read {}: {error}", lock.display()))?;
    if std::fs::read(&installed).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    process::run(Command::new("npm").args(["ci", "--silent"]).current_dir(folder()))?;
    std::fs::write(&installed, wanted).map_err(|error| format!("could not write {}: {error}", installed.display()))
}

/// A Node.js that runs in the folder of our packages.
pub(crate) fn node() -> Command {
    let mut node = Command::new("node");
    node.current_dir(folder());
    node
}

fn folder() -> PathBuf {
    root().join("tests/npm")
}
