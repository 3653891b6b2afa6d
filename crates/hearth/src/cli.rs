//! The command line.

mod earn_rule;
mod export;
mod points;
mod speech;
mod staff;
mod study;
mod tally;
mod webhook;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use entitlements::PerkCode;
use kernel::Label;
use ledger::SealMark;

use crate::bench::BenchArgs;
pub use earn_rule::{
    AddEarnRule, EarnRule, EarnRuleDays, EarnRuleTerms, ReviseEarnRule, RoundingName, SimulateEarnRule,
};
pub use export::{Export, ExportAccounts, ExportJournal, ExportStatement, Format, Language, Period};
pub use points::{
    AdjustPoints, CancelGrant, Decision, ForgivePoints, Grants, HouseholdNamed, MovePoints, Points, UndoMove,
};
pub use speech::{Offers, Understand};
pub use staff::{CreateStaff, Staff};
pub use study::Study;
pub use tally::Tally;
pub use webhook::{EventKey, Webhook};

/// 家账 Hearth: one asset account per household for a community group-buying operator.
///
/// Points come from real purchases, perks are what they buy. Without a command, `hearth` is `hearth serve`.
#[derive(Debug, Parser)]
#[command(name = "hearth", version, max_term_width = 110, disable_help_subcommand = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do; `serve` when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "Examples:
  hearth                                  a demo neighbourhood on http://127.0.0.1:8080
  HEARTH_LISTEN=0.0.0.0:80 hearth serve   any setting of hearth.toml also works as HEARTH_<NAME>
  hearth import orders orders.csv.gz --lines lines.csv.gz --dry-run
  hearth verify

Settings come from hearth.toml in the working folder and from the environment; the README lists them.
Exit codes: 0 done, 1 nothing done (or a command failed), 2 done in part: see the reject file.";

