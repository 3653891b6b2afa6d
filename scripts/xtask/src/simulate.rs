use clap::{Args, ValueEnum};

use crate::{
    postgres::{Cluster, Purpose},
    process,
    test::{POSTGRES_URL, cargo},
};

/// What to simulate; nothing said: what a test run does.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only this seed.
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    seed: Option<u64>,
    /// These seeds, the last one left out: `--seeds 200..1200`.
    #[arg(long, value_name = "A..B", value_parser = range)]
    seeds: Option<(u64, u64)>,
    /// Only on this engine.
    #[arg(long, value_enum)]
    engine: Option<Engine>,
    /// How many commands each seed draws. Another number can be another list; a failing seed prints the one it had.
    #[arg(long, value_name = "M")]
    commands: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
}

/// Runs the simulation in `tests/src/simulation`, which reads what to do from its environment.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let mut simulate = cargo(&["test", "--locked", "--package", "tests", "--lib", "simulation::"]);
    if let Some((first, end)) = options.seeds.or(options.seed.map(|seed| (seed, seed.saturating_add(1)))) {
        simulate.env("HEARTH_SIMULATE_SEEDS", format!("{first}..{end}"));
    }
    if let Some(commands) = options.commands {
        simulate.env("HEARTH_SIMULATE_COMMANDS", commands.to_string());
    }
    if let Some(engine) = options.engine {
        simulate.env("HEARTH_SIMULATE_ENGINE", format!("{engine:?}").to_lowercase());
    }
    if options.engine == Some(Engine::Sqlite) || std::env::var_os(POSTGRES_URL).is_some() {
        return process::run(&mut simulate);
    }
    let cluster = Cluster::start(Purpose::Tests)?;
    process::run(simulate.env(POSTGRES_URL, cluster.url()))
}

fn range(text: &str) -> Result<(u64, u64), String> {
    let ends = text.split_once("..").and_then(|(first, end)| Some((first.parse().ok()?, end.parse().ok()?)));
    ends.filter(|(first, end)| first < end).ok_or_else(|| "seeds are written as 0..200".to_owned())
}
