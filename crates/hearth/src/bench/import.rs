//! `bench import`: a whole order history with its lines, through the readers and `App::import_orders`, beside its own
//! rows loaded by plain multi-row `INSERT`.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use app::{App, ImportMode};

use super::{
    BenchArgs, Measured,
    figure::Figure,
    place::{Database, Place},
    replica, sandbox,
    store::{Source, Target},
};
use crate::{
    Failure, earn_rules,
    import::{Import, Input, Rejects, Table, fields::Times, lines::LINES, orders::ORDERS, products::PRODUCTS},
};

/// Rounds unless told otherwise: few, because whole files are long.
const DEFAULT_ROUNDS: usize = 3;

/// Orders of one commit, ours and the floor's.
const ORDERS_PER_COMMIT: usize = App::MAX_ORDERS_PER_IMPORT;

/// What is imported.
pub struct Files {
    orders: PathBuf,
    lines: Option<PathBuf>,
    products: Option<PathBuf>,
}

impl Files {
    /// The command that imports them.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let text = |path: &Path| path.display().to_string();
        let mut arguments = vec!["import".to_owned(), "orders".to_owned(), text(&self.orders)];
        for (option, file) in [("--lines", &self.lines), ("--products", &self.products)] {
            arguments.extend(file.iter().flat_map(|file| [option.to_owned(), text(file)]));
        }
        arguments
    }
}

/// Runs both in turns, each on a fresh database.
///
/// # Errors
/// A [`Failure`] of the files or the engine.
pub async fn measure(args: &BenchArgs, place: &Place) -> Result<Measured, Failure> {
    let files = files(args, place)?;
    let floor = "the same rows by plain multi-row INSERT, as many orders a commit";
    let mut measured = Measured::new("import", place.engine(), "orders/s", floor);
    for round in 0..args.rounds.map_or(DEFAULT_ROUNDS, usize::from) {
        let ours = place.create(&format!("import_{round}")).await?;
        let (orders, elapsed) = import(&ours, &files, place).await?;
        let beside = place.create(&format!("floor_{round}")).await?;
        let floor_elapsed = load_again(&ours, &beside).await?;
        measured.add_round(Figure::per_second(orders, elapsed), Figure::per_second(orders, floor_elapsed));
        place.remove(ours).await?;
        place.remove(beside).await?;
    }
    Ok(measured)
}

/// The operator's files, or the demo's, many times over.
///
/// # Errors
/// A [`Failure`] when they cannot be written.
pub fn files(args: &BenchArgs, place: &Place) -> Result<Files, Failure> {
    if let Some(orders) = &args.orders {
        return Ok(Files { orders: orders.clone(), lines: args.lines.clone(), products: args.products.clone() });
    }
    let written = |name: &str, text: &str| {
        let path = place.folder().join(name);
        std::fs::write(&path, text).map_err(|error| Failure::because(format!("could not write {name}"), error))?;
        Ok::<PathBuf, Failure>(path)
    };
    Ok(Files {
        orders: written("orders.csv", &replica::orders(args.copies))?,
        lines: Some(written("order_lines.csv", &replica::lines(args.copies))?),
        products: Some(written("products.csv", replica::PRODUCTS)?),
    })
}

/// Imports everything and returns how many orders were taken and how long it took, from the first byte of the lines to
/// the last commit. The catalogue is there before, as it is in a shop.
///
/// # Errors
/// A [`Failure`] of the files or the engine.
pub async fn import(database: &Database, files: &Files, place: &Place) -> Result<(u64, Duration), Failure> {
    let (app, _) = sandbox::app(database.open().await?);
    // Every order earns, so that the ledger has its share of the work.
    earn_rules::ensure_default(&app).await?;
    let times = Times { zone: app.settings().zone, now: app.db().clock().now(), shift_days: 0 };
    let rejects = || Rejects::create(&place.folder().join("rejects.csv"));

    if let Some(products) = &files.products {
        let mut catalogue = Import::new(&app, ImportMode::Commit, times, rejects()?);
        catalogue.products(Table::open(Input::open(products)?, &PRODUCTS)?).await?;
        catalogue.finish()?;
    }

    let started = Instant::now();
    let mut import = Import::new(&app, ImportMode::Commit, times, rejects()?);
    let lines =
        files.lines.as_ref().map(|lines| import.lines(Table::open(Input::open(lines)?, &LINES)?)).transpose()?;
    import.orders(Table::open(Input::open(&files.orders)?, &ORDERS)?, lines).await?;
    let elapsed = started.elapsed();

    let summary = import.finish()?;
    let taken = summary.tallies.last().map_or(0, |tally| tally.new);
    app.db().clone().close().await?;
    if taken == 0 {
        return Err(Failure::new(format!("no order of {} could be taken\n{summary}", files.orders.display())));
    }
    Ok((taken, elapsed))
}

/// Loads the rows of `filled` into `empty` and returns how long inserting and committing took.
async fn load_again(filled: &Database, empty: &Database) -> Result<Duration, Failure> {
    let (from, to) = (filled.open().await?, empty.open().await?);
    let mut source = Source::open(&from, ORDERS_PER_COMMIT).await?;
    let target = Target::new(&to);
    let mut elapsed = Duration::ZERO;

    let households = source.read_households().await?;
    let started = Instant::now();
    target.load(households).await?;
    elapsed += started.elapsed();
    for number in 0..source.batches() {
        let batch = source.read_batch(number).await?;
        let started = Instant::now();
        target.load(batch).await?;
        elapsed += started.elapsed();
    }

    source.compare(&target).await?;
    from.close().await?;
    to.close().await?;
    Ok(elapsed)
}