/// What `hearth` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the APIs and the pages, and do the background work.
    ///
    /// Brings the database up to date first, and fills in the demo neighbourhood at the very first start unless the setting
    /// `demo` is off. Stops on SIGTERM or Ctrl-C: open requests are finished, for at most 10 seconds.
    #[command(after_help = "Examples:
  hearth serve
  HEARTH_DATABASE_URL=postgres://hearth@localhost/hearth HEARTH_DEMO=off hearth serve --no-worker")]
    Serve(Serve),
    /// Do the background work only: mails, reactions, lapses. Beside as many `serve --no-worker` as you like.
    #[command(after_help = "Example:
  HEARTH_DATABASE_URL=postgres://hearth@localhost/hearth hearth work")]
    Work,
    /// Bring the database up to date and stop. `serve` and `work` do this themselves at the start.
    #[command(after_help = "Example:
  hearth migrate")]
    Migrate,
    /// Take a history of orders, people or products from CSV files.
    ///
    /// Running an import again, also after it was killed, changes nothing twice.
    #[command(
        subcommand,
        after_help = "Examples:
  hearth import households people.csv
  hearth import products products.csv
  hearth import orders orders.csv.gz --lines lines.csv.gz"
    )]
    Import(Import),
    /// Fill the demo neighbourhood into the configured database: 48 households, their purchases, perks.
    ///
    /// Its purchases end yesterday. What was filled before stays as it is.
    #[command(after_help = "Example:
  HEARTH_DATA_DIR=/tmp/hearth hearth demo")]
    Demo,
    /// Recompute everything from transfers alone; exit code 1 on any difference. Changes nothing and keeps nobody waiting.
    ///
    /// Names every row that differs, and at last the newest seal: its number and the hash of every posting it covers. Keep that line
    /// where nobody who can change the books can change it; with it, --seal finds whatever was changed before that seal.
    #[command(after_help = "Examples:
  hearth verify && echo 'the books are right'
  hearth verify --seal 12:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    Verify(Verify),
    /// Define what points buy.
    #[command(
        subcommand,
        after_help = "Examples:
  hearth perk list
  hearth perk restock priority-delivery --add 20"
    )]
    Perk(Perk),
    /// Say what can be ordered now, by voice.
    #[command(
        subcommand,
        after_help = "Example:
  hearth offers replace today.csv"
    )]
    Offers(Offers),
    /// Say what purchases earn.
    #[command(
        subcommand,
        after_help = "Examples:
  hearth earn-rule list
  hearth earn-rule revise --points-per-yuan 1 --multiplier 生鲜水果=2
  hearth earn-rule simulate --points-per-yuan 1.2 --from 2026-01-01 --until 2026-06-30"
    )]
    EarnRule(EarnRule),
    /// Give, take, waive or move a household's points by decision. Each act is a posting or two, with its reason on record.
    #[command(
        subcommand,
        after_help = "Examples:
  hearth points adjust F1 --give 100 --reason 配送延误补偿
  hearth points forgive F1 --points 30 --reason 退款误会"
    )]
    Points(Points),
    /// Take back what was redeemed.
    #[command(
        subcommand,
        after_help = "Example:
  hearth grants cancel F1 gr_0193c1a27e5b7cc29f6a0d4c5e8f1a2b --reason 当天无法配送"
    )]
    Grants(Grants),
    /// Keep the operator's staff: who signs in to the back office, and with which roles.
    #[command(
        subcommand,
        after_help = "Examples:
  hearth staff create --name li.na --role admin
  hearth staff list"
    )]
    Staff(Staff),
    /// Tell systems outside what happens: signed messages, tried for days. crates/gateway/WEBHOOKS.md is their document.
    #[command(
        subcommand,
        after_help = "Examples:
  hearth webhook add https://shop.example/hearth
  hearth webhook deliveries"
    )]
    Webhook(Webhook),
    /// Issue and revoke the keys the order system signs POST /v1/events with, beside those of the setting events_secret.
    #[command(
        subcommand,
        after_help = "Examples:
  hearth event-key issue
  hearth event-key revoke ek_0193c1a27e5b7cc29f6a0d4c5e8f1a2b"
    )]
    EventKey(EventKey),
    /// Write statements, accounts and the journal for the books outside. Changes nothing.
    #[command(
        subcommand,
        after_help = "Examples:
  hearth export statement --household F1 --month 2026-03 --format html --out march.html
  hearth export accounts --from 2026-01-01 --until 2026-03-31 --by month
  hearth export journal --from 2026-03-01 --until 2026-03-31 --out journal.csv"
    )]
    Export(Export),
    /// Ask the neighbours: draft a study, open it, announce what it came to.
    ///
    /// docs/TALLY.md describes the methods, and what is published.
    #[command(
        subcommand,
        after_help = "Examples:
  hearth study draft study.json
  hearth study open sy_0193c1a27e5b7cc29f6a0d4c5e8f1a2b"
    )]
    Study(Study),
    /// Count ballots or price answers in a file, and check what was published of a vote. Needs no database.
    ///
    /// docs/TALLY.md describes the files and the methods.
    #[command(
        subcommand,
        after_help = "Examples:
  hearth tally count ballots.json
  hearth tally verify published.json --receipt 0123456789abcdef0123"
    )]
    Tally(Tally),
    /// Seal health tags anew with the first of the health keys, batch by batch, and say how many remain.
    ///
    /// Put a new key before the old ones in the setting `health_keys`, restart every process, run this, and take the old keys away
    /// once nothing remains. The background work does the same by itself.
    #[command(after_help = "Example:
  HEARTH_HEALTH_KEYS=2026b:…,2026a:… hearth rotate-health-keys")]
    RotateHealthKeys,
    /// Delete what has had its time: old sign-in challenges, sessions, links, idempotency keys, receipts and settled events.
    ///
    /// The background work does the same once a day. docs/PRIVACY.md says how long each is kept. The ledger, orders, grants,
    /// consents and the audit log are never pruned.
    #[command(after_help = "Examples:
  hearth prune --dry-run
  hearth prune")]
    Prune(Prune),
    /// Show what a spoken order is understood as: its lines, what is asked back, and how it is read back. Opens no database.
    ///
    /// FILE of --catalogue is CSV with the columns product_id, name, unit, price; also pack (箱=24;30个), aliases and warns (health
    /// tags), each with semicolons between. Prints one JSON object a transcript.
    #[command(after_help = "Examples:
  hearth understand --catalogue products.csv --text '两斤橘子,一板鸡蛋'
  hearth understand --catalogue products.csv --file transcripts.txt")]
    Understand(Understand),
    /// Measure Hearth on this machine, each figure beside a floor that does less.
    ///
    /// Works on databases of its own in the temporary folder, and on a PostgreSQL server when one is named. docs/BENCHMARKS.md
    /// says what stands beside what. Use a release build, and leave the machine alone meanwhile.
    #[command(after_help = "Examples:
  hearth bench all
  hearth bench balance --engine sqlite --json
  hearth bench import --orders orders.csv.gz --lines lines.csv.gz --products products.csv.gz")]
    Bench(BenchArgs),
}

/// Options of `serve`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Serve {
    /// Leave the background work to `hearth work`.
    #[arg(long)]
    pub no_worker: bool,
}

/// Options of `prune`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Prune {
    /// Only say what would go.
    #[arg(long)]
    pub dry_run: bool,
}

