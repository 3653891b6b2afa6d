//! Handing what was read to the use-cases, batch by batch.

use std::time::Instant;

use accounts::{ImportHouseholdRefusal, Imported};
use app::{
    App, ImportMode,
    orders::{ImportedProduct, RecordOrderRefusal, Recorded},
};
use kernel::Points;
use orders::InvalidOrder;

use super::{
    Rejects, Table,
    columns::reason_of,
    fields::{BadField, Fields, Times},
    households, lines,
    lines::{Claimed, LinesByOrder},
    orders as order_rows, products,
    progress::Progress,
    records::Next,
    tally::{Summary, Tally},
};
use crate::Failure;

/// Rows of one transaction: what a crash can undo, and how long others wait.
const ROWS_PER_BATCH: usize = App::MAX_ORDERS_PER_IMPORT;

/// How many people are looked at together, so that relatives may stand before their seniors in the file.
const PEOPLE_PER_LOOK: usize = 100_000;

/// How much of a row is kept while its batch is decided, for the reject file.
const KEPT_BYTES: usize = 804;

/// One import under way.
pub struct Import<'a> {
    app: &'a App,
    mode: ImportMode,
    times: Times,
    rejects: Rejects,
    is_silent: bool,
    started: Instant,
    tallies: Vec<Tally>,
    ignored: Vec<(String, Vec<String>)>,
}

/// Where a row came from, while its batch is decided.
struct Origin {
    line: u64,
    raw: Vec<u8>,
}

/// Lines held for the orders to come, and the file they are from.
pub struct HeldLines {
    file: String,
    lines: LinesByOrder,
}

impl<'a> Import<'a> {
    /// Starts the clock.
    #[must_use]
    pub fn new(app: &'a App, mode: ImportMode, times: Times, rejects: Rejects) -> Self {
        let (tallies, ignored) = (Vec::new(), Vec::new());
        Self { app, mode, times, rejects, is_silent: false, started: Instant::now(), tallies, ignored }
    }

    /// Shows no progress.
    #[must_use]
    pub fn silent(self) -> Self {
        Self { is_silent: true, ..self }
    }

    /// Takes a file of products.
    ///
    /// # Errors
    /// A [`Failure`] of the database or the reject file; what was taken before stays.
    pub async fn products(&mut self, mut table: Table) -> Result<(), Failure> {
        let (mut tally, mut progress) = self.begin(&table)?;
        loop {
            let (rows, origins) = self.read_batch(&mut table, ROWS_PER_BATCH, &mut tally, products::read_product)?;
            if rows.is_empty() {
                break;
            }
            let answers = self.app.import_products(&rows, self.mode).await?;
            for (answer, origin) in answers.into_iter().zip(&origins) {
                match answer {
                    Ok(ImportedProduct::New) => tally.new += 1,
                    Ok(ImportedProduct::Duplicate) => tally.known += 1,
                    Err(refusal) => self.reject(&table, &mut tally, origin, "product_id", &refusal.to_string())?,
                }
            }
            self.settle(&mut progress, origins.len())?;
        }
        self.end(&table, tally, progress);
        Ok(())
    }

    /// Takes a file of people.
    ///
    /// # Errors
    /// As [`Import::products`].
    pub async fn households(&mut self, mut table: Table) -> Result<(), Failure> {
        let (mut tally, mut progress) = self.begin(&table)?;
        loop {
            let (rows, origins) = self.read_batch(&mut table, PEOPLE_PER_LOOK, &mut tally, households::read_household)?;
            if rows.is_empty() {
                break;
            }
            let mut people: Vec<_> = rows.into_iter().zip(origins).collect();
            households::sort_seniors_first(&mut people, |(row, _)| row);
            for batch in people.chunks(ROWS_PER_BATCH) {
                let rows = batch.iter().map(|(row, _)| row.clone()).collect();
                let answers = self.app.import_households(rows, self.mode).await?;
                for (answer, (_, origin)) in answers.into_iter().zip(batch) {
                    match answer {
                        Ok(Imported::New) => tally.new += 1,
                        Ok(Imported::Duplicate) => tally.known += 1,
                        Err(refusal) => self.reject_person(&table, &mut tally, origin, &refusal)?,
                    }
                }
                self.settle(&mut progress, batch.len())?;
            }
        }
        self.end(&table, tally, progress);
        Ok(())
    }

    /// Reads a file of lines into memory. Nothing is handed on yet.
    ///
    /// # Errors
    /// A [`Failure`] of the reject file, or when there are more lines than can be held.
    pub fn lines(&mut self, mut table: Table) -> Result<HeldLines, Failure> {
        let (mut tally, mut progress) = self.begin(&table)?;
        let mut held = LinesByOrder::default();
        let mut spoilt = Vec::new();
        loop {
            let read = |fields: &Fields<'_>| {
                lines::read_line(fields).inspect_err(|_| spoilt.extend(lines::order_id_of(fields)))
            };
            let at = tally.rows;
            let Some((row, origin)) = self.read_one(&mut table, &mut tally, read)? else { break };
            drop(at);
            held.hold(origin.line, row).map_err(|error| Failure::new(format!("{} {error}; nothing was done", table.name)))?;
            self.settle(&mut progress, 1)?;
        }
        self.end(&table, tally, progress);
        Ok(HeldLines { file: table.name, lines: held })
    }
}
