use db::{Doing, Reader, Tx};
use kernel::{ExternalRef, Fault, Id, Label, kinds};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait};
use uuid::Uuid;

use super::{
    label,
    persons::active_membership,
    rows::{communities, households, memberships, persons},
};
use crate::{HouseholdShown, masked_name};

/// Households that are called this, or have a member who is, to the letter; at most `limit`, by id.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_households_by_name(
    tx: &mut Tx,
    name: &Label,
    limit: u64,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    // Two statements, each by its own index: an engine that is asked for either reads the whole table.
    let mut found: Vec<Uuid> = households::Entity::find()
        .select_only()
        .column(households::Column::HouseholdId)
        .filter(households::Column::Name.eq(name.as_str()))
        .order_by_asc(households::Column::HouseholdId)
        .limit(limit)
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("find households by what they are called")?;
    let of_members: Vec<Uuid> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::HouseholdId)
        .join(JoinType::InnerJoin, active_membership())
        .filter(persons::Column::Name.eq(name.as_str()))
        .order_by_asc(memberships::Column::HouseholdId)
        .limit(limit)
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("find households by what a member is called")?;
    found.extend(of_members);
    found.sort();
    found.dedup();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found.into_iter().map(Id::from_uuid).collect())
}

/// Households as the staff sees them, in the order of their ids; what is no household is left out.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_households_shown(tx: &mut Tx, ids: &[Id<kinds::Household>]) -> Result<Vec<HouseholdShown>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = households::Entity::find()
        .select_also(communities::Entity)
        .join(JoinType::LeftJoin, households::Relation::Community.def())
        .filter(households::Column::HouseholdId.is_in(ids.iter().map(|id| id.uuid())))
        .order_by_asc(households::Column::HouseholdId)
        .all(tx.connection())
        .await
        .doing("list households as the staff sees them")?;
    rows.into_iter().map(|(household, community)| shown(&household, community.as_ref())).collect()
}

/// The operator's number of a household; its own id where it came to be without one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_household_number(reader: &Reader, id: Id<kinds::Household>) -> Result<ExternalRef, Fault> {
    let row = households::Entity::find_by_id(id.uuid()).one(reader.connection()).await;
    let row = row.doing("find the number of a household")?;
    number(&row.ok_or_else(|| Fault::inconsistent("find a household that was there"))?)
}

fn shown(household: &households::Model, community: Option<&communities::Model>) -> Result<HouseholdShown, Fault> {
    Ok(HouseholdShown {
        household: Id::from_uuid(household.household_id),
        number: number(household)?,
        name: Some(masked_name(&label(&household.name)?)),
        community: community.map(|community| label(&community.name)).transpose()?,
    })
}

fn number(household: &households::Model) -> Result<ExternalRef, Fault> {
    household.external_ref.parse().map_err(|_| Fault::inconsistent("read the number of a household"))
}