/// Options of `verify`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Verify {
    /// A seal that an earlier run named: the books must still have it.
    #[arg(long, value_name = "NO:HASH")]
    pub seal: Option<SealMark>,
}

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Take an order history: its orders, and from other files their lines and products.
    ///
    /// FILE is CSV in UTF-8, gzipped or not, with a header line. Columns: household, order_id, ordered_at, amount, items; also
    /// channel, community, person, picked_up_at, cash, points_tendered. Times without a zone are of the setting time_zone.
    /// A household not heard of before is founded without a name. A bad row goes to the reject file, the rest goes on.
    #[command(after_help = "Examples:
  hearth import orders orders.csv --dry-run
  hearth import orders cj_orders.csv.gz --lines cj_order_lines.csv.gz --products cj_products.csv.gz

Columns of --lines: order_id, product_id, quantity, amount (or sales_value); also category.
Lines must sum to their order; a bad line rejects its whole order. Up to 5,000,000 lines a run.
Exit codes: 0 all taken, 2 some rejected, 1 nothing done.")]
    Orders(ImportOrders),
    /// Take people: one row is one person in a household.
    ///
    /// Columns: household, person, person_name, role (owner, adult, senior, child); also household_name, community, born_on,
    /// email, leads (the community the person leads as 团长), relative_of (another person) with relation (daughter, son,
    /// daughter_in_law, son_in_law, grandchild, other).
    #[command(after_help = "Example:
  hearth import households people.csv --dry-run")]
    Households(ImportFile),
    /// Take a catalogue: one row is one product.
    ///
    /// Columns: product_id, category (or department); also name, unit (or package_size).
    #[command(after_help = "Example:
  hearth import products products.csv")]
    Products(ImportFile),
}

/// Options of `import orders`.
#[derive(Debug, Args)]
pub struct ImportOrders {
    /// The file and how to take it.
    #[command(flatten)]
    pub orders: ImportFile,
    /// A file of order lines, in any order.
    #[arg(long, value_name = "FILE")]
    pub lines: Option<PathBuf>,
    /// A file of products, taken first: their categories count for lines that name none.
    #[arg(long, value_name = "FILE")]
    pub products: Option<PathBuf>,
}

/// A file and how to take it.
#[derive(Debug, Args)]
pub struct ImportFile {
    /// CSV, gzipped or not.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Say what would happen and write nothing but the reject file.
    #[arg(long)]
    pub dry_run: bool,
    /// Where bad rows go, with line, column and reason [default: FILE.rejects.csv].
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
}

/// What can be done with perks.
#[derive(Debug, Subcommand)]
pub enum Perk {
    /// Put a perk on the shelf, or change one that is there. Grants already given keep their terms.
    #[command(after_help = "Example:
  hearth perk define priority-delivery --name-zh 优先配送 --name-en 'Priority delivery' \\
      --terms-zh 下一次配送排在最前 --terms-en 'Your next delivery comes first' \\
      --price 200 --limit 2 --valid-days 30 --stock 50")]
    Define(DefinePerk),
    /// Show all perks with their price and stock.
    #[command(after_help = "Example:
  hearth perk list")]
    List,
    /// Put more of a perk on the shelf.
    #[command(after_help = "Example:
  hearth perk restock priority-delivery --add 20")]
    Restock {
        /// The perk's short name.
        code: PerkCode,
        /// How many more.
        #[arg(long, value_name = "COUNT")]
        add: u32,
    },
}

/// Options of `perk define`.
#[derive(Debug, Args)]
pub struct DefinePerk {
    /// Its short name: lower-case letters, digits, hyphens. A known one changes that perk.
    pub code: PerkCode,
    /// What it is called, in Chinese.
    #[arg(long)]
    pub name_zh: Label,
    /// What it is called, in English.
    #[arg(long)]
    pub name_en: Label,
    /// What it gives and how it is used, in Chinese.
    #[arg(long)]
    pub terms_zh: Label,
    /// What it gives and how it is used, in English.
    #[arg(long)]
    pub terms_en: Label,
    /// What one costs, in points.
    #[arg(long, value_name = "POINTS")]
    pub price: u32,
    /// How many one household may ever have.
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub limit: u32,
    /// How many days a grant stands after the day it was given.
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    pub valid_days: u32,
    /// How many there are in all, those already granted included.
    #[arg(long, value_name = "COUNT")]
    pub stock: u32,
    /// Take it off the shelf: nobody can redeem it until it is defined again without this.
    #[arg(long)]
    pub closed: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn every_command_explains_itself_with_an_example() {
        fn check(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{} has no example", command.get_name());
            assert!(command.get_about().is_some(), "{} has no explanation", command.get_name());
            command.get_subcommands().for_each(check);
        }
        Cli::command().debug_assert();
        check(&Cli::command());
    }
}
