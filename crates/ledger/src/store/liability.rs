use db::{Dialect, Doing, Reader, Tx};
use kernel::{BusinessDate, Fault, Points};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::wallets::points;

/// The points outstanding over all wallets: what the operator owes its members, pending and held points included.
///
/// Reads every wallet, so it is for the clockwork and for reports, never for a request.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_points_outstanding(tx: &mut Tx) -> Result<Points, Fault> {
    let backend = backend(tx.dialect());
    // Without the cast PostgreSQL answers with a numeric.
    let sql = "SELECT CAST(COALESCE(SUM(balance), 0) AS BIGINT) FROM wallets";
    let row = tx.connection().query_one_raw(Statement::from_string(backend, sql)).await;
    let row = row.doing("sum the wallets")?.ok_or_else(|| Fault::inconsistent("sum the wallets"))?;
    points(row.try_get_by_index(0).doing("sum the wallets")?)
}

/// The points that earns gave, by the day of the sale, over all households. Reads every posting.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_points_earned_by_day(
    reader: &Reader,
    first: BusinessDate,
    last: BusinessDate,
) -> Result<Vec<(BusinessDate, Points)>, Fault> {
    let sql = "SELECT business_date, CAST(SUM(points) AS BIGINT) FROM postings \
               WHERE kind = 'earn' AND business_date >= $1 AND business_date <= $2 \
               GROUP BY business_date ORDER BY business_date";
    let values = [first.into(), last.into()];
    let statement = Statement::from_sql_and_values(backend(reader.dialect()), sql, values);
    let doing = "sum what was earned by day";
    let rows = reader.connection().query_all_raw(statement).await.doing(doing)?;
    let day = |row: &sea_orm::QueryResult| {
        Ok((row.try_get_by_index(0).doing(doing)?, points(row.try_get_by_index(1).doing(doing)?)?))
    };
    rows.iter().map(day).collect()
}

/// How many points lie in all lots by their last day, over all households. Reads every lot with points.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_points_by_last_day(reader: &Reader) -> Result<Vec<(BusinessDate, Points)>, Fault> {
    let sql = "SELECT expires_on, CAST(SUM(remaining) AS BIGINT) FROM lots WHERE remaining > 0 \
               GROUP BY expires_on ORDER BY expires_on";
    let statement = Statement::from_string(backend(reader.dialect()), sql);
    let doing = "sum points by their last day";
    let rows = reader.connection().query_all_raw(statement).await.doing(doing)?;
    let day = |row: &sea_orm::QueryResult| {
        Ok((row.try_get_by_index(0).doing(doing)?, points(row.try_get_by_index(1).doing(doing)?)?))
    };
    rows.iter().map(day).collect()
}

fn backend(dialect: Dialect) -> DbBackend {
    match dialect {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    }
}
