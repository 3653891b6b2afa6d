//! Grants and stocks as they are stored, whether or not they make sense: for `hearth verify`.

use std::collections::BTreeMap;

use db::{HouseholdRange, Snapshot, StoredRow, TableRead, Unreadable};
use kernel::{Fault, Id, kinds};
use uuid::Uuid;

use crate::{StoredGrant, StoredSlot, StoredStock};

const GRANTS: TableRead = TableRead {
    table: "grants",
    columns: &[
        "household_id",
        "id",
        "perk_id",
        "posting_id",
        "redeemed_by",
        "price_points",
        "cancelled_at",
        "granted_at",
        "paid_by_id",
        "returned_points",
        "slot_id",
        "order_id",
    ],
    days: &[],
    which: "WHERE household_id >= $1 AND household_id <= $2 ORDER BY household_id, id",
};

const STOCKS: TableRead = TableRead {
    table: "perk_stocks",
    columns: &["perk_id", "taken", "offered", "waiting"],
    days: &[],
    which: "ORDER BY perk_id",
};

const SLOTS: TableRead =
    TableRead { table: "delivery_slots", columns: &["id", "taken"], days: &[], which: "ORDER BY id" };

/// Read as flags: who waits is no figure of a verification.
const OPEN_PLACES: TableRead = TableRead {
    table: "waiting_places",
    columns: &["perk_id", "offered_at"],
    days: &[],
    which: "WHERE ended_at IS NULL ORDER BY perk_id",
};

/// The grants of a range of households. One that cannot be read is its id and why.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_stored_grants(
    snapshot: &mut Snapshot,
    range: HouseholdRange,
) -> Result<Vec<Result<StoredGrant, (String, Unreadable)>>, Fault> {
    let rows = snapshot.list_range(&GRANTS, range).await?;
    Ok(rows.iter().map(|row| stored_grant(row).map_err(|why| (row.id_text(1), why))).collect())
}

/// What the stock of every perk says is taken, by perk.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_stored_stocks(snapshot: &mut Snapshot) -> Result<Vec<StoredStock>, Fault> {
    let rows = snapshot.list(&STOCKS, Vec::new()).await?;
    let stocks = rows.iter().map(|row| {
        let (perk, taken, offered, waiting) = (Id::from_uuid(row.get(0)?), row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(StoredStock { perk, taken, offered, waiting })
    });
    let stocks = stocks.collect::<Result<_, Unreadable>>();
    stocks.map_err(|_| Fault::inconsistent("read the stocks of perks"))
}

/// What every delivery slot says is taken.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_stored_slots(snapshot: &mut Snapshot) -> Result<Vec<StoredSlot>, Fault> {
    let rows = snapshot.list(&SLOTS, Vec::new()).await?;
    let slots = rows.iter().map(|row| Ok(StoredSlot { slot: Id::from_uuid(row.get(0)?), taken: row.get(1)? }));
    let slots = slots.collect::<Result<_, Unreadable>>();
    slots.map_err(|_| Fault::inconsistent("read the delivery slots"))
}

/// How many places of each perk are open: those with an offer, and those that wait.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_open_places(snapshot: &mut Snapshot) -> Result<BTreeMap<Id<kinds::Perk>, (i64, i64)>, Fault> {
    let rows = snapshot.list(&OPEN_PLACES, Vec::new()).await?;
    let mut counts = BTreeMap::<_, (i64, i64)>::new();
    for row in &rows {
        let read = || -> Result<_, Unreadable> { Ok((Id::from_uuid(row.get(0)?), row.get::<Option<i64>>(1)?)) };
        let (perk, offered_at) = read().map_err(|_| Fault::inconsistent("read the places of waiting lists"))?;
        let (offered, waiting) = counts.entry(perk).or_default();
        *if offered_at.is_some() { offered } else { waiting } += 1;
    }
    Ok(counts)
}

fn stored_grant(row: &StoredRow) -> Result<StoredGrant, Unreadable> {
    let household: Uuid = row.get(0)?;
    Ok(StoredGrant {
        household: Id::from_uuid(household),
        id: Id::from_uuid(row.get(1)?),
        perk: Id::from_uuid(row.get(2)?),
        posting: Id::from_uuid(row.get(3)?),
        redeemed_by: Id::from_uuid(row.get::<Uuid>(4)?),
        price: row.get(5)?,
        is_cancelled: row.get::<Option<i64>>(6)?.is_some(),
        granted_at: row.get(7)?,
        paid_by: Id::from_uuid(row.get::<Option<Uuid>>(8)?.unwrap_or(household)),
        returned: row.get(9)?,
        booking: row
            .get::<Option<Uuid>>(10)?
            .zip(row.get::<Option<Uuid>>(11)?)
            .map(|(slot, order)| (Id::from_uuid(slot), Id::from_uuid(order))),
    })
}
