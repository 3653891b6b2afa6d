//! Statements, accounts and the journal, written for the books outside.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use app::App;
use kernel::{BusinessDate, Month};
use ledger::{AccountPeriod, BookAccount, JournalEntry, JournalLine};

use crate::{Failure, cli, console, points};

/// How often a long export says how far it has come.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Does what the command line says of exports.
pub(crate) async fn run(app: &App, export: cli::Export) -> Result<(), Failure> {
    match export {
        cli::Export::Statement(options) => statement(app, options).await,
        cli::Export::Accounts(options) => accounts(app, options).await,
        cli::Export::Journal(options) => journal(app, options).await,
    }
}

async fn statement(app: &App, options: cli::ExportStatement) -> Result<(), Failure> {
    let household = points::household(app, &options.household).await?;
    let found = app.find_any_monthly_statement(household, options.month).await?;
    let statement = found.ok_or_else(|| {
        Failure::new(format!(
            "there is no statement for {}: no such household, or the month has not begun",
            options.month
        ))
    })?;
    let locale = options.language.into();
    let text = match options.format {
        cli::Format::Csv => web::statement_csv(&statement, locale),
        cli::Format::Html => web::statement_file(&statement, locale),
    };
    if statement.lines_left_out > 0 {
        console::note(format_args!(
            "{} lines are left out: a statement has at most {}",
            statement.lines_left_out,
            statement.lines.len()
        ));
    }
    write(options.out.as_deref(), &text)
}

async fn accounts(app: &App, options: cli::ExportAccounts) -> Result<(), Failure> {
    let periods = app.list_account_periods(options.from, options.until, options.by.into(), progress()).await?;
    let periods = periods.map_err(|refusal| Failure::new(refusal.to_string()))?;
    write(options.out.as_deref(), &accounts_csv(&periods, options.by))
}

async fn journal(app: &App, options: cli::ExportJournal) -> Result<(), Failure> {
    let entries = app.list_journal(options.from, options.until, progress()).await?;
    let entries = entries.map_err(|refusal| Failure::new(refusal.to_string()))?;
    write(Some(&options.out), &journal_csv(&entries))?;
    let lines = entries.iter().flat_map(|entry| &entry.lines);
    let debits: i64 = lines.map(|line| (-line.fen).max(0)).sum();
    let (count, value) = (entries.len(), app.settings().point_value);
    console::say(format_args!("{count} entries, {} yuan on either side, at {value}", yuan(debits)));
    Ok(())
}

/// One row for each account in each period. Nothing but ASCII, so that no program has to guess an encoding.
#[must_use]
pub fn accounts_csv(periods: &[AccountPeriod], by: cli::Period) -> String {
    let mut csv = web::csv_row(&["period", "account", "opening", "debits", "credits", "net", "closing"]);
    for period in periods {
        let name = match by {
            cli::Period::Day => period.first_day.to_string(),
            cli::Period::Month => Month::of(period.first_day).to_string(),
        };
        let figures = [period.opening, period.debits, period.credits, period.net(), period.closing()];
        let [opening, debits, credits, net, closing] = figures.map(|figure| figure.to_string());
        csv.push_str(&web::csv_row(&[&name, period.account.code(), &opening, &debits, &credits, &net, &closing]));
    }
    csv
}

/// One row for each line of each entry, debits and credits in yuan. Nothing but ASCII, as above.
#[must_use]
pub fn journal_csv(entries: &[JournalEntry]) -> String {
    let mut csv = web::csv_row(&["entry", "posting_date", "business_date", "account", "points", "debit", "credit"]);
    for entry in entries {
        let days = [entry.posting_date, entry.business_date].map(|day: BusinessDate| day.to_string());
        let name = format!("{}/{}/{}", days[0], days[1], entry.code());
        for line in &entry.lines {
            let points = line.points.abs().to_string();
            let (debit, credit) = sides(line);
            csv.push_str(&web::csv_row(&[
                &name,
                &days[0],
                &days[1],
                journal_account(line.account),
                &points,
                &debit,
                &credit,
            ]));
        }
    }
    csv
}

/// By the sign of its points: what is worth less than a fen is on the right side too.
fn sides(line: &JournalLine) -> (String, String) {
    if line.points < 0 { (yuan(-line.fen), String::new()) } else { (String::new(), yuan(line.fen)) }
}

/// The account's name in the general ledger; docs/LEDGER.md says what kind each is.
fn journal_account(account: BookAccount) -> &'static str {
    match account {
        BookAccount::Lots => "points_liability",
        BookAccount::Owed => "points_receivable",
        BookAccount::Issued => "points_cost",
        BookAccount::Redeemed => "points_redeemed",
        BookAccount::Lapsed => "points_breakage",
        BookAccount::Adjusted => "points_adjustments",
        BookAccount::Forgiven => "points_forgiven",
        BookAccount::Moved => "points_in_transit",
    }
}

fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}

/// Says on standard error how much was read, when it takes long.
fn progress() -> impl FnMut(usize) {
    let (mut said, mut sums) = (Instant::now(), 0_usize);
    move |read| {
        sums += read;
        if said.elapsed() >= LINE_EVERY {
            said = Instant::now();
            console::note(format_args!("{sums} sums of postings read"));
        }
    }
}

/// Whole or not at all: what reads the file never sees half of it.
fn write(out: Option<&Path>, text: &str) -> Result<(), Failure> {
    let Some(path) = out else {
        console::put(text);
        return Ok(());
    };
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = fs::write(&part, text).and_then(|()| fs::rename(&part, path));
    written.map_err(|error| Failure::because(format_args!("could not write {}", path.display()), error))
}

#[cfg(test)]
mod tests;
