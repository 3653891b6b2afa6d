use std::process::Command;

use clap::Args;

use crate::process;

/// How many rounds, read by the tests under `crates/hearth/tests/processes/faults`.
const ROUNDS: &str = "HEARTH_FAULT_ROUNDS";

/// What to break, and how often.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// `full` for every round that docs/TESTING.md promises, or a number for each fault.
    #[arg(long, default_value = "full")]
    rounds: String,
    /// Break the optimised program: closer to what runs, and longer to build.
    #[arg(long)]
    release: bool,
    /// Only tests whose name contains this, such as `power_cut`.
    #[arg(default_value = "faults::")]
    filter: String,
}

/// Runs the fault tests one after another and prints what each met.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    if options.rounds != "full" && options.rounds.parse::<u32>().is_err() {
        return Err(format!("--rounds is full or a number, not {}", options.rounds));
    }
    let mut test = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    test.args(["test", "--locked", "--package", "hearth", "--test", "processes"]);
    if options.release {
        test.arg("--release");
    }
    // One at a time: two at once would measure each other.
    test.args([&options.filter, "--", "--nocapture", "--test-threads", "1"]).env(ROUNDS, &options.rounds);
    process::run(&mut test)
}
