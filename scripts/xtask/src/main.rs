//! `cargo xtask`: the chores of this repository, typed.
//!
//! Owns how tests are run and how a private PostgreSQL is started for them. Never part of the product: nothing here ships.
//! Start reading at [`Task`]; each task is a file of its name.

mod audits;
mod faults;
mod postgres;
mod process;
mod schemathesis;
mod served;
mod simulate;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The chores of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Checks everything, step by step, and stops at the first step that fails.
    Test(test::Options),
    /// Breaks a running Hearth in every way docs/TESTING.md lists, and holds the books against what clients were told.
    Faults(faults::Options),
    /// Lets Schemathesis invent requests against a running Hearth, signed in and as a stranger, and looks for answers of 500.
    Schemathesis(schemathesis::Options),
    /// Opens every page of the back office, as each role, and the voting pages in a browser, and judges them; HEARTH_UPDATE_SCREENSHOTS=1 keeps pictures.
    Office,
    /// Starts a private PostgreSQL with stock settings, prints its URL and keeps it until Ctrl-C; then it is gone.
    Postgres,
    /// Runs random commands from seeds on the ledger and on a model of it, and says where they part.
    Simulate(simulate::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test(options) => test::run(&options),
        Task::Faults(options) => faults::run(&options),
        Task::Schemathesis(options) => schemathesis::run(&options),
        Task::Office => audits::office(),
        Task::Postgres => postgres::run(),
        Task::Simulate(options) => simulate::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            process::say(&format!("FAILED: {failure}"));
            ExitCode::FAILURE
        }
    }
}
