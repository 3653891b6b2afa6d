//! Reading much that belongs together, whatever it holds: for `hearth verify`.

use std::{fmt, str::FromStr};

use kernel::{BusinessDate, Fault};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement, TryGetable, Value};
use uuid::Uuid;

use crate::{Dialect, Doing};

/// One state of the database, seen by every statement until it is dropped. Takes no lock and writes nothing.
///
/// While it is open PostgreSQL keeps old row versions and SQLite cannot fold its log: open it for a minute, not for a day.
#[derive(Debug)]
pub struct Snapshot {
    inner: DatabaseTransaction,
    dialect: Dialect,
}

/// Households by id, both ends included. Ranges that follow each other leave nothing out, also rows of no household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HouseholdRange {
    /// The first.
    pub from: Uuid,
    /// The last.
    pub until: Uuid,
}

/// What is read of a table, and in which order.
#[derive(Debug)]
pub struct TableRead {
    /// The table.
    pub table: &'static str,
    /// Its columns, in the order in which [`StoredRow`] gives them.
    pub columns: &'static [&'static str],
    /// Those of them that are days: read as texts, because an engine may hold days that no calendar has.
    pub days: &'static [&'static str],
    /// Which rows, and in which order: what follows the table's name.
    pub which: &'static str,
}

/// A row as it is stored, whether or not it makes sense.
#[derive(Debug)]
pub struct StoredRow {
    row: QueryResult,
    columns: &'static [&'static str],
}

/// A column whose value is not of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    column: &'static str,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its {} cannot be read", self.column)
    }
}

impl Snapshot {
    pub(crate) fn new(inner: DatabaseTransaction, dialect: Dialect) -> Self {
        Self { inner, dialect }
    }

    /// The rows of a table in a range of households: `$1` and `$2` of [`TableRead::which`].
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_range(&mut self, read: &TableRead, range: HouseholdRange) -> Result<Vec<StoredRow>, Fault> {
        self.list(read, vec![range.from.into(), range.until.into()]).await
    }

    /// The rows of a table, with the values of [`TableRead::which`].
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list(&mut self, read: &TableRead, values: Vec<Value>) -> Result<Vec<StoredRow>, Fault> {
        let column = |name: &&'static str| {
            if read.days.contains(name) { format!("CAST({name} AS TEXT)") } else { (*name).to_owned() }
        };
        let columns: Vec<String> = read.columns.iter().map(column).collect();
        let sql = format!("SELECT {} FROM {} {}", columns.join(", "), read.table, read.which);
        let backend = match self.dialect {
            Dialect::Sqlite => DbBackend::Sqlite,
            Dialect::Postgres => DbBackend::Postgres,
        };
        let rows = self.inner.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await;
        let rows = rows.doing("read rows to verify")?.into_iter();
        Ok(rows.map(|row| StoredRow { row, columns: read.columns }).collect())
    }
}

impl StoredRow {
    /// A column by its place.
    ///
    /// # Errors
    /// [`Unreadable`] when its value is not of the type.
    pub fn get<T: TryGetable>(&self, place: usize) -> Result<T, Unreadable> {
        self.row.try_get_by_index(place).map_err(|_| Unreadable { column: self.columns[place] })
    }

    /// A day by its place.
    ///
    /// # Errors
    /// [`Unreadable`] when it is no day of the calendar.
    pub fn day(&self, place: usize) -> Result<BusinessDate, Unreadable> {
        let text: String = self.get(place)?;
        BusinessDate::from_str(&text).map_err(|_| Unreadable { column: self.columns[place] })
    }

    /// A day, or none where the column is empty.
    ///
    /// # Errors
    /// [`Unreadable`] when it is no day of the calendar.
    pub fn day_if_any(&self, place: usize) -> Result<Option<BusinessDate>, Unreadable> {
        let text: Option<String> = self.get(place)?;
        let day = text.map(|text| BusinessDate::from_str(&text)).transpose();
        day.map_err(|_| Unreadable { column: self.columns[place] })
    }

    /// An id as text, also one that is none: then its bytes.
    #[must_use]
    pub fn id_text(&self, place: usize) -> String {
        let bytes = || self.get::<Vec<u8>>(place).map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        let id = self.get::<Uuid>(place).map(|id| id.simple().to_string());
        id.or_else(|_| bytes()).unwrap_or_else(|_| "of no id".to_owned())
    }
}
