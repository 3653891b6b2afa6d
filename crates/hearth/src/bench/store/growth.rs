//! A ledger grown to millions of postings, and how much disk it takes.

use db::{Db, Dialect, Doing};
use kernel::Fault;
use sea_orm::{ConnectionTrait, Statement};

use super::databases::{backend, execute};

/// Wallets are numbered by their place among all of them; `$FROM` and `$TO` bound the numbers of the postings of each.
///
/// The rows are what earns a year and more ago left, each in a lot of its own that lapsed since: what a balance must not read.
const FILL: [&str; 3] = [
    "INSERT INTO lots (household_id, id, contributor_id, available_from, expires_on, remaining, held) \
     SELECT w.household_id, $LOT, $NOBODY, $DAY, $DAY, 0, 0 FROM wallets w, $NUMBERS",
    "INSERT INTO postings (household_id, id, no, kind, reference, actor_kind, posted_at, business_date, points, balance_after, \
         owed_after) \
     SELECT w.household_id, $POSTING, n.n, 'earn', 'grown ' || n.n, 'operator', 0, $DAY, 1, 1, 0 FROM wallets w, $NUMBERS",
    "INSERT INTO transfers (household_id, posting_id, seq, from_account, to_account, to_lot_id, points) \
     SELECT w.household_id, $POSTING, 1, 'issued', 'lot', $LOT, 1 FROM wallets w, $NUMBERS",
];

/// Gives every wallet postings with these numbers, past the rules: they are there to be in the way.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn fill_postings(db: &Db, from: i64, to: i64) -> Result<(), Fault> {
    let doing = "grow the ledger";
    let range = match db.dialect() {
        Dialect::Postgres => [
            ("$NUMBERS", format!("generate_series({from}, {to}) AS n (n)")),
            ("$POSTING", "CAST(md5('p' || CAST(w.household_id AS text) || n.n) AS uuid)".to_owned()),
            ("$LOT", "CAST(md5('l' || CAST(w.household_id AS text) || n.n) AS uuid)".to_owned()),
            ("$NOBODY", "CAST('00000000-0000-0000-0000-000000000000' AS uuid)".to_owned()),
            ("$DAY", "(DATE '2001-01-01' + CAST(n.n AS integer))".to_owned()),
        ],
        Dialect::Sqlite => [
            (
                "$NUMBERS",
                format!(
                    "(WITH RECURSIVE s (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM s WHERE n < {to}) \
                     SELECT n FROM s) AS n"
                ),
            ),
            ("$POSTING", "CAST(substr(w.household_id, 1, 10) || printf('p%05d', n.n) AS BLOB)".to_owned()),
            ("$LOT", "CAST(substr(w.household_id, 1, 10) || printf('l%05d', n.n) AS BLOB)".to_owned()),
            ("$NOBODY", "zeroblob(16)".to_owned()),
            ("$DAY", "date('2001-01-01', n.n || ' days')".to_owned()),
        ],
    };
    for statement in FILL {
        let sql = range.iter().fold(statement.to_owned(), |sql, (marker, spelling)| sql.replace(marker, spelling));
        execute(db, &sql, doing).await?;
    }
    let sql = format!("UPDATE wallets SET last_no = {to} WHERE last_no < {to}");
    execute(db, &sql, doing).await?;
    analyze(db).await
}

/// Lets the engine look at what was filled in, as PostgreSQL does by itself within a minute: plans made while the tables were
/// empty are made again.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn analyze(db: &Db) -> Result<(), Fault> {
    let sql = if db.dialect() == Dialect::Postgres { "VACUUM ANALYZE" } else { "ANALYZE" };
    execute(db, sql, "look at what was filled in").await
}

/// How many postings there are.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_postings(db: &Db) -> Result<u64, Fault> {
    number(db, "SELECT COUNT(*) FROM postings").await
}

/// How much disk the database takes: its file, or all its relations.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn bytes_on_disk(db: &Db) -> Result<u64, Fault> {
    let sql = match db.dialect() {
        Dialect::Postgres => "SELECT pg_database_size(current_database())",
        Dialect::Sqlite => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    };
    number(db, sql).await
}

async fn number(db: &Db, sql: &str) -> Result<u64, Fault> {
    let doing = "count what a database holds";
    let row = db.raw().query_one_raw(Statement::from_string(backend(db), sql)).await.doing(doing)?;
    let number: i64 = row.ok_or_else(|| Fault::inconsistent(doing))?.try_get_by_index(0).doing(doing)?;
    u64::try_from(number).map_err(|_| Fault::inconsistent(doing))
}
