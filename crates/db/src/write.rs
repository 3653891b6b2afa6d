//! One statement of rows, on its own or with others in one round trip.

use std::fmt::Write as _;

use kernel::Fault;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use crate::{Dialect, Doing, Tx};

/// Most rows of all statements that travel together on SQLite.
const SQLITE_ROWS_TOGETHER: usize = 24;

/// One statement that writes rows of one table, spelled but for its place among others.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) table: String,
    /// `INSERT INTO table (columns) `.
    pub(crate) head: String,
    /// On PostgreSQL the type of each parameter; on SQLite how many rows of how many columns the values are.
    pub(crate) shape: Shape,
    pub(crate) conflict: String,
    pub(crate) values: Vec<Value>,
    pub(crate) doing: &'static str,
}

/// How the values of a statement are laid out.
#[derive(Debug)]
pub(crate) enum Shape {
    Arrays(Vec<&'static str>),
    Rows { columns: usize, rows: usize },
}

impl Write {
    /// The statement, its first parameter being number `first` on PostgreSQL.
    fn sql(&self, first: usize) -> String {
        let Self { head, conflict, .. } = self;
        match &self.shape {
            Shape::Arrays(kinds) => format!("{head}SELECT * FROM unnest({}){conflict}", unnest_list(kinds, first)),
            Shape::Rows { columns, rows } => format!("{head}VALUES {}{conflict}", places(*columns, *rows)),
        }
    }

    fn rows(&self) -> usize {
        match self.shape {
            Shape::Arrays(_) => 0,
            Shape::Rows { rows, .. } => rows,
        }
    }
}

/// Executes statements one by one and returns how many rows the engine took.
pub(crate) async fn execute_all(tx: &mut Tx, writes: Vec<Write>) -> Result<u64, Fault> {
    let mut written = 0;
    for write in writes {
        written += execute(tx, write.sql(1), write.values, write.doing).await?;
    }
    Ok(written)
}

/// Executes statements that waited: on PostgreSQL as parts of one. On SQLite a few small ones travel together, each still on its
/// own to the engine; many rows would make a text of their own each time.
pub(crate) async fn execute_together(tx: &mut Tx, writes: Vec<Write>) -> Result<(), Fault> {
    let is_small = || writes.iter().map(Write::rows).sum::<usize>() <= SQLITE_ROWS_TOGETHER;
    if writes.len() < 2 || (tx.dialect() == Dialect::Sqlite && !is_small()) {
        return execute_all(tx, writes).await.map(drop);
    }
    let mut parts = Vec::with_capacity(writes.len());
    let mut values = Vec::new();
    for write in writes {
        parts.push(write.sql(values.len() + 1));
        values.extend(write.values);
    }
    let sql = match tx.dialect() {
        Dialect::Sqlite => parts.join("; "),
        Dialect::Postgres => {
            let parts = (0..).zip(&parts).map(|(number, part)| format!("part_{number} AS ({part})"));
            format!("WITH {} SELECT 1", parts.collect::<Vec<_>>().join(", "))
        }
    };
    execute(tx, sql, values, "write what was decided").await.map(drop)
}

async fn execute(tx: &mut Tx, sql: String, values: Vec<Value>, doing: &'static str) -> Result<u64, Fault> {
    let backend = match tx.dialect() {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    };
    let statement = Statement::from_sql_and_values(backend, sql, values);
    tx.connection().execute_raw(statement).await.doing(doing).map(|done| done.rows_affected())
}

/// `(?,?),(?,?)`, with as many places as there are columns and rows. SQLite adds up plain question marks faster than it reads
/// numbered ones.
fn places(columns: usize, rows: usize) -> String {
    let row = format!("({}),", vec!["?"; columns].join(","));
    let mut places = row.repeat(rows);
    places.pop();
    places
}

pub(crate) fn unnest_list(kinds: &[&str], first: usize) -> String {
    let mut list = String::new();
    for (number, kind) in (first..).zip(kinds) {
        let comma = if number == first { "" } else { ", " };
        // As text first: that is what the driver is told to send.
        write!(list, "{comma}CAST(CAST(${number} AS text) AS {kind})").expect("a string takes everything");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::{places, unnest_list};

    #[test]
    fn spells_as_many_places_as_there_are_values() {
        assert_eq!(places(3, 2), "(?,?,?),(?,?,?)");
        assert_eq!(
            unnest_list(&["uuid[]", "text[]"], 1),
            "CAST(CAST($1 AS text) AS uuid[]), CAST(CAST($2 AS text) AS text[])"
        );
        assert_eq!(unnest_list(&["uuid[]"], 7), "CAST(CAST($7 AS text) AS uuid[])");
    }
}
