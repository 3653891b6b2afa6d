use std::{process::Command, time::Instant};

use clap::{Args, ValueEnum};

use crate::{
    audits,
    postgres::{Cluster, Purpose},
    process::{self, say},
    schemathesis,
};

/// Names the PostgreSQL server that tests create their databases on; `testkit` reads it.
pub(crate) const POSTGRES_URL: &str = "HEARTH_TEST_POSTGRES_URL";

/// What to check.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only these steps, such as `--only clippy,test`.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Step>,
    /// Also look for published advisories. Fetches their database, so it needs the network.
    #[arg(long)]
    advisories: bool,
    /// Only tests whose path contains this, as for `cargo test`.
    filter: Option<String>,
}

/// A step, in the order they run: the quickest to fail first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Formatting: `cargo fmt --check`.
    Fmt,
    /// Licences, bans and sources of what we depend on: cargo-deny, offline.
    Deny,
    /// Lints of every target, as errors.
    Clippy,
    /// Every test, on both engines, with a private PostgreSQL.
    Test,
    /// What others wrote to judge a GraphQL server, against a running Hearth: `tests/npm`, and a few requests of
    /// `cargo xtask schemathesis`.
    Audits,
    /// The documentation builds without a warning.
    Docs,
}

/// Runs the chosen steps in order and stops at the first that fails.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let started = Instant::now();
    let is_chosen = |step: &&Step| options.only.is_empty() || options.only.contains(step);
    for step in Step::value_variants().iter().filter(is_chosen) {
        let name = format!("{step:?}").to_lowercase();
        say(&format!("\n==> {name}"));
        let step_started = Instant::now();
        step.run(options).map_err(|failure| format!("step {name}: {failure}"))?;
        say(&format!("==> {name} passed in {} s", step_started.elapsed().as_secs()));
    }
    say(&format!("\nAll steps passed in {} s", started.elapsed().as_secs()));
    Ok(())
}

impl Step {
    fn run(self, options: &Options) -> Result<(), String> {
        match self {
            Self::Fmt => process::run(&mut cargo(&["fmt", "--all", "--check"])),
            Self::Deny => deny(options.advisories),
            Self::Clippy => {
                let lint = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
                process::run(&mut cargo(&lint))
            }
            Self::Test => test(options.filter.as_deref()),
            Self::Audits => audits::run().and_then(|()| schemathesis::run(&schemathesis::Options::FEW)),
            Self::Docs => {
                let mut docs = cargo(&["doc", "--locked", "--workspace", "--no-deps"]);
                process::run(docs.env("RUSTDOCFLAGS", "-D warnings"))
            }
        }
    }
}

/// Advisories are asked for by a flag: their database changes daily, and a check of our tree must not fail by the calendar.
fn deny(with_advisories: bool) -> Result<(), String> {
    // The licences of what other platforms would need are read from sources this build never fetched.
    process::run(&mut cargo(&["fetch", "--quiet", "--locked"]))?;
    let mut check = cargo(&["deny", "--offline", "--locked", "check", "--hide-inclusion-graph"]);
    process::run(check.args(["bans", "licenses", "sources"]))?;
    if with_advisories { process::run(&mut cargo(&["deny", "--locked", "check", "advisories"])) } else { Ok(()) }
}

fn test(filter: Option<&str>) -> Result<(), String> {
    let mut test = cargo(&["test", "--locked", "--workspace", "--no-fail-fast"]);
    test.args(filter);
    if std::env::var_os(POSTGRES_URL).is_some() {
        say(&format!("Using the PostgreSQL that {POSTGRES_URL} names"));
        return process::run(&mut test);
    }
    // Compiled before the cluster starts, so that it does not wait for minutes.
    process::run(&mut cargo(&["test", "--locked", "--workspace", "--no-run"]))?;
    let cluster = Cluster::start(Purpose::Tests)?;
    process::run(test.env(POSTGRES_URL, cluster.url()))
}

/// The cargo that runs us.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}
