//! What a household's app shows first, and the most often. Spelled in SQL: composing the same statement anew for every
//! request took longer than running it.

use std::collections::HashMap;

use db::{Dialect, Doing, Reader};
use kernel::{BusinessDate, Fault, Id, Points, Timestamp, kinds};
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

/// As [`FIND_ACCOUNT`], for a household that holds points: those whose hold has ended by $2 are free, whether or not anybody has
/// booked the end yet.
const FIND_ACCOUNT_HOLDING: &str = "\
    SELECT w.owed, l.contributor_id, l.available_from, l.expires_on, l.remaining, \
      CAST(l.held - COALESCE((SELECT SUM(k.points) FROM hold_lots k \
        JOIN holds h ON h.household_id = k.household_id AND h.id = k.hold_id \
        WHERE k.household_id = l.household_id AND k.lot_id = l.id AND h.state = 'open' AND h.ends_at <= $2), 0) AS BIGINT) \
    FROM wallets w \
    LEFT JOIN lots l ON l.household_id = w.household_id AND l.remaining > 0 \
    WHERE w.household_id = $1";

/// What [`Balance::of`] sums, in one row a household: each may have a lot for every day. What follows are the households.
const LIST_BALANCES: &str = "\
    SELECT w.household_id, w.owed, \
      CAST(COALESCE(SUM(l.held), 0) AS BIGINT), \
      CAST(COALESCE(SUM(CASE WHEN l.available_from <= $1 AND l.expires_on >= $1 \
        THEN l.remaining - l.held END), 0) AS BIGINT), \
      CAST(COALESCE(SUM(CASE WHEN l.available_from > $1 AND l.expires_on >= $1 \
        THEN l.remaining - l.held END), 0) AS BIGINT) \
    FROM wallets w \
    LEFT JOIN lots l ON l.household_id = w.household_id AND l.remaining > 0 \
    WHERE w.household_id IN";

/// What [`LIST_BALANCES`] ends with.
const BY_HOUSEHOLD: &str = "GROUP BY w.household_id, w.owed";

/// How many households one statement may ask for. Few sizes, so that each is prepared once; fewer households than that are
/// filled up with the last one.
const HOUSEHOLDS_PER_STATEMENT: [usize; 4] = [1, 4, 16, 64];

/// A wallet with its lots, read in one statement.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// What the household owes.
    pub owed: Points,
    /// Lots with points in them, by expiry.
    pub lots: Vec<Lot>,
}

/// Reads a household's wallet and lots in one statement, so that the figures belong together. `None`: no such wallet. Points whose
/// hold has ended by `now` are not held.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_account(
    reader: &Reader,
    household: Id<kinds::Household>,
    now: Timestamp,
) -> Result<Option<AccountRow>, Fault> {
    let account = read_account(reader, FIND_ACCOUNT, vec![household.uuid().into()]).await?;
    // Few hold anything: only they pay for looking at their holds.
    if account.as_ref().is_none_or(|account| account.lots.iter().all(|lot| lot.held.is_zero())) {
        return Ok(account);
    }
    let values = vec![household.uuid().into(), now.timestamp_millis().into()];
    read_account(reader, FIND_ACCOUNT_HOLDING, values).await
}

async fn read_account(reader: &Reader, sql: &str, values: Vec<Value>) -> Result<Option<AccountRow>, Fault> {
    let rows = reader.connection().query_all_raw(statement(reader, sql, values)).await;
    let rows = rows.doing("read an asset account")?;
    let Some(first) = rows.first() else { return Ok(None) };
    let owed = points(column(first, 0)?)?;
    let mut lots = rows.iter().filter_map(|row| joined_lot(row).transpose()).collect::<Result<Vec<Lot>, Fault>>()?;
    lots.sort_by_key(|lot| lot.key);
    Ok(Some(AccountRow { owed, lots }))
}

/// Reads the balances of households on a day: the same figures as [`Balance::of`] their accounts at the same instant. Those without
/// a wallet are missing. Each statement sees one state of the database; beyond 64 households there are several, and one more for
/// each household that holds points.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_balances(
    reader: &Reader,
    households: &[Id<kinds::Household>],
    today: BusinessDate,
    now: Timestamp,
) -> Result<HashMap<Id<kinds::Household>, Balance>, Fault> {
    let [.., most] = HOUSEHOLDS_PER_STATEMENT;
    let mut balances = HashMap::with_capacity(households.len());
    for chunk in households.chunks(most) {
        let size = HOUSEHOLDS_PER_STATEMENT.into_iter().find(|size| *size >= chunk.len()).unwrap_or(most);
        let filled = chunk.iter().chain(std::iter::repeat(&chunk[chunk.len() - 1])).take(size);
        let values = std::iter::once(today.into()).chain(filled.map(|household| household.uuid().into()));
        let places = (2..size + 2).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
        let sql = format!("{LIST_BALANCES} ({places}) {BY_HOUSEHOLD}");
        let rows = reader.connection().query_all_raw(statement(reader, &sql, values.collect())).await;
        for row in rows.doing("read balances")? {
            balances.insert(Id::from_uuid(column(&row, 0)?), balance(&row)?);
        }
    }
    for (household, balance) in balances.iter_mut().filter(|(_, balance)| !balance.held.is_zero()) {
        if let Some(account) = find_account(reader, *household, now).await? {
            *balance = Balance::of(&account.lots, account.owed, today);
        }
    }
    Ok(balances)
}

fn balance(row: &QueryResult) -> Result<Balance, Fault> {
    let figure = |index| points(column(row, index)?);
    Ok(Balance { owed: figure(1)?, held: figure(2)?, available: figure(3)?, pending: figure(4)? })
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
