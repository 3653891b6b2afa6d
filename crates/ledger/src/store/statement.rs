use std::collections::HashMap;

use db::{Doing, Reader, is_any_id_on};
use kernel::{Fault, Id, Points, Timestamp, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{
    postings::{posting, posting_rows, transfer_rows},
    wallets::{contributor, lot_rows, points},
};
use crate::{Contributor, Posting};

/// How many postings a household has: the number of the newest, since none is left out.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_postings(reader: &Reader, household: Id<kinds::Household>) -> Result<u64, Fault> {
    let newest: Option<i64> = posting_rows::Entity::find()
        .select_only()
        .column(posting_rows::Column::No)
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .order_by_desc(posting_rows::Column::No)
        .into_tuple()
        .one(reader.connection())
        .await
        .doing("count the postings of a household")?;
    Ok(newest.unwrap_or(0).unsigned_abs())
}

/// From where in a statement to read on. Statements run from the newest posting to the oldest, by posting number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementPosition {
    /// The newest postings.
    Newest,
    /// Those with a smaller number.
    Before(i64),
    /// The oldest postings.
    Oldest,
    /// Those with a larger number.
    After(i64),
}

/// Up to `limit` postings of a household, newest first, with their transfers.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_postings(
    reader: &Reader,
    household: Id<kinds::Household>,
    position: StatementPosition,
    limit: u64,
) -> Result<Vec<Posting>, Fault> {
    let query =
        posting_rows::Entity::find().filter(posting_rows::Column::HouseholdId.eq(household.uuid())).limit(limit);
    let query = match position {
        StatementPosition::Newest => query.order_by_desc(posting_rows::Column::No),
        StatementPosition::Before(no) => {
            query.filter(posting_rows::Column::No.lt(no)).order_by_desc(posting_rows::Column::No)
        }
        StatementPosition::Oldest => query.order_by_asc(posting_rows::Column::No),
        StatementPosition::After(no) => {
            query.filter(posting_rows::Column::No.gt(no)).order_by_asc(posting_rows::Column::No)
        }
    };
    let mut rows = query.all(reader.connection()).await.doing("list postings")?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.no));
    with_transfers(reader, household, rows).await
}

/// Where a statement stands at some moment: its newest posting by then, and what that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatementMark {
    /// The number of the posting; 0 before the first.
    pub no: i64,
    /// The balance after it.
    pub balance: Points,
    /// What was owed after it.
    pub owed: Points,
}

/// Where a household's statement stood just before an instant: at the posting with the largest number of those posted earlier.
///
/// By number, because numbers are the order in which the wallet changed: were a clock set back, the postings between two marks would
/// still follow each other without a gap.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_statement_mark(
    reader: &Reader,
    household: Id<kinds::Household>,
    before: Timestamp,
) -> Result<StatementMark, Fault> {
    let row: Option<(i64, i64, i64)> = posting_rows::Entity::find()
        .select_only()
        .columns([posting_rows::Column::No, posting_rows::Column::BalanceAfter, posting_rows::Column::OwedAfter])
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(posting_rows::Column::PostedAt.lt(before.timestamp_millis()))
        .order_by_desc(posting_rows::Column::No)
        .limit(1)
        .into_tuple()
        .one(reader.connection())
        .await
        .doing("find where a statement stood")?;
    let Some((no, balance, owed)) = row else { return Ok(StatementMark::default()) };
    Ok(StatementMark { no, balance: points(balance)?, owed: points(owed)? })
}

/// One posting of a household.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_posting(
    reader: &Reader,
    household: Id<kinds::Household>,
    id: Id<kinds::Posting>,
) -> Result<Option<Posting>, Fault> {
    let row = posting_rows::Entity::find_by_id((household.uuid(), id.uuid())).one(reader.connection()).await;
    let rows = row.doing("find a posting")?.into_iter().collect();
    Ok(with_transfers(reader, household, rows).await?.pop())
}

/// Who brought the points of lots of one household, emptied ones included.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_contributors(
    reader: &Reader,
    household: Id<kinds::Household>,
    lots: impl IntoIterator<Item = Id<kinds::Lot>>,
) -> Result<HashMap<Id<kinds::Lot>, Contributor>, Fault> {
    let rows: Vec<(Uuid, Uuid)> = lot_rows::Entity::find()
        .select_only()
        .columns([lot_rows::Column::Id, lot_rows::Column::ContributorId])
        .filter(lot_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(is_any_id_on(reader.dialect(), lot_rows::Column::Id, lots.into_iter().map(Id::uuid)))
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list who brought points")?;
    Ok(rows.into_iter().map(|(lot, who)| (Id::from_uuid(lot), contributor(who))).collect())
}

async fn with_transfers(
    reader: &Reader,
    household: Id<kinds::Household>,
    rows: Vec<posting_rows::Model>,
) -> Result<Vec<Posting>, Fault> {
    let moves = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(transfer_rows::Column::PostingId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(transfer_rows::Column::PostingId)
        .order_by_asc(transfer_rows::Column::Seq)
        .all(reader.connection())
        .await
        .doing("list the transfers of postings")?;
    let of = |row: &posting_rows::Model| moves.iter().filter(|m| m.posting_id == row.id).collect::<Vec<_>>();
    rows.iter().map(|row| posting(row, &of(row))).collect()
}
