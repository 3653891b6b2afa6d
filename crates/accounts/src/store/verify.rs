use db::{HouseholdRange, Snapshot, TableRead};
use kernel::{Fault, Id, kinds};

const HOUSEHOLDS: TableRead = TableRead {
    table: "households",
    columns: &["household_id"],
    days: &[],
    which: "WHERE household_id >= $1 AND household_id <= $2 ORDER BY household_id",
};

/// The households of a range, in order: for `hearth verify`.
///
/// # Errors
/// A [`Fault`] of the database, or when an id is none.
pub async fn list_households_of(
    snapshot: &mut Snapshot,
    range: HouseholdRange,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let rows = snapshot.list_range(&HOUSEHOLDS, range).await?;
    let ids = rows.iter().map(|row| row.get(0).map(Id::from_uuid)).collect::<Result<_, db::Unreadable>>();
    ids.map_err(|_| Fault::inconsistent("read the ids of households"))
}
