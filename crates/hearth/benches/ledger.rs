//! `cargo bench`: the program's own `hearth bench ledger --json`, optimised, with whatever else stands behind `--`.
//!
//! PostgreSQL is measured when `HEARTH_DATABASE_URL` names a server.

use std::process::{Command, ExitCode};

fn main() -> std::io::Result<ExitCode> {
    // Cargo adds --bench for harnesses that are not this one.
    let arguments = std::env::args_os().skip(1).filter(|argument| argument != "--bench");
    let status =
        Command::new(env!("CARGO_BIN_EXE_hearth")).args(["bench", "ledger", "--json"]).args(arguments).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
