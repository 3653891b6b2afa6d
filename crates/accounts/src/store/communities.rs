use std::collections::HashMap;

use db::{Doing, Reader, Tx, is_any_id};
use kernel::{Fault, Id, Label, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::rows::{communities, households};

/// In which community each of these households lives; those where nobody knows are left out. Read without a lock: only the operator's
/// list moves a household, and whoever asked just before it did is judged by where they lived.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_communities_of(
    tx: &mut Tx,
    of: &[Id<kinds::Household>],
) -> Result<HashMap<Id<kinds::Household>, Id<kinds::Community>>, Fault> {
    let rows: Vec<(Uuid, Option<Uuid>)> = households::Entity::find()
        .select_only()
        .columns([households::Column::HouseholdId, households::Column::CommunityId])
        .filter(is_any_id(tx, households::Column::HouseholdId, of.iter().map(|id| id.uuid())))
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("find where households live")?;
    let known = rows.into_iter().filter_map(|(household, community)| Some((household, community?)));
    Ok(known.map(|(household, community)| (Id::from_uuid(household), Id::from_uuid(community))).collect())
}

/// A community by its name. What it finds holds until the commit without a lock: a community once founded stays.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_community_by_name(tx: &mut Tx, name: &Label) -> Result<Option<Id<kinds::Community>>, Fault> {
    let row = communities::Entity::find().filter(communities::Column::Name.eq(name.as_str())).one(tx.connection());
    Ok(row.await.doing("find a community by its name")?.map(|row| Id::from_uuid(row.id)))
}

/// The name of a community.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_community_name(reader: &Reader, community: Id<kinds::Community>) -> Result<Option<Label>, Fault> {
    let row = communities::Entity::find_by_id(community.uuid()).one(reader.connection()).await;
    row.doing("find a community")?.map(|row| super::label(&row.name)).transpose()
}
