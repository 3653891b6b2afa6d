//! Point tenders as they are stored, whether or not they make sense: for `hearth verify`.

use std::collections::BTreeMap;

use db::{HouseholdRange, Snapshot, StoredRow, TableRead, Unreadable};
use kernel::{Currency, Fault, Id};
use uuid::Uuid;

use super::lines::lines;
use crate::{OrderLine, StoredTender};

const TENDERS: TableRead = TableRead {
    table: "point_tenders",
    columns: &["household_id", "order_id", "points", "posting_id"],
    days: &[],
    which: "WHERE household_id >= $1 AND household_id <= $2 ORDER BY household_id, order_id",
};

/// Only those with points: of the others nothing is held against the ledger.
const REFUNDS: TableRead = TableRead {
    table: "refunds",
    columns: &["household_id", "order_id", "points"],
    days: &[],
    which: "WHERE household_id >= $1 AND household_id <= $2 AND points <> 0",
};

const ORDERS: TableRead = TableRead {
    table: "orders",
    columns: &["household_id", "id", "lines", "cancelled_at"],
    days: &[],
    which: "WHERE (household_id, id) IN (SELECT household_id, order_id FROM point_tenders \
            WHERE household_id >= $1 AND household_id <= $2)",
};

/// A household and an order.
type Key = (Uuid, Uuid);

/// The point tenders of a range of households, and refunds of points of orders that have no tender. One that cannot be read is its
/// order's id and why.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_stored_tenders(
    snapshot: &mut Snapshot,
    range: HouseholdRange,
) -> Result<Vec<Result<StoredTender, (String, Unreadable)>>, Fault> {
    let tenders = snapshot.list_range(&TENDERS, range).await?;
    let mut refunded: BTreeMap<Key, i64> = BTreeMap::new();
    let mut found = Vec::with_capacity(tenders.len());
    for row in snapshot.list_range(&REFUNDS, range).await? {
        match refund(&row) {
            Ok((key, points)) => {
                let sum = refunded.entry(key).or_default();
                *sum = sum.saturating_add(points);
            }
            Err(why) => found.push(Err((row.id_text(1), why))),
        }
    }
    let mut of_lines: BTreeMap<Key, Sold> = BTreeMap::new();
    if !tenders.is_empty() {
        for row in snapshot.list_range(&ORDERS, range).await? {
            if let (Ok(key), Ok(sums)) = (key_of(&row), sums(&row)) {
                of_lines.insert(key, sums);
            }
        }
    }
    for row in &tenders {
        found.push(tender(row, &of_lines, &mut refunded).map_err(|why| (row.id_text(1), why)));
    }
    let without_tender = refunded.into_iter().map(|((household, order), points)| StoredTender {
        household: Id::from_uuid(household),
        order: Id::from_uuid(order),
        points: 0,
        posting: None,
        of_lines: Some(0),
        refunded_of_lines: Some(0),
        is_cancelled: false,
        refunded: points,
    });
    found.extend(without_tender.map(Ok));
    Ok(found)
}

fn tender(
    row: &StoredRow,
    of_lines: &BTreeMap<Key, Sold>,
    refunded: &mut BTreeMap<Key, i64>,
) -> Result<StoredTender, Unreadable> {
    let key = key_of(row)?;
    let sums = of_lines.get(&key);
    Ok(StoredTender {
        household: Id::from_uuid(key.0),
        order: Id::from_uuid(key.1),
        points: row.get(2)?,
        posting: row.get::<Option<Uuid>>(3)?.map(Id::from_uuid),
        of_lines: sums.map(|sold| sold.points),
        refunded_of_lines: sums.map(|sold| sold.refunded),
        is_cancelled: sums.is_some_and(|sold| sold.is_cancelled),
        refunded: refunded.remove(&key).unwrap_or(0),
    })
}

fn refund(row: &StoredRow) -> Result<(Key, i64), Unreadable> {
    Ok((key_of(row)?, row.get(2)?))
}

fn key_of(row: &StoredRow) -> Result<Key, Unreadable> {
    Ok((row.get(0)?, row.get(1)?))
}

/// What an order says of its points.
struct Sold {
    points: i64,
    refunded: i64,
    is_cancelled: bool,
}

/// Lines that make no sense say nothing.
fn sums(row: &StoredRow) -> Result<Sold, Fault> {
    let unreadable = |_| Fault::inconsistent("read an order");
    let text: String = row.get(2).map_err(unreadable)?;
    // Points do not depend on the currency.
    let lines = lines(&text, Currency::Cny)?;
    if lines.iter().any(|line| line.refunded.minor() > line.amount.minor()) {
        return Err(Fault::inconsistent("read what was refunded of a line"));
    }
    let sum = |of: fn(&OrderLine) -> i64| lines.iter().map(of).fold(0, i64::saturating_add);
    Ok(Sold {
        points: sum(|line| line.points.get()),
        refunded: sum(|line| line.refunded_points().get()),
        is_cancelled: row.get::<Option<i64>>(3).map_err(unreadable)?.is_some(),
    })
}
