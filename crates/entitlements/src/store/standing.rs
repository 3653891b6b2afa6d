use db::{Doing, Reader, Tx};
use kernel::{Fault, Id, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::grants::{grant, grant_rows};
use crate::Grant;

/// Up to `limit` households that hold standing grants of a perk, by id, after one. Asks all households: for what is rare.
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
        .order_by_asc(grant_rows::Column::HouseholdId)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(grant_rows::Column::HouseholdId.gt(after.uuid()));
    }
    let rows: Vec<Uuid> = query.into_tuple().all(reader.connection()).await.doing("list who holds grants of a perk")?;
    Ok(rows.into_iter().map(Id::from_uuid).collect())
}

/// A household's standing grants of a perk. Call it holding the household's wallet: that keeps its grants still.
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
        .order_by_asc(grant_rows::Column::Id)
        .all(tx.connection())
        .await;
    rows.doing("list a household's grants of a perk")?.iter().map(grant).collect()
}
