use std::collections::HashMap;

use db::{Doing, Reader, Tx, is_any_id};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use super::{
    gatherings::gathering_rows,
    grants::{grant, grant_rows},
};
use crate::Grant;

/// Up to `limit` households that hold unused standing grants of a perk, by id, after one. Asks all households: for what is rare.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_holders(
    reader: &Reader,
    perk: Id<kinds::Perk>,
    after: Option<Id<kinds::Household>>,
    limit: u64,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let mut query = grant_rows::Entity::find()
        .select_only()
        .column(grant_rows::Column::HouseholdId)
        .distinct()
        .filter(grant_rows::Column::PerkId.eq(perk.uuid()))
        .filter(grant_rows::Column::CancelledAt.is_null())
        .filter(grant_rows::Column::UsedAt.is_null())
        .order_by_asc(grant_rows::Column::HouseholdId)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(grant_rows::Column::HouseholdId.gt(after.uuid()));
    }
    let rows: Vec<Uuid> = query.into_tuple().all(reader.connection()).await.doing("list who holds grants of a perk")?;
    Ok(rows.into_iter().map(Id::from_uuid).collect())
}

/// A household's unused standing grants of a perk. Call it holding the household's wallet: that keeps its grants still.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_grants_of_perk(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    perk: Id<kinds::Perk>,
) -> Result<Vec<Grant>, Fault> {
    let rows = grant_rows::Entity::find()
        .filter(grant_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(grant_rows::Column::PerkId.eq(perk.uuid()))
        .filter(grant_rows::Column::CancelledAt.is_null())
        .filter(grant_rows::Column::UsedAt.is_null())
        .order_by_asc(grant_rows::Column::Id)
        .all(tx.connection())
        .await;
    rows.doing("list a household's grants of a perk")?.iter().map(grant).collect()
}

/// When the gatherings were over at which these households had seats and nobody came in with them, since an instant, where somebody
/// kept the door. Call it holding the households' wallets.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_no_shows(
    tx: &mut Tx,
    households: &[Id<kinds::Household>],
    since: Timestamp,
) -> Result<HashMap<Id<kinds::Household>, Vec<Timestamp>>, Fault> {
    let now = tx.now().timestamp_millis();
    let of_perk = (grant_rows::Entity, grant_rows::Column::PerkId);
    let on = Expr::col((gathering_rows::Entity, gathering_rows::Column::PerkId)).equals(of_perk);
    let mut select = grant_rows::Entity::find()
        .select_only()
        .column(grant_rows::Column::HouseholdId)
        .column(gathering_rows::Column::EndsAt)
        .filter(is_any_id(tx, grant_rows::Column::HouseholdId, households.iter().map(|id| id.uuid())))
        .filter(grant_rows::Column::CancelledAt.is_null())
        .filter(grant_rows::Column::UsedAt.is_null())
        .filter(gathering_rows::Column::FirstCheckInAt.is_not_null())
        .filter(gathering_rows::Column::EndsAt.lte(now))
        .filter(gathering_rows::Column::EndsAt.gt(since.timestamp_millis()));
    QuerySelect::query(&mut select).inner_join(gathering_rows::Entity, on);
    let rows: Vec<(Uuid, i64)> = select.into_tuple().all(tx.connection()).await.doing("list seats that stood empty")?;
    let mut no_shows = HashMap::<_, Vec<Timestamp>>::new();
    for (household, ended) in rows {
        let ended = Timestamp::from_timestamp_millis(ended);
        let ended = ended.ok_or_else(|| Fault::inconsistent("read when a gathering was over"))?;
        no_shows.entry(Id::from_uuid(household)).or_default().push(ended);
    }
    Ok(no_shows)
}
