//! The floor of an import: the rows it wrote, loaded again by plain multi-row `INSERT`.
//!
//! The floor reads no file, looks nothing up, decides nothing, and writes a wallet and a lot once instead of updating
//! them: that is the point of a floor. Reading the rows to copy is no part of it; it happens between commits, untimed.

use std::collections::HashSet;

use db::{Db, Dialect, Doing, Tx};
use kernel::{Actor, Fault};
use sea_orm::{ConnectionTrait, Statement, Value, prelude::Uuid};

use super::{
    databases::{backend, execute},
    rows::{HOUSEHOLD_REFS, HOUSEHOLDS, LOTS, ORDER_REFS, ORDERS, POSTINGS, TRANSFERS, Table, WALLETS},
};

/// Rows of one full statement. The same text each time, so that the engine prepares it once.
const ROWS_PER_STATEMENT: usize = 500;

/// Every table copied, and the column by which its rows fall into the batches of the import, if they do.
static TABLES: [(&Table, Option<&str>); 8] = [
    (&HOUSEHOLDS, None),
    (&HOUSEHOLD_REFS, None),
    (&WALLETS, None),
    (&ORDERS, Some("id")),
    (&ORDER_REFS, Some("order_id")),
    (&LOTS, None),
    (&POSTINGS, Some("id")),
    (&TRANSFERS, Some("posting_id")),
];

/// What goes into one commit, table by table in the order foreign keys want.
#[derive(Debug, Default)]
pub struct Batch(Vec<(&'static Table, Vec<Vec<Value>>)>);

/// A database an import filled.
#[derive(Debug)]
pub struct Source<'a> {
    db: &'a Db,
    /// The first order of each batch. Ids sort by time, and so do those of the postings.
    firsts: Vec<Uuid>,
    /// Household and lot: a lot's id says its terms, which other households have too.
    copied_lots: HashSet<(Uuid, Uuid)>,
}

impl<'a> Source<'a> {
    /// Looks through an imported database, and adds indexes by time that Hearth itself has no use for.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn open(db: &'a Db, orders_per_batch: usize) -> Result<Self, Fault> {
        for (table, by) in TABLES.iter().filter_map(|(table, by)| by.map(|by| (table.name, by))) {
            execute(db, &format!("CREATE INDEX bench_{table} ON {table} ({by})"), "index rows to copy").await?;
        }
        execute(db, "ANALYZE", "look at the rows to copy").await?;
        let select = Statement::from_string(backend(db), "SELECT id FROM orders ORDER BY id");
        let rows = db.raw().query_all_raw(select).await.doing("list orders to copy")?;
        let firsts = rows.iter().step_by(orders_per_batch.max(1)).map(|row| row.try_get_by_index(0));
        let firsts = firsts.collect::<Result<_, _>>().doing("list orders to copy")?;
        Ok(Self { db, firsts, copied_lots: HashSet::new() })
    }

    /// How many batches of orders there are.
    #[must_use]
    pub fn batches(&self) -> usize {
        self.firsts.len()
    }

    /// Households and their wallets, as they stood at the end.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn read_households(&self) -> Result<Batch, Fault> {
        let mut batch = Batch::default();
        for table in [&HOUSEHOLDS, &HOUSEHOLD_REFS, &WALLETS] {
            let rows = self.read(table, "", Vec::new()).await?;
            batch.0.push((table, rows));
        }
        Ok(batch)
    }

    /// The orders of one batch with everything that came of them. A lot comes with the first transfer into it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn read_batch(&mut self, number: usize) -> Result<Batch, Fault> {
        let first = self.firsts[number];
        let end = self.firsts.get(number + 1).copied().unwrap_or(Uuid::max());
        let (from, to) = match self.db.dialect() {
            Dialect::Sqlite => ("?", "?"),
            Dialect::Postgres => ("$1", "$2"),
        };
        let mut batch = Batch::default();
        for (table, by) in &TABLES {
            let filter = match by {
                Some(by) => format!("WHERE {by} >= {from} AND {by} < {to}"),
                None if table.name == LOTS.name => format!(
                    "WHERE (household_id, id) IN (SELECT household_id, to_lot_id FROM transfers \
                     WHERE posting_id >= {from} AND posting_id < {to})"
                ),
                None => continue,
            };
            let mut rows = self.read(table, &filter, vec![first.into(), end.into()]).await?;
            if table.name == LOTS.name {
                rows.retain(|row| match (&row[0], &row[1]) {
                    (Value::Uuid(Some(household)), Value::Uuid(Some(lot))) => {
                        self.copied_lots.insert((*household, *lot))
                    }
                    _ => true,
                });
            }
            batch.0.push((table, rows));
        }
        Ok(batch)
    }

    async fn read(&self, table: &Table, filter: &str, bounds: Vec<Value>) -> Result<Vec<Vec<Value>>, Fault> {
        let sql = format!("SELECT {} FROM {} {filter}", table.column_list(), table.name);
        let select = Statement::from_sql_and_values(backend(self.db), sql, bounds);
        let rows = self.db.raw().query_all_raw(select).await.doing("read rows to copy")?;
        rows.iter().map(|row| table.read(row)).collect()
    }

    /// Compares with a copy: a floor that loaded less would be no floor.
    ///
    /// # Errors
    /// A [`Fault`] naming no row, when any table has another number of rows; or of the database.
    pub async fn compare(&self, copy: &Target<'_>) -> Result<(), Fault> {
        for (table, _) in &TABLES {
            if count(self.db, table).await? != count(copy.db, table).await? {
                return Err(Fault::inconsistent("find as many rows in the floor's database as in ours"));
            }
        }
        Ok(())
    }
}

