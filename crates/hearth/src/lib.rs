//! The one binary: configuration, the command line, and the wiring of everything else.
//!
//! Owns processes: what is opened, in which order, and how it stops. Never decides anything about points, perks or people.
//! Start reading at [`cli`], then at `serve/mod.rs`.

pub mod bench;
pub mod cli;
pub mod config;
pub mod console;
pub mod demo;
mod demo_staff;
pub mod deployment;
pub mod earn_rules;
pub mod export;
mod failure;
pub mod import;
mod importing;
mod logging;
mod offers;
mod perks;
mod points;
pub mod serve;
mod staff;
mod studies;
mod tally;
mod understand;
mod webhooks;

use std::{ffi::OsString, path::Path, process::ExitCode, time::Duration};

use app::App;
use clap::Parser;

use cli::{Cli, Command};
use config::Config;
use deployment::Deployment;
pub use failure::Failure;

/// How long work on other threads may take once everything else has ended.
const LEFTOVERS: Duration = Duration::from_millis(300);

/// Does what the command line says; 0 done, 1 nothing done or failed, 2 done in part.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    // Mail and later web calls find their TLS here. A second provider in the process is one too many, but not worth dying for.
    drop(rustls::crypto::ring::default_provider().install_default());
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(told) => return answer(&told),
    };
    match start(cli) {
        Ok(code) => code,
        Err(failure) => {
            console::note(format_args!("hearth: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// Help and version are answers; a command line that cannot be understood is a command not done, 1 and not clap's own 2.
fn answer(told: &clap::Error) -> ExitCode {
    if told.use_stderr() {
        console::note(told.render());
        ExitCode::FAILURE
    } else {
        console::say(told.render());
        ExitCode::SUCCESS
    }
}

fn start(cli: Cli) -> Result<ExitCode, Failure> {
    // Whoever checks a vote has neither settings nor a database, and should need none.
    if let Some(Command::Tally(act)) = &cli.command {
        return tally::run(act).map(|()| ExitCode::SUCCESS);
    }
    // A name that is not text is none of ours; a value that is not text is shown as well as it can be, and refused.
    let named =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned()));
    let environment = std::env::vars_os().filter_map(named);
    let config = Config::load(Path::new("."), environment)?;
    // What `bench` does to databases of its own is no news to anybody.
    let is_bench = matches!(cli.command, Some(Command::Bench(_)));
    logging::start(if is_bench { "warn" } else { &config.log })?;
    for variable in config.unknown_variables() {
        tracing::warn!("{variable} is set, but is no setting of Hearth");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::because("could not start the runtime", error))?;
    let outcome = runtime.block_on(dispatch(cli.command.unwrap_or(Command::Serve(cli::Serve::default())), &config));
    runtime.shutdown_timeout(LEFTOVERS);
    outcome
}

async fn dispatch(command: Command, config: &Config) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(options) => serve::serve(config, options).await?,
        Command::Work => serve::work(config).await?,
        Command::Bench(args) => bench::run(&args, config).await?,
        Command::Understand(options) => understand::run(&options)?,
        Command::Verify(_)
        | Command::Perk(cli::Perk::List)
        | Command::Prune(cli::Prune { dry_run: true })
        | Command::Staff(cli::Staff::List)
        | Command::Study(cli::Study::List | cli::Study::Export { .. })
        | Command::Export(_)
        | Command::Webhook(cli::Webhook::List | cli::Webhook::Deliveries { .. })
        | Command::EventKey(cli::EventKey::List)
        | Command::EarnRule(cli::EarnRule::List | cli::EarnRule::Simulate(_)) => {
            let app = Deployment::open_to_read(config).await?;
            let done = once(command, &app, config).await;
            app.db().clone().close().await?;
            return done;
        }
        Command::Import(import) if import.is_dry_run() => {
            let (app, _trial) = Deployment::open_to_try(config).await?;
            let done = importing::run(&app, import).await;
            app.db().clone().close().await?;
            return done;
        }
        other => {
            let deployment = Deployment::open(config).await?;
            let done = once(other, &deployment.app, config).await;
            deployment.app.db().clone().close().await?;
            return done;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Commands that end by themselves.
async fn once(command: Command, app: &App, config: &Config) -> Result<ExitCode, Failure> {
    match command {
        // Opening brought the database up to date already.
        Command::Migrate => console::say("The database is up to date."),
        Command::Import(import) => return importing::run(app, import).await,
        Command::Demo => {
            demo::fill(app).await?;
            console::say("The demo neighbourhood is in the database.");
        }
        Command::Verify(options) => return verify(app, options).await,
        Command::Perk(cli::Perk::Define(options)) => perks::define(app, options).await?,
        Command::Perk(cli::Perk::List) => perks::list(app).await?,
        Command::Perk(cli::Perk::Restock { code, add }) => perks::restock(app, &code, add).await?,
        Command::Offers(cli::Offers::Replace { file }) => offers::replace(app, &file).await?,
        Command::EarnRule(rule) => earn_rules::run(app, rule).await?,
        Command::Points(act) => points::run(app, act).await?,
        Command::Grants(cli::Grants::Cancel(options)) => points::cancel_grant(app, options).await?,
        Command::Staff(act) => staff::run(app, act).await?,
        Command::Study(act) => studies::run(app, act).await?,
        Command::Webhook(act) => webhooks::run(app, act, config.webhook_private_addresses).await?,
        Command::EventKey(act) => webhooks::run_event_key(app, act).await?,
        Command::Export(export) => export::run(app, export).await?,
        Command::RotateHealthKeys => rotate_health_keys(app).await?,
        Command::Prune(options) => prune(app, options).await?,
        Command::Serve(_) | Command::Work | Command::Bench(_) | Command::Tally(_) | Command::Understand(_) => {
            unreachable!("these open what they need themselves")
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn prune(app: &App, options: cli::Prune) -> Result<(), Failure> {
    for app::privacy::Pruned { table, kept_days, rows } in app.count_prunable().await? {
        console::say(format_args!("{table}: {rows} rows are past their {kept_days} days"));
    }
    if options.dry_run {
        return Ok(());
    }
    let mut pruned = 0;
    loop {
        match app.prune().await? {
            0 => break,
            rows => pruned += rows,
        }
    }
    console::say(format_args!("{pruned} rows deleted"));
    Ok(())
}

async fn rotate_health_keys(app: &App) -> Result<(), Failure> {
    loop {
        let sealed = app.reseal_health_tags().await?;
        let remaining = app.count_health_tags_to_reseal().await?;
        console::say(format_args!("{sealed} sealed anew, {remaining} remain"));
        if sealed == 0 {
            return Ok(());
        }
    }
}

async fn verify(app: &App, options: cli::Verify) -> Result<ExitCode, Failure> {
    let report = match options.seal {
        None => app.verify().await?,
        Some(kept) => app.verify_against(kept).await?,
    };
    report.differences.iter().for_each(console::say);
    match report.newest_seal {
        None => console::say("no seal yet: the background work makes them"),
        Some(mark) => console::say(format_args!("newest seal {mark}")),
    }
    console::say(report.summary());
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
