//! What the command line says of exports.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use kernel::{BusinessDate, Locale, Month};
use ledger::PeriodLength;

use super::HouseholdNamed;

/// What can be exported.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// A household's month: every posting with who, what, why, when and the balance after, as CSV or as a page to print.
    ///
    /// A month has what was written in it; each line also names the day it counts for.
    #[command(after_help = "Examples:
  hearth export statement --household F1 --month 2026-03 > march.csv
  hearth export statement --household F1 --month 2026-03 --format html --language en --out march.html")]
    Statement(ExportStatement),
    /// The program's accounts by period of business dates, as CSV: openings, debits, credits and closings that sum to zero.
    ///
    /// The row of the account `lots` has the points outstanding. docs/LEDGER.md explains the accounts.
    #[command(after_help = "Examples:
  hearth export accounts --from 2026-01-01 --until 2026-03-31 --by month
  hearth export accounts --from 2026-03-01 --until 2026-03-31 --out march.csv")]
    Accounts(ExportAccounts),
    /// Entries for the general ledger, as CSV: double entry in money at the setting point_value, closing to zero.
    ///
    /// By the day of posting, so that the same days always give the same file; what became known late is an entry of the day it was
    /// posted on and names the business date it is about. The last day must be over.
    #[command(after_help = "Example:
  hearth export journal --from 2026-03-01 --until 2026-03-31 --out journal-2026-03.csv")]
    Journal(ExportJournal),
}

/// Options of `export statement`.
#[derive(Debug, Args)]
pub struct ExportStatement {
    /// Whose: the operator's number or `hh_…`.
    #[arg(long)]
    pub household: HouseholdNamed,
    /// Which month.
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Month,
    /// A CSV file, or a page to print.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
    /// In which language.
    #[arg(long, value_enum, default_value_t = Language::ZhCn)]
    pub language: Language,
    /// Where to [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `export accounts`.
#[derive(Debug, Args)]
pub struct ExportAccounts {
    /// The first business date.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: BusinessDate,
    /// The last one. At most ten years.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: BusinessDate,
    /// How long a period is.
    #[arg(long, value_enum, default_value_t = Period::Day)]
    pub by: Period,
    /// Where to [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `export journal`.
#[derive(Debug, Args)]
pub struct ExportJournal {
    /// The first posting date.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: BusinessDate,
    /// The last one: over for ten minutes at least. At most ten years.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: BusinessDate,
    /// Where to. A file that is there is replaced once the new one is complete.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// What a statement is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated values in UTF-8.
    Csv,
    /// A page to print.
    Html,
}

/// A language we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// 简体中文.
    #[value(name = "zh-CN")]
    ZhCn,
    /// English.
    En,
}

impl From<Language> for Locale {
    fn from(language: Language) -> Self {
        match language {
            Language::ZhCn => Self::ZhCn,
            Language::En => Self::En,
        }
    }
}

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Period {
    /// One day.
    Day,
    /// One month.
    Month,
}

impl From<Period> for PeriodLength {
    fn from(period: Period) -> Self {
        match period {
            Period::Day => Self::Day,
            Period::Month => Self::Month,
        }
    }
}
