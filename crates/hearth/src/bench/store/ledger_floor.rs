//! The floors of the ledger's speed: plain transfers between accounts, as fast as we know how to write them.
//!
//! A transfer is a row, two entries and two balances, and nothing else: no lots, no order, no outbox, no audit, no idempotent
//! answer. The same driver, pool and settings as ours.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::atomic::{AtomicI64, Ordering},
};

use db::{Db, Dialect, Doing};
use kernel::{Actor, Fault};
use sea_orm::{ConnectionTrait, Statement, Value, prelude::Uuid};

use super::databases::{backend, execute};

/// Rows of one statement on SQLite, the largest that fits first.
const SQLITE_ROWS: [usize; 4] = [64, 16, 4, 1];

/// Page cache of the floor on SQLite, in KiB.
const SQLITE_CACHE_KIB: u32 = 262_144;

/// One transfer of one point or more.
#[derive(Debug, Clone, Copy)]
pub struct FloorTransfer {
    /// Its idempotency key, a UUID.
    pub idem: u128,
    /// Gives.
    pub from: i64,
    /// Gets; another one.
    pub to: i64,
    /// How much.
    pub amount: i64,
}

/// A database with nothing but accounts, transfers and entries.
#[derive(Debug)]
pub struct Floor {
    db: Db,
    /// SQLite has one writer, so the floor numbers its transfers itself.
    next_id: AtomicI64,
}

const SCHEMA_POSTGRES: &[&str] = &[
    "CREATE TABLE balances (account_id bigint PRIMARY KEY, posted bigint NOT NULL, version bigint NOT NULL) \
     WITH (fillfactor = 70)",
    "CREATE TABLE transfers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, idem uuid NOT NULL UNIQUE, \
     dr bigint NOT NULL, cr bigint NOT NULL, amount bigint NOT NULL CHECK (amount > 0), \
     created_at timestamptz NOT NULL DEFAULT now())",
    "CREATE TABLE entries (account_id bigint NOT NULL, transfer_id bigint NOT NULL, amount bigint NOT NULL, \
     PRIMARY KEY (account_id, transfer_id))",
    "INSERT INTO balances SELECT n, 0, 0 FROM generate_series(0, $ACCOUNTS - 1) AS n",
    "VACUUM ANALYZE",
];

const SCHEMA_SQLITE: &[&str] = &[
    "CREATE TABLE balances (account_id INTEGER PRIMARY KEY, posted INTEGER NOT NULL, version INTEGER NOT NULL)",
    "CREATE TABLE transfers (id INTEGER PRIMARY KEY, idem BLOB NOT NULL UNIQUE, dr INTEGER NOT NULL, cr INTEGER NOT NULL, \
     amount INTEGER NOT NULL CHECK (amount > 0), created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    "CREATE TABLE entries (account_id INTEGER NOT NULL, transfer_id INTEGER NOT NULL, amount INTEGER NOT NULL, \
     PRIMARY KEY (account_id, transfer_id)) WITHOUT ROWID",
    "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < $ACCOUNTS - 1) \
     INSERT INTO balances SELECT n, 0, 0 FROM n",
];

/// One statement, one round trip: n transfers.
const MANY_POSTGRES: &str = "WITH told AS ( \
         SELECT * FROM unnest(CAST(CAST($1 AS text) AS uuid[]), CAST(CAST($2 AS text) AS bigint[]), \
             CAST(CAST($3 AS text) AS bigint[]), CAST(CAST($4 AS text) AS bigint[])) AS t (idem, dr, cr, amount) \
     ), taken AS ( \
         INSERT INTO transfers (idem, dr, cr, amount) SELECT idem, dr, cr, amount FROM told \
         ON CONFLICT (idem) DO NOTHING RETURNING id, dr, cr, amount \
     ), sides AS ( \
         SELECT dr AS account_id, id, -amount AS amount FROM taken UNION ALL SELECT cr, id, amount FROM taken \
     ), written AS ( \
         INSERT INTO entries (account_id, transfer_id, amount) SELECT account_id, id, amount FROM sides \
     ) \
     INSERT INTO balances (account_id, posted, version) \
     SELECT account_id, CAST(SUM(amount) AS bigint), 1 FROM sides GROUP BY account_id ORDER BY account_id \
     ON CONFLICT (account_id) DO UPDATE SET posted = balances.posted + excluded.posted, version = balances.version + 1";

