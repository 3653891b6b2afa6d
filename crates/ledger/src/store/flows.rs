use db::{HouseholdRange, Snapshot, StoredRow, TableRead};
use kernel::{Fault, Points};

use crate::{BookAccount, Flow, PostingKind};

/// Transfers summed as far as any report tells them apart. A quarter of an hour, because the hours of some zones begin at one, and which
/// day an instant belongs to is not for the engine to say.
const FLOWS: TableRead = TableRead {
    table: "transfers t JOIN postings p ON p.household_id = t.household_id AND p.id = t.posting_id",
    columns: &[
        "p.posted_at / 900000",
        "p.business_date",
        "p.kind",
        "t.from_account",
        "t.to_account",
        // Without the cast PostgreSQL answers with a numeric.
        "CAST(SUM(t.points) AS BIGINT)",
    ],
    days: &["p.business_date"],
    which: "WHERE t.household_id >= $1 AND t.household_id <= $2 \
            GROUP BY p.posted_at / 900000, p.business_date, p.kind, t.from_account, t.to_account",
};

/// What moved in the wallets of a range of households, from the first posting to the last, in no order.
///
/// # Errors
/// A [`Fault`] of the database, or when a row makes no sense: `hearth verify` names it.
pub async fn list_flows(snapshot: &mut Snapshot, range: HouseholdRange) -> Result<Vec<Flow>, Fault> {
    let rows = snapshot.list_range(&FLOWS, range).await?;
    rows.iter()
        .map(|row| flow(row).ok_or_else(|| Fault::inconsistent("read what moved: a column is out of range")))
        .collect()
}

fn flow(row: &StoredRow) -> Option<Flow> {
    let account = |place| BookAccount::from_stored(&row.get::<String>(place).ok()?);
    Some(Flow {
        posted_quarter: row.get(0).ok()?,
        business_date: row.day(1).ok()?,
        kind: PostingKind::from_code(&row.get::<String>(2).ok()?)?,
        from: account(3)?,
        to: account(4)?,
        points: Points::new(row.get(5).ok()?)?,
    })
}
