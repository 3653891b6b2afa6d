//! `hearth bench`: what the operator's machine makes of Hearth, each figure beside a floor measured in turns with it.
//!
//! A floor does less than we do, on the same machine, database settings and load: the ratio of medians travels between
//! machines where bare figures do not. Nothing here passes or fails; `docs/BENCHMARKS.md` says how to read it. Start
//! reading at [`run`]; each measure has the file of its name.

mod balance;
mod bare;
mod demo;
mod figure;
mod guard;
mod import;
mod ledger;
mod load;
mod memory;
mod office;
mod place;
mod process;
mod replica;
mod report;
mod sandbox;
mod start;
mod store;
mod wire;

use std::{fmt, path::PathBuf};

use clap::{Args, ValueEnum};

use crate::{Failure, config::Config, console};
use place::Place;
use report::Measured;

/// Rounds of the measures that take seconds.
const DEFAULT_ROUNDS: u16 = 5;

/// Options of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// What to measure.
    #[arg(value_enum)]
    pub measure: Measure,
    /// What to measure on; without it SQLite, and PostgreSQL too when a server is named. May be given twice.
    #[arg(long = "engine", value_name = "ENGINE", value_enum)]
    pub engines: Vec<Engine>,
    /// How many times to run each side; without it 5, for `import` 3, for `office` 30.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub rounds: Option<u16>,
    /// How long a round of `balance` or `ledger` lasts, a side.
    #[arg(long, value_name = "SECONDS", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub seconds: u16,
    /// Print a line of JSON for each figure instead of the table.
    #[arg(long)]
    pub json: bool,
    /// The PostgreSQL server to measure on. Its user must be allowed to create databases; ours are dropped afterwards.
    ///
    /// Without it the setting database_url, when that is one.
    #[arg(long, value_name = "URL")]
    pub postgres_url: Option<String>,
    /// An order history for `import` and `office`, as `import orders` takes it; without it the demo's, many times over.
    #[arg(long, value_name = "FILE")]
    pub orders: Option<PathBuf>,
    /// Its lines.
    #[arg(long, value_name = "FILE", requires = "orders")]
    pub lines: Option<PathBuf>,
    /// Its products, imported before the clock starts.
    #[arg(long, value_name = "FILE", requires = "orders")]
    pub products: Option<PathBuf>,
    /// How many times over the demo's 1,358 orders are imported.
    #[arg(long, value_name = "COUNT", default_value_t = 15, conflicts_with = "orders",
        value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub copies: u16,
    /// Accounts of the floors of `ledger`, and households of ours.
    #[arg(long, value_name = "COUNT", default_value_t = 100_000,
        value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    pub accounts: u32,
    /// Only these bars of `ledger` or `office`, such as `--only redeem_alone`. May be given several times.
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Postings of each of the 1,000 households of `balance_growth`, for a quick look; without it 2,000.
    #[arg(long, value_name = "COUNT", hide = true)]
    pub postings_per_household: Option<i64>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// A whole order history, beside its rows by plain INSERT.
    Import,
    /// A household's balance over HTTP, beside a bare handler.
    Balance,
    /// From start to the first answered query, beside `--version`.
    Start,
    /// Memory of an idle `serve`, beside an idle bare handler.
    Memory,
    /// Earning, redeeming, importing and reading, beside plain transfers, TPC-B and a bare handler.
    Ledger,
    /// Judging the dearest documents of 16 KiB before they run, beside the library that parses them.
    Guard,
    /// Pages of the back office with a whole order history behind them, beside one that reads nothing.
    Office,
    /// All of these but `ledger` and `office`, which take long.
    All,
    /// The floor of `balance` in a process of its own.
    #[value(hide = true)]
    BareHandler,
}

/// What to measure on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The embedded engine.
    Sqlite,
    /// The production engine.
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

impl BenchArgs {
    fn rounds(&self) -> u16 {
        self.rounds.unwrap_or(DEFAULT_ROUNDS)
    }

    /// Whether any of these bars was asked for.
    fn wants(&self, names: &[&str]) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| names.contains(&only.as_str()))
    }

    fn engines(&self, server_url: Option<&str>) -> Vec<Engine> {
        match (self.engines.is_empty(), server_url) {
            (false, _) => self.engines.clone(),
            (true, None) => vec![Engine::Sqlite],
            (true, Some(_)) => vec![Engine::Sqlite, Engine::Postgres],
        }
    }

    fn measures(&self) -> Vec<Measure> {
        match self.measure {
            Measure::All => vec![Measure::Import, Measure::Balance, Measure::Start, Measure::Memory],
            one => vec![one],
        }
    }
}

/// Measures what was asked for and prints it.
///
/// # Errors
/// A [`Failure`] of whatever could not be measured. A slow figure is none.
pub async fn run(args: &BenchArgs, config: &Config) -> Result<(), Failure> {
    if args.measure == Measure::BareHandler {
        return bare::serve().await;
    }
    if cfg!(debug_assertions) {
        console::note("this is a debug build: its figures mean nothing (cargo run --release -- bench …)");
    }
    let configured = Some(&config.database.url).filter(|url| !url.starts_with("sqlite:"));
    let server_url = args.postgres_url.as_ref().or(configured).map(String::as_str);
    let mut all = Vec::new();
    for engine in args.engines(server_url) {
        let place = Place::new(engine, server_url)?;
        for measure in args.measures() {
            let measured = each(args, measure, &place).await;
            place.clear().await?;
            let measured = measured?;
            if args.json {
                measured.iter().for_each(|measured| console::say(measured.json()));
            }
            all.extend(measured);
        }
    }
    if !args.json {
        console::say(report::table(&all));
    }
    Ok(())
}

async fn each(args: &BenchArgs, measure: Measure, place: &Place) -> Result<Vec<Measured>, Failure> {
    match measure {
        Measure::Import => Ok(vec![import::measure(args, place).await?]),
        Measure::Balance => Ok(vec![balance::measure(args, place).await?]),
        Measure::Start => Ok(vec![start::measure(args, place).await?]),
        Measure::Memory => Ok(vec![memory::measure(args, place).await?]),
        Measure::Ledger => ledger::measure(args, place).await,
        Measure::Guard => Ok(guard::measure(args, place)),
        Measure::Office => office::measure(args, place).await,
        Measure::All | Measure::BareHandler => Err(Failure::new("this is no single measure")),
    }
}
