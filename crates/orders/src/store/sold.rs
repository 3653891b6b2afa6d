use db::{Dialect, Doing, Reader};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::orders::{order, order_rows};
use crate::Order;

/// Where an order lies, and when it was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderPosition {
    /// When it was paid. First, so that positions sort by time.
    pub ordered_at: Timestamp,
    /// Whose order.
    pub household: Id<kinds::Household>,
    /// Our id.
    pub order: Id<kinds::Order>,
}

/// A page of where the orders of a time lie, in the order of their households and ids, which is the order of the table: no index
/// by time has to be kept for it. `until` is excluded.
const LIST_POSITIONS: &str = "\
    SELECT ordered_at, household_id, id FROM orders \
    WHERE (household_id, id) > ($1, $2) AND ordered_at >= $3 AND ordered_at < $4 \
    ORDER BY household_id, id LIMIT $5";

/// Where the orders paid from `from` up to before `until` lie, after a position, in no order of time.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_order_positions(
    reader: &Reader,
    from: Timestamp,
    until: Timestamp,
    after: Option<OrderPosition>,
    limit: u32,
) -> Result<Vec<OrderPosition>, Fault> {
    let (household, order) =
        after.map_or((Uuid::nil(), Uuid::nil()), |after| (after.household.uuid(), after.order.uuid()));
    let values: [Value; 5] = [
        household.into(),
        order.into(),
        from.timestamp_millis().into(),
        until.timestamp_millis().into(),
        i64::from(limit).into(),
    ];
    let statement = Statement::from_sql_and_values(backend(reader), LIST_POSITIONS, values);
    let doing = "list where orders lie";
    let rows = reader.connection().query_all_raw(statement).await.doing(doing)?;
    let position = |row: &sea_orm::QueryResult| {
        let ordered_at = Timestamp::from_timestamp_millis(row.try_get_by_index(0).doing(doing)?);
        Ok(OrderPosition {
            ordered_at: ordered_at.ok_or_else(|| Fault::inconsistent("read when an order was paid"))?,
            household: Id::from_uuid(row.try_get_by_index(1).doing(doing)?),
            order: Id::from_uuid(row.try_get_by_index(2).doing(doing)?),
        })
    };
    rows.iter().map(position).collect()
}

/// The orders at some positions, by the time they were paid. At most [`db::MAX_BOUND_VALUES`] / 2 of them.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_orders_at(reader: &Reader, positions: &[OrderPosition]) -> Result<Vec<Order>, Fault> {
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    let values = positions.iter().flat_map(|at| [at.household.uuid().into(), at.order.uuid().into()]);
    let places = (0..positions.len()).map(|index| format!("(${}, ${})", 2 * index + 1, 2 * index + 2));
    // A list of values, because SQLite takes no list of pairs; and not two lists, which would ask for every pair of them.
    let places = places.collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT * FROM orders WHERE (household_id, id) IN (VALUES {places})");
    let statement = Statement::from_sql_and_values(backend(reader), sql, values.collect::<Vec<Value>>());
    let rows = order_rows::Model::find_by_statement(statement).all(reader.connection()).await;
    let orders = rows.doing("read orders")?.into_iter().map(order);
    let mut orders = orders.collect::<Result<Vec<Order>, Fault>>()?;
    orders.sort_by_key(|order| (order.ordered_at, order.household, order.id));
    Ok(orders)
}

fn backend(reader: &Reader) -> DbBackend {
    match reader.dialect() {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    }
}
