//! What was told, as it is stored: for `hearth verify`.

use db::{HouseholdRange, Snapshot, StoredRow, TableRead, Unreadable};
use kernel::{Fault, Id, kinds};
use uuid::Uuid;

/// Most rows read at once.
const ROWS_PER_PAGE: i64 = 10_000;

const ORDERS: TableRead = TableRead {
    table: "order_refs JOIN orders ON orders.household_id = order_refs.household_id AND orders.id = order_refs.order_id",
    columns: &["order_refs.external_ref", "order_refs.content_hash", "orders.picked_up_at"],
    days: &[],
    which: "WHERE order_refs.external_ref > $1 ORDER BY order_refs.external_ref LIMIT $2",
};

const REFUNDS: TableRead = TableRead {
    table: "refunds",
    columns: &["household_id", "order_id", "external_ref", "content_hash"],
    days: &[],
    which: "WHERE (household_id, order_id, external_ref) > ($1, $2, $3) \
            ORDER BY household_id, order_id, external_ref LIMIT $4",
};

const HOUSEHOLDS: TableRead = TableRead {
    table: "orders",
    columns: &["household_id"],
    days: &[],
    which: "WHERE household_id BETWEEN $1 AND $2 GROUP BY household_id",
};

const ASTRAY: TableRead = TableRead {
    table: "order_refs",
    columns: &["external_ref"],
    days: &[],
    which: "WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.household_id = order_refs.household_id \
            AND orders.id = order_refs.order_id) ORDER BY external_ref LIMIT $1",
};

/// An order as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOrder {
    /// The operator's number.
    pub order_ref: String,
    /// The hash of what was told of it.
    pub content: [u8; 32],
    /// When it was picked up, in milliseconds.
    pub picked_up_at: Option<i64>,
}

/// A refund as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRefund {
    /// Its row: household, order, the operator's number of it.
    pub key: (Uuid, Uuid, String),
    /// The hash of what was told of it.
    pub content: [u8; 32],
}

/// The next orders after one, by the operator's numbers. Empty: there are no more.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_stored_orders(
    snapshot: &mut Snapshot,
    after: Option<&StoredOrder>,
) -> Result<Vec<StoredOrder>, Fault> {
    let after = after.map_or("", |order| &order.order_ref);
    let rows = snapshot.list(&ORDERS, vec![after.into(), ROWS_PER_PAGE.into()]).await?;
    let orders = rows
        .iter()
        .map(|row| Ok(StoredOrder { order_ref: row.get(0)?, content: content(row, 1)?, picked_up_at: row.get(2)? }));
    orders.collect::<Result<_, Unreadable>>().map_err(|_| Fault::inconsistent("read orders"))
}

/// The households of a range that orders name; those whose id is none are left out, as nothing can be said of whose they are.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_households_of_orders(
    snapshot: &mut Snapshot,
    range: HouseholdRange,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let rows = snapshot.list_range(&HOUSEHOLDS, range).await?;
    Ok(rows.iter().filter_map(|row| row.get::<Uuid>(0).ok()).map(Id::from_uuid).collect())
}

/// The operator's numbers that lead to no order, the first ten thousand of them.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_refs_astray(snapshot: &mut Snapshot) -> Result<Vec<String>, Fault> {
    let rows = snapshot.list(&ASTRAY, vec![ROWS_PER_PAGE.into()]).await?;
    Ok(rows.iter().filter_map(|row| row.get(0).ok()).collect())
}

/// The next refunds after one. Empty: there are no more.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_stored_refunds(
    snapshot: &mut Snapshot,
    after: Option<&StoredRefund>,
) -> Result<Vec<StoredRefund>, Fault> {
    let (household, order, number) = after.map_or((Uuid::nil(), Uuid::nil(), String::new()), |it| it.key.clone());
    let values = vec![household.into(), order.into(), number.into(), ROWS_PER_PAGE.into()];
    let rows = snapshot.list(&REFUNDS, values).await?;
    let refunds = rows
        .iter()
        .map(|row| Ok(StoredRefund { key: (row.get(0)?, row.get(1)?, row.get(2)?), content: content(row, 3)? }));
    refunds.collect::<Result<_, Unreadable>>().map_err(|_| Fault::inconsistent("read refunds"))
}

/// A stored hash; one that is none fits nothing.
fn content(row: &StoredRow, place: usize) -> Result<[u8; 32], Unreadable> {
    Ok(row.get::<Vec<u8>>(place)?.try_into().unwrap_or_default())
}
