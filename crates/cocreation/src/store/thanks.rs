use db::{Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, Points, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::{
    impossible,
    rows::{ballot_receipts, study_thanks},
};

/// Up to `limit` households of a panel that voted, by id, after one of them: as they were at the opening.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_voters(
    reader: &Reader,
    study: Id<kinds::Study>,
    after: Option<Id<kinds::Household>>,
    limit: u64,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let mut query = ballot_receipts::Entity::find()
        .select_only()
        .column(ballot_receipts::Column::HouseholdId)
        .distinct()
        .filter(ballot_receipts::Column::StudyId.eq(study.uuid()))
        .order_by_asc(ballot_receipts::Column::HouseholdId)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(ballot_receipts::Column::HouseholdId.gt(after.uuid()));
    }
    let ids: Vec<Uuid> = query.into_tuple().all(reader.connection()).await.doing("list who voted")?;
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}

/// How many points a household of the panel was thanked with for taking part; `None` when it was not thanked yet.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_thanks(
    tx: &mut Tx,
    voter: Id<kinds::Household>,
    study: Id<kinds::Study>,
) -> Result<Option<Points>, Fault> {
    let row = study_thanks::Entity::find_by_id((voter.uuid(), study.uuid())).one(tx.connection()).await;
    let row = row.doing("find the thanks for a ballot")?;
    row.map(|row| Points::new(row.points).ok_or_else(impossible)).transpose()
}

/// Notes that a household was thanked.
///
/// # Errors
/// A [`Fault`] of the database; contention when it was thanked just now.
pub async fn insert_thanks(
    tx: &mut Tx,
    voter: Id<kinds::Household>,
    study: Id<kinds::Study>,
    points: Points,
) -> Result<(), Fault> {
    let row = study_thanks::ActiveModel {
        household_id: Set(voter.uuid()),
        study_id: Set(study.uuid()),
        points: Set(points.get()),
        thanked_at: Set(tx.now().timestamp_millis()),
    };
    insert_rows::<study_thanks::Entity, _>(tx, vec![row], "insert the thanks for a ballot").await
}
