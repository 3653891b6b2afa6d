//! Finding the columns a file has among those we know.

use super::records::{Next, Records, Row, Shape};
use super::{Input, Unreadable};
use crate::Failure;

/// What one kind of file may hold.
#[derive(Debug)]
pub struct Schema {
    /// What one row is, in the plural: for messages.
    pub noun: &'static str,
    /// The columns read, by the position other code knows them by.
    pub columns: &'static [Column],
    /// Columns known from other systems that are not read.
    pub ignored: &'static [&'static str],
}

/// One column that is read.
#[derive(Debug)]
pub struct Column {
    /// What headers may call it; the first is ours.
    pub names: &'static [&'static str],
    /// Whether a file without it is refused whole.
    pub is_required: bool,
}

/// A column no file can do without.
pub const fn required(names: &'static [&'static str]) -> Column {
    Column { names, is_required: true }
}

/// A column that may be missing.
pub const fn optional(names: &'static [&'static str]) -> Column {
    Column { names, is_required: false }
}

/// Where a file has its columns.
#[derive(Debug, Clone)]
pub struct Layout {
    header: Vec<String>,
    positions: Vec<Option<usize>>,
    /// Columns that are known and not read.
    pub ignored: Vec<String>,
    /// Columns nobody knows; their values are not read.
    pub unknown: Vec<String>,
}

impl Layout {
    /// Where in a row the schema's column stands, if the file has it.
    #[must_use]
    pub fn position(&self, column: usize) -> Option<usize> {
        self.positions[column]
    }

    /// The header as one line.
    #[must_use]
    pub fn header(&self) -> String {
        self.header.join(",")
    }

    /// What the file calls the field at a position.
    #[must_use]
    pub fn name_at(&self, position: usize) -> &str {
        &self.header[position]
    }

    /// What the file calls the schema's column; our own name where it has none.
    #[must_use]
    pub fn name_of(&self, schema: &Schema, column: usize) -> String {
        self.positions[column].map_or_else(|| schema.columns[column].names[0].to_owned(), |at| self.header[at].clone())
    }
}

/// A file whose header fits a schema, standing at its first row.
pub struct Table {
    /// The file's name.
    pub name: String,
    /// What it may hold.
    pub schema: &'static Schema,
    /// Where it has its columns.
    pub layout: Layout,
    /// How far reading has come.
    pub position: super::Position,
    /// Where the header stands, from 1.
    pub header_line: u64,
    records: Records<Input>,
}

impl Table {
    /// Reads the header.
    ///
    /// # Errors
    /// A [`Failure`] when the file has none, or lacks a required column, or has a column twice.
    pub fn open(input: Input, schema: &'static Schema) -> Result<Self, Failure> {
        let (name, position) = (input.name().to_owned(), input.position());
        let mut records = Records::new(input);
        let (header, header_line) = match records.read_next() {
            Next::Row(row) => (header_of(&row), row.line),
            Next::Unreadable { why, .. } => {
                return Err(Failure::new(format!("{name}: the header line {why}; nothing was done")));
            }
            Next::End => {
                return Err(Failure::new(format!("{name} is empty: it needs a header line; nothing was done")));
            }
        };
        let layout = lay_out(header, schema).map_err(|why| Failure::new(format!("{name}: {why}; nothing was done")))?;
        let one_line = layout.positions.iter().copied().flatten().collect();
        records.expect(Shape { width: layout.header.len(), one_line });
        Ok(Self { name, schema, layout, position, header_line, records })
    }

    /// The next row, the next unreadable stretch, or the end; with where the columns are and what the file is called.
    pub fn read_next(&mut self) -> (Next<'_>, &Layout, &str) {
        (self.records.read_next(), &self.layout, &self.name)
    }
}

fn header_of(row: &Row<'_>) -> Vec<String> {
    (0..row.width()).map(|index| String::from_utf8_lossy(row.field(index)).trim().to_owned()).collect()
}

fn lay_out(header: Vec<String>, schema: &'static Schema) -> Result<Layout, String> {
    let mut layout = Layout { header, positions: vec![None; schema.columns.len()], ignored: vec![], unknown: vec![] };
    for (at, title) in layout.header.iter().enumerate() {
        let is_named = |name: &&str| name.eq_ignore_ascii_case(title);
        match schema.columns.iter().position(|column| column.names.iter().any(is_named)) {
            Some(column) => {
                if layout.positions[column].replace(at).is_some() {
                    return Err(format!("the header has column {} twice", schema.columns[column].names.join(" or ")));
                }
            }
            None if schema.ignored.iter().any(is_named) => layout.ignored.push(title.clone()),
            None => layout.unknown.push(if title.is_empty() { format!("(column {})", at + 1) } else { title.clone() }),
        }
    }
    let is_missing =
        |(column, at): (&'static Column, &Option<usize>)| (column.is_required && at.is_none()).then_some(column);
    let missing: Vec<String> = schema
        .columns
        .iter()
        .zip(&layout.positions)
        .filter_map(is_missing)
        .map(|column| column.names.join(" or "))
        .collect();
    if missing.is_empty() { Ok(layout) } else { Err(missing_columns(&missing, &layout.header)) }
}

fn missing_columns(missing: &[String], header: &[String]) -> String {
    // Spreadsheets save "Unicode text" as UTF-16, whose every other byte is zero.
    let is_utf_16 = header.iter().any(|title| title.contains('\0'));
    let hint = if is_utf_16 { " (it looks like UTF-16; save it as CSV UTF-8)" } else { "" };
    format!("the header has no column {}{hint}", missing.join(", and none "))
}

/// The reason a reject file gives for an unreadable stretch.
#[must_use]
pub fn reason_of(why: &Unreadable) -> String {
    format!("the line {why}")
}