async fn count(db: &Db, table: &Table) -> Result<i64, Fault> {
    let select = Statement::from_string(backend(db), format!("SELECT COUNT(*) FROM {}", table.name));
    let row = db.raw().query_one_raw(select).await.doing("count rows")?;
    let row = row.ok_or_else(|| Fault::inconsistent("count rows"))?;
    row.try_get_by_index(0).doing("count rows")
}

/// An empty, migrated database for the floor.
#[derive(Debug)]
pub struct Target<'a> {
    db: &'a Db,
    full_statements: Vec<(&'static str, String)>,
}

impl<'a> Target<'a> {
    /// Spells the full statements once.
    #[must_use]
    pub fn new(db: &'a Db) -> Self {
        let spelled = |(table, _): &(&Table, _)| (table.name, table.insert_statement(db.dialect(), ROWS_PER_STATEMENT));
        Self { db, full_statements: TABLES.iter().map(spelled).collect() }
    }

    /// Loads one batch and commits it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    #[expect(clippy::disallowed_methods, reason = "the floor goes past app on purpose, through the same transaction")]
    pub async fn load(&self, batch: Batch) -> Result<(), Fault> {
        let mut tx = self.db.begin(Actor::Operator).await?;
        for (table, rows) in batch.0 {
            let mut rows = rows.into_iter().peekable();
            while rows.peek().is_some() {
                let chunk: Vec<Vec<Value>> = rows.by_ref().take(ROWS_PER_STATEMENT).collect();
                self.insert(&mut tx, table, chunk).await?;
            }
        }
        tx.commit().await
    }

    async fn insert(&self, tx: &mut Tx, table: &Table, rows: Vec<Vec<Value>>) -> Result<(), Fault> {
        let full =
            self.full_statements.iter().find(|(name, _)| *name == table.name && rows.len() == ROWS_PER_STATEMENT);
        let sql = match full {
            Some((_, sql)) => sql.clone(),
            None => table.insert_statement(self.db.dialect(), rows.len()),
        };
        let insert = Statement::from_sql_and_values(backend(self.db), sql, rows.into_iter().flatten());
        tx.connection().execute_raw(insert).await.doing("insert copied rows").map(drop)
    }
}