impl Floor {
    /// Lays the tables in an empty database, with so many accounts.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn lay(db: Db, accounts: i64) -> Result<Self, Fault> {
        let schema = match db.dialect() {
            Dialect::Postgres => SCHEMA_POSTGRES,
            Dialect::Sqlite => {
                execute(&db, &format!("PRAGMA cache_size = -{SQLITE_CACHE_KIB}"), "set up the floor").await?;
                SCHEMA_SQLITE
            }
        };
        for statement in schema {
            let sql = statement.replace("$ACCOUNTS", &accounts.to_string());
            execute(&db, &sql, "lay the floor's tables").await?;
        }
        Ok(Self { db, next_id: AtomicI64::new(1) })
    }

    /// Closes the database.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn close(self) -> Result<(), Fault> {
        self.db.close().await
    }

    /// Commits all of these at once, by as few statements as we can: "n a commit".
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn transfer_many(&self, all: &[FloorTransfer]) -> Result<(), Fault> {
        match self.db.dialect() {
            Dialect::Postgres => self.transfer_many_postgres(all).await,
            Dialect::Sqlite => self.transfer_many_sqlite(all).await,
        }
    }

    async fn transfer_many_postgres(&self, all: &[FloorTransfer]) -> Result<(), Fault> {
        let mut arrays = [const { String::new() }; 4];
        for transfer in all {
            let parts: [&dyn std::fmt::Display; 4] =
                [&Uuid::from_u128(transfer.idem).simple(), &transfer.from, &transfer.to, &transfer.amount];
            for (array, part) in arrays.iter_mut().zip(parts) {
                let comma = if array.is_empty() { '{' } else { ',' };
                write!(array, "{comma}{part}").expect("a string takes everything");
            }
        }
        let values = arrays.map(|array| Value::from(array + "}"));
        let statement = Statement::from_sql_and_values(backend(&self.db), MANY_POSTGRES, values);
        self.db.raw().execute_raw(statement).await.doing("transfer many").map(drop)
    }

    #[expect(clippy::disallowed_methods, reason = "the floor goes past app on purpose, through the same transaction")]
    async fn transfer_many_sqlite(&self, all: &[FloorTransfer]) -> Result<(), Fault> {
        let count = i64::try_from(all.len()).map_err(|_| Fault::inconsistent("count transfers"))?;
        let first = self.next_id.fetch_add(count, Ordering::Relaxed);
        let mut transfers = Vec::with_capacity(all.len());
        let mut entries = Vec::with_capacity(2 * all.len());
        let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
        for (id, transfer) in (first..).zip(all) {
            let FloorTransfer { idem, from, to, amount } = *transfer;
            transfers.push(vec![id.into(), Uuid::from_u128(idem).into(), from.into(), to.into(), amount.into()]);
            for (account, moved) in [(from, -amount), (to, amount)] {
                entries.push(vec![account.into(), id.into(), moved.into()]);
                *sums.entry(account).or_default() += moved;
            }
        }
        let sums = sums.into_iter().map(|(account, sum)| vec![account.into(), sum.into(), 1_i64.into()]).collect();

        let mut tx = self.db.begin(Actor::System).await?;
        let head = "INSERT INTO transfers (id, idem, dr, cr, amount)";
        insert(&mut tx, head, transfers, "ON CONFLICT (idem) DO NOTHING").await?;
        insert(&mut tx, "INSERT INTO entries (account_id, transfer_id, amount)", entries, "").await?;
        let add = "ON CONFLICT (account_id) DO UPDATE SET posted = posted + excluded.posted, version = version + 1";
        insert(&mut tx, "INSERT INTO balances (account_id, posted, version)", sums, add).await?;
        tx.commit().await
    }

    /// One transfer as most applications do it: begin, transfer, entries, a balance, the other balance, commit.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    #[expect(clippy::disallowed_methods, reason = "the floor goes past app on purpose, through the same transaction")]
    pub async fn transfer_by_statements(&self, transfer: FloorTransfer) -> Result<(), Fault> {
        let FloorTransfer { idem, from, to, amount } = transfer;
        let sql = |postgres: &str| match self.db.dialect() {
            Dialect::Postgres => postgres.to_owned(),
            Dialect::Sqlite => (1..=9).fold(postgres.to_owned(), |sql, n| sql.replace(&format!("${n}"), "?")),
        };
        let statement =
            |text: &str, values: Vec<Value>| Statement::from_sql_and_values(backend(&self.db), sql(text), values);
        // In account order, so that two transfers between the same accounts cannot wait for each other.
        let mut sides = [(from, -amount), (to, amount)];
        sides.sort_unstable();
        let doing = "transfer by statements";

        let mut tx = self.db.begin(Actor::System).await?;
        let insert = statement(
            "INSERT INTO transfers (idem, dr, cr, amount) VALUES ($1, $2, $3, $4) RETURNING id",
            vec![Uuid::from_u128(idem).into(), from.into(), to.into(), amount.into()],
        );
        let row = tx.connection().query_one_raw(insert).await.doing(doing)?;
        let id: i64 = row.ok_or_else(|| Fault::inconsistent(doing))?.try_get_by_index(0).doing(doing)?;
        let entries = statement(
            "INSERT INTO entries (account_id, transfer_id, amount) VALUES ($1, $2, $3), ($4, $5, $6)",
            sides.iter().flat_map(|&(account, moved)| [account.into(), id.into(), moved.into()]).collect(),
        );
        tx.connection().execute_raw(entries).await.doing(doing)?;
        for (account, moved) in sides {
            let update = statement(
                "UPDATE balances SET posted = posted + $1, version = version + 1 WHERE account_id = $2",
                vec![moved.into(), account.into()],
            );
            tx.connection().execute_raw(update).await.doing(doing)?;
        }
        tx.commit().await
    }
}

async fn insert(tx: &mut db::Tx, head: &str, rows: Vec<Vec<Value>>, tail: &str) -> Result<(), Fault> {
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let size = SQLITE_ROWS.into_iter().find(|&size| size <= rows.len()).unwrap_or(1);
        let values: Vec<Vec<Value>> = rows.by_ref().take(size).collect();
        let row = format!("({})", vec!["?"; values[0].len()].join(", "));
        let sql = format!("{head} VALUES {} {tail}", vec![row; size].join(", "));
        let statement = Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, sql, values.into_iter().flatten());
        tx.connection().execute_raw(statement).await.doing("transfer many")?;
    }
    Ok(())
}
