use std::time::Instant;

use app::ImportMode;

use super::{
    Rejects, Table,
    columns::{Layout, reason_of},
    fields::BadField,
    progress::Progress,
    records::{Next, Row, Unreadable},
    tally::{Summary, Tally},
};
use crate::Failure;

/// How much of a row is kept while its batch is decided, for the reject file.
const KEPT_BYTES: usize = 804;

/// The part of an import that is the same for every kind of file: rejects, counts, progress.
pub(super) struct Session {
    rejects: Rejects,
    is_silent: bool,
    started: Instant,
    tallies: Vec<Tally>,
    ignored: Vec<(String, Vec<String>)>,
}

/// A file under way.
pub(super) struct Reading {
    pub(super) table: Table,
    pub(super) tally: Tally,
    progress: Progress,
    must_be_whole: bool,
}

/// Where a row came from, while its batch is decided.
pub(super) struct Origin {
    line: u64,
    raw: Vec<u8>,
}

impl Origin {
    pub(super) fn of(row: &Row<'_>) -> Self {
        Self { line: row.line, raw: row.raw[..row.raw.len().min(KEPT_BYTES)].to_vec() }
    }
}

impl Session {
    pub(super) fn new(rejects: Rejects, is_silent: bool) -> Self {
        Self { rejects, is_silent, started: Instant::now(), tallies: Vec::new(), ignored: Vec::new() }
    }

    /// Begins a file: an unknown column is a reject of the header line, and the rest goes on.
    pub(super) fn begin(&mut self, table: Table) -> Result<Reading, Failure> {
        let schema = table.schema;
        let mut tally = Tally::of(schema.noun);
        let reason = format!("is not a column of {}: its values are not read", schema.noun);
        for column in &table.layout.unknown {
            self.rejects.add(&table.name, table.header_line, column, &reason, table.layout.header().as_bytes())?;
            tally.unknown_columns += 1;
        }
        if !table.layout.ignored.is_empty() {
            self.ignored.push((table.name.clone(), table.layout.ignored.clone()));
        }
        let progress = if self.is_silent { Progress::silent } else { Progress::new };
        let progress = progress(schema.noun, table.position.clone());
        Ok(Reading { table, tally, progress, must_be_whole: false })
    }

    /// Begins a file that other rows depend on: if its end cannot be read, reading it fails, and the import with it.
    pub(super) fn begin_whole(&mut self, table: Table) -> Result<Reading, Failure> {
        Ok(Reading { must_be_whole: true, ..self.begin(table)? })
    }

    /// The next row that `parse` takes; the others are rejected on the way. `None` at the end of the file.
    pub(super) fn next_row<T>(
        &mut self,
        reading: &mut Reading,
        parse: &mut impl FnMut(&Row<'_>, &Layout) -> Result<T, BadField>,
    ) -> Result<Option<T>, Failure> {
        loop {
            let (next, layout, name) = reading.table.read_next();
            match next {
                Next::End => return Ok(None),
                Next::Row(row) => {
                    reading.tally.rows += 1;
                    match parse(&row, layout) {
                        Ok(taken) => return Ok(Some(taken)),
                        Err(bad) => self.rejects.add(name, row.line, &bad.column, &bad.reason, row.raw)?,
                    }
                }
                Next::Unreadable { line, why: why @ Unreadable::Broken(_), .. } if reading.must_be_whole => {
                    return Err(Failure::new(format!("{name}: line {line} {why}; nothing was done")));
                }
                Next::Unreadable { line, why, raw } => {
                    reading.tally.rows += 1;
                    self.rejects.add(name, line, "", &reason_of(&why), raw)?;
                }
            }
            reading.tally.rejected += 1;
        }
    }

    /// Up to `most` rows that `parse` takes; none at the end of the file.
    pub(super) fn read_batch<T>(
        &mut self,
        reading: &mut Reading,
        most: usize,
        mut parse: impl FnMut(&Row<'_>, &Layout) -> Result<T, BadField>,
    ) -> Result<(Vec<T>, Vec<Origin>), Failure> {
        let (mut rows, mut origins) = (Vec::new(), Vec::new());
        let mut parse = |row: &Row<'_>, layout: &Layout| parse(row, layout).map(|taken| (taken, Origin::of(row)));
        while rows.len() < most {
            let Some((row, origin)) = self.next_row(reading, &mut parse)? else { break };
            rows.push(row);
            origins.push(origin);
        }
        Ok((rows, origins))
    }

    /// Notes that a row was read well and then refused by the rules.
    pub(super) fn refuse(
        &mut self,
        reading: &mut Reading,
        origin: &Origin,
        column: Option<usize>,
        reason: impl std::fmt::Display,
    ) -> Result<(), Failure> {
        let table = &reading.table;
        let column = column.map(|column| table.layout.name_of(table.schema, column)).unwrap_or_default();
        reading.tally.rejected += 1;
        self.rejects.add(&table.name, origin.line, &column, &reason.to_string(), &origin.raw)
    }

    /// Notes a reject of a file that is no longer open.
    pub(super) fn reject_later(&mut self, noun: &str, bad: &Late<'_>) -> Result<(), Failure> {
        if let Some(tally) = self.tallies.iter_mut().find(|tally| tally.noun == noun) {
            tally.rejected += 1;
        }
        self.rejects.add(bad.file, bad.line, bad.column, &bad.reason, bad.row.as_bytes())
    }

    /// Shows progress, and makes rejects readable.
    pub(super) fn settle(&mut self, reading: &mut Reading, rows: usize) -> Result<(), Failure> {
        reading.progress.advance(u64::try_from(rows).unwrap_or_default());
        self.rejects.flush()
    }

    /// Ends a file.
    pub(super) fn end(&mut self, reading: Reading) -> Table {
        reading.progress.finish();
        self.tallies.push(reading.tally);
        reading.table
    }

    /// Ends the import.
    pub(super) fn finish(self, mode: ImportMode, earns_nothing: bool) -> Result<Summary, Failure> {
        let (tallies, ignored, elapsed) = (self.tallies, self.ignored, self.started.elapsed());
        Ok(Summary { mode, tallies, ignored, elapsed, rejects: self.rejects.finish()?, earns_nothing })
    }
}

/// A reject found only when all files were read.
pub(super) struct Late<'a> {
    pub(super) file: &'a str,
    pub(super) line: u64,
    pub(super) column: &'a str,
    pub(super) reason: String,
    pub(super) row: String,
}
