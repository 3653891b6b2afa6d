//! What a household's app shows first, and the most often. Spelled in SQL: composing the same statement anew for every
//! request took longer than running it.

use db::{Dialect, Doing, Reader};
use kernel::{BusinessDate, Fault, Id, Points, kinds};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TryGetable, Value};
use uuid::Uuid;

use super::wallets::{contributor, points};
use crate::{Balance, Lot, LotKey};

/// A wallet beside each of its lots with points, or alone.
///
/// The zero is spelled, not bound: SQLite prepares a statement again whenever a bound value decides on a partial index.
const FIND_ACCOUNT: &str = "\
    SELECT w.owed, l.contributor_id, l.available_from, l.expires_on, l.remaining, l.held \
    FROM wallets w \
    LEFT JOIN lots l ON l.household_id = w.household_id AND l.remaining > 0 \
    WHERE w.household_id = $1";

/// What [`Balance::of`] sums, in one row: a household may have a lot for every day.
const FIND_BALANCE: &str = "\
    SELECT w.owed, \
      CAST(COALESCE(SUM(l.held), 0) AS BIGINT), \
      CAST(COALESCE(SUM(CASE WHEN l.available_from <= $2 AND l.expires_on >= $2 \
        THEN l.remaining - l.held END), 0) AS BIGINT), \
      CAST(COALESCE(SUM(CASE WHEN l.available_from > $2 AND l.expires_on >= $2 \
        THEN l.remaining - l.held END), 0) AS BIGINT) \
    FROM wallets w \
    LEFT JOIN lots l ON l.household_id = w.household_id AND l.remaining > 0 \
    WHERE w.household_id = $1 \
    GROUP BY w.owed";

/// A wallet with its lots, read in one statement.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// What the household owes.
    pub owed: Points,
    /// Lots with points in them, by expiry.
    pub lots: Vec<Lot>,
}

/// Reads a household's wallet and lots in one statement, so that the figures belong together. `None`: no such wallet.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_account(reader: &Reader, household: Id<kinds::Household>) -> Result<Option<AccountRow>, Fault> {
    let statement = statement(reader, FIND_ACCOUNT, vec![household.uuid().into()]);
    let rows = reader.connection().query_all_raw(statement).await.doing("read an asset account")?;
    let Some(first) = rows.first() else { return Ok(None) };
    let owed = points(column(first, 0)?)?;
    let mut lots = rows.iter().filter_map(|row| joined_lot(row).transpose()).collect::<Result<Vec<Lot>, Fault>>()?;
    lots.sort_by_key(|lot| lot.key);
    Ok(Some(AccountRow { owed, lots }))
}

/// Reads a household's balance on a day: the same figures as [`Balance::of`] its account. `None`: no such wallet.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_balance(
    reader: &Reader,
    household: Id<kinds::Household>,
    today: BusinessDate,
) -> Result<Option<Balance>, Fault> {
    let statement = statement(reader, FIND_BALANCE, vec![household.uuid().into(), today.into()]);
    let row = reader.connection().query_one_raw(statement).await.doing("read a balance")?;
    let Some(row) = row else { return Ok(None) };
    let figure = |index| points(column(&row, index)?);
    Ok(Some(Balance { owed: figure(0)?, held: figure(1)?, available: figure(2)?, pending: figure(3)? }))
}

fn statement(reader: &Reader, sql: &str, values: Vec<Value>) -> Statement {
    let backend = match reader.dialect() {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    };
    Statement::from_sql_and_values(backend, sql, values)
}

/// The lot of a row of [`FIND_ACCOUNT`]; none beside a wallet without points.
fn joined_lot(row: &QueryResult) -> Result<Option<Lot>, Fault> {
    let Some(contributor_id) = column::<Option<Uuid>>(row, 1)? else { return Ok(None) };
    let key = LotKey {
        expires_on: column(row, 3)?,
        available_from: column(row, 2)?,
        contributor: contributor(contributor_id),
    };
    Ok(Some(Lot { key, remaining: points(column(row, 4)?)?, held: points(column(row, 5)?)? }))
}

fn column<T: TryGetable>(row: &QueryResult, index: usize) -> Result<T, Fault> {
    row.try_get_by_index(index).doing("read a row of an asset account")
}
