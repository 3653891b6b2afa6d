//! Households that went into others, and what their old ids and numbers stand for.

use std::collections::BTreeSet;

use db::{Doing, Reader, Tx, insert_rows, is_any_id, upsert_rows};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};
use uuid::Uuid;

use super::{
    instant, role,
    rows::{household_refs, households, memberships, persons},
};
use crate::{Departure, HouseholdMerge, Role};

/// Locks persons in their order: nobody else moves them meanwhile. Whoever is not there is left out.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_persons(tx: &mut Tx, ids: &BTreeSet<Id<kinds::Person>>) -> Result<(), Fault> {
    let are_wanted = is_any_id(tx, persons::Column::Id, ids.iter().map(|id| id.uuid()));
    let select = persons::Entity::find().filter(are_wanted).order_by_asc(persons::Column::Id).lock_exclusive();
    select.all(tx.connection()).await.doing("lock persons").map(|_| ())
}

/// Who belongs to a household, without a lock: to know whom to lock first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_members(tx: &mut Tx, household: Id<kinds::Household>) -> Result<BTreeSet<Id<kinds::Person>>, Fault> {
    let rows: Vec<Uuid> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::PersonId)
        .filter(memberships::Column::HouseholdId.eq(household.uuid()))
        .filter(memberships::Column::LeftAt.is_null())
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("find who belongs to a household")?;
    Ok(rows.into_iter().map(Id::from_uuid).collect())
}

/// Which household an old id stands for now; none for one that stands for itself, or for nothing.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_alias(reader: &Reader, id: Id<kinds::Household>) -> Result<Option<Id<kinds::Household>>, Fault> {
    let row = household_aliases::Entity::find_by_id(id.uuid()).one(reader.connection()).await;
    Ok(row.doing("find what an old household's id stands for")?.map(|row| Id::from_uuid(row.household_id)))
}

/// Those of these households that went into another. Call it holding their rows or wallets: whoever merges one holds both.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_merged(
    tx: &mut Tx,
    households: impl IntoIterator<Item = Id<kinds::Household>>,
) -> Result<Vec<(Id<kinds::Household>, Id<kinds::Household>)>, Fault> {
    let are_wanted = is_any_id(tx, household_aliases::Column::AliasId, households.into_iter().map(Id::uuid));
    let rows = household_aliases::Entity::find().filter(are_wanted).all(tx.connection()).await;
    let rows = rows.doing("see which households went into others")?;
    Ok(rows.into_iter().map(|row| (Id::from_uuid(row.alias_id), Id::from_uuid(row.household_id))).collect())
}

/// All households whose ids stand for a locked one: those that went into it, and into those, by merges that stand, and parts of them
/// that went and came back.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_absorbed(
    tx: &mut Tx,
    household: Id<kinds::Household>,
) -> Result<BTreeSet<Id<kinds::Household>>, Fault> {
    let mut absorbed = BTreeSet::new();
    let mut to_visit = vec![household];
    while !to_visit.is_empty() {
        let merged: Vec<Uuid> = household_merges::Entity::find()
            .select_only()
            .column(household_merges::Column::MergedId)
            .filter(household_merges::Column::HouseholdId.is_in(to_visit.iter().map(|id| id.uuid())))
            .filter(household_merges::Column::UndoneAt.is_null())
            .into_tuple()
            .all(tx.connection())
            .await
            .doing("list what went into a household")?;
        let rejoined = super::splits::list_rejoined(tx, &to_visit).await?;
        // Nobody is visited twice, or two merges that were undone by halves would lead in a circle.
        let found = merged.into_iter().map(Id::from_uuid).chain(rejoined);
        to_visit = found.filter(|id| *id != household && absorbed.insert(*id)).collect();
    }
    Ok(absorbed)
}

/// Into which households one ever went: by a merge, or as a part that came back, also where that was undone; and into which those did.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_ever_into(
    tx: &mut Tx,
    household: Id<kinds::Household>,
) -> Result<BTreeSet<Id<kinds::Household>>, Fault> {
    let mut into = BTreeSet::new();
    let mut to_visit = vec![household];
    while !to_visit.is_empty() {
        let merged: Vec<Uuid> = household_merges::Entity::find()
            .select_only()
            .column(household_merges::Column::HouseholdId)
            .filter(household_merges::Column::MergedId.is_in(to_visit.iter().map(|id| id.uuid())))
            .into_tuple()
            .all(tx.connection())
            .await
            .doing("list into what a household went")?;
        let rejoined = super::splits::list_rejoined_into(tx, &to_visit).await?;
        let found = merged.into_iter().map(Id::from_uuid).chain(rejoined);
        to_visit = found.filter(|id| *id != household && into.insert(*id)).collect();
    }
    Ok(into)
}

/// Lets ids of locked households, and the operator's numbers of them, stand for a locked household from now on.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_directory(
    tx: &mut Tx,
    households: &BTreeSet<Id<kinds::Household>>,
    stand_for: Id<kinds::Household>,
) -> Result<(), Fault> {
    let numbers: Vec<String> = households::Entity::find()
        .select_only()
        .column(households::Column::ExternalRef)
        .filter(is_any_id(tx, households::Column::HouseholdId, households.iter().map(|id| id.uuid())))
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("find the numbers of households")?;
    let refs = numbers
        .into_iter()
        .map(|number| household_refs::ActiveModel { external_ref: Set(number), household_id: Set(stand_for.uuid()) });
    let key = [household_refs::Column::ExternalRef];
    let replaced = [household_refs::Column::HouseholdId];
    upsert_rows::<household_refs::Entity, _>(tx, refs.collect(), &key, &replaced, "lead numbers on").await?;
    let done = household_aliases::Entity::delete_by_id(stand_for.uuid()).exec(tx.connection()).await;
    done.doing("let a household stand for itself")?;
    let others = households.iter().filter(|id| **id != stand_for);
    let rows = others
        .map(|id| household_aliases::ActiveModel { alias_id: Set(id.uuid()), household_id: Set(stand_for.uuid()) });
    let key = [household_aliases::Column::AliasId];
    let replaced = [household_aliases::Column::HouseholdId];
    upsert_rows::<household_aliases::Entity, _>(tx, rows.collect(), &key, &replaced, "lead ids on").await
}

/// Notes that two locked households became one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_merge(tx: &mut Tx, merge: &HouseholdMerge) -> Result<(), Fault> {
    let row = household_merges::ActiveModel {
        household_id: Set(merge.household.uuid()),
        invitation_id: Set(merge.invitation.uuid()),
        merged_id: Set(merge.merged.uuid()),
        asked_by: Set(merge.asked_by.uuid()),
        accepted_by: Set(merge.accepted_by.uuid()),
        merged_at: Set(merge.merged_at.timestamp_millis()),
        undone_at: Set(None),
        undone_by: Set(None),
    };
    insert_rows::<household_merges::Entity, _>(tx, vec![row], "note that households became one").await
}

/// The merge that stands of one household into a locked one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_standing_merge(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    merged: Id<kinds::Household>,
) -> Result<Option<HouseholdMerge>, Fault> {
    let row = standing_merge(household, merged).lock_exclusive().one(tx.connection()).await;
    row.doing("lock a merge of households")?.map(merge).transpose()
}

/// As [`lock_standing_merge`], without a lock: to know whom to lock first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_standing_merge(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    merged: Id<kinds::Household>,
) -> Result<Option<HouseholdMerge>, Fault> {
    let row = standing_merge(household, merged).one(tx.connection()).await;
    row.doing("find a merge of households")?.map(merge).transpose()
}

fn standing_merge(household: Id<kinds::Household>, merged: Id<kinds::Household>) -> Select<household_merges::Entity> {
    household_merges::Entity::find()
        .filter(household_merges::Column::HouseholdId.eq(household.uuid()))
        .filter(household_merges::Column::MergedId.eq(merged.uuid()))
        .filter(household_merges::Column::UndoneAt.is_null())
}

fn merge(row: household_merges::Model) -> Result<HouseholdMerge, Fault> {
    Ok(HouseholdMerge {
        household: Id::from_uuid(row.household_id),
        invitation: Id::from_uuid(row.invitation_id),
        merged: Id::from_uuid(row.merged_id),
        asked_by: Id::from_uuid(row.asked_by),
        accepted_by: Id::from_uuid(row.accepted_by),
        merged_at: instant(row.merged_at)?,
        undone: row.undone_at.map(instant).transpose()?.zip(row.undone_by.map(Id::from_uuid)),
    })
}

/// Notes that a locked merge was undone.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_merge_undone(tx: &mut Tx, merge: &HouseholdMerge, by: Id<kinds::Person>) -> Result<(), Fault> {
    let row = household_merges::ActiveModel {
        household_id: Set(merge.household.uuid()),
        invitation_id: Set(merge.invitation.uuid()),
        undone_at: Set(Some(tx.now().timestamp_millis())),
        undone_by: Set(Some(by.uuid())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("undo a merge").map(|_| ())
}

/// Ends the locked memberships of a locked household, and begins them in another, each with a role of its own; what a member may spend
/// goes along, but for whoever owns it then, and whoever owned: an owner's right is not kept. `left_by` leaves by their own act; the
/// others go along.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_members_moved(
    tx: &mut Tx,
    (from, to): (Id<kinds::Household>, Id<kinds::Household>),
    roles: &[(Id<kinds::Person>, Role)],
    left_by: Option<Id<kinds::Person>>,
) -> Result<(), Fault> {
    for &(person, role) in roles {
        let row = memberships::Entity::find_by_id((from.uuid(), person.uuid())).one(tx.connection()).await;
        let row = row.doing("find a membership")?.ok_or_else(|| Fault::inconsistent("find a locked membership"))?;
        let departure = if left_by == Some(person) { Departure::Left } else { Departure::Moved };
        super::update_membership_left(tx, from, person, departure).await?;
        super::insert_membership(tx, to, person, role).await?;
        // An owner's right is nobody's to bound, theirs from before neither.
        if role == Role::Owner {
            continue;
        }
        let right = memberships::ActiveModel {
            household_id: Set(to.uuid()),
            person_id: Set(person.uuid()),
            spend_right: Set(row.spend_right),
            weekly_points: Set(row.weekly_points),
            ..Default::default()
        };
        right.update_without_returning(tx.connection()).await.doing("take a spend right along")?;
    }
    Ok(())
}

/// Which households went into a locked one since an instant, and when, by merges that stand.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_merged_since(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    since: Timestamp,
) -> Result<Vec<(Id<kinds::Household>, Timestamp)>, Fault> {
    let rows = household_merges::Entity::find()
        .filter(household_merges::Column::HouseholdId.eq(household.uuid()))
        .filter(household_merges::Column::UndoneAt.is_null())
        .filter(household_merges::Column::MergedAt.gt(since.timestamp_millis()))
        .all(tx.connection())
        .await
        .doing("list what went into a household lately")?;
    let merged = rows.into_iter().map(|row| {
        let at = Timestamp::from_timestamp_millis(row.merged_at);
        let at = at.ok_or_else(|| Fault::inconsistent("read when households merged: it is no instant"))?;
        Ok((Id::from_uuid(row.merged_id), at))
    });
    merged.collect()
}

/// Who went with one household into another, with what they were before: they left the one and joined the other at its instant.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_members_moved(
    tx: &mut Tx,
    (from, to): (Id<kinds::Household>, Id<kinds::Household>),
    at: Timestamp,
) -> Result<Vec<(Id<kinds::Person>, Role)>, Fault> {
    let at = at.timestamp_millis();
    let joined: Vec<Uuid> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::PersonId)
        .filter(memberships::Column::HouseholdId.eq(to.uuid()))
        .filter(memberships::Column::JoinedAt.eq(at))
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("list who joined with a household")?;
    let rows = memberships::Entity::find()
        .filter(memberships::Column::HouseholdId.eq(from.uuid()))
        .filter(memberships::Column::LeftAt.eq(at))
        .filter(memberships::Column::PersonId.is_in(joined))
        .order_by_asc(memberships::Column::PersonId)
        .all(tx.connection())
        .await
        .doing("list who went with a household")?;
    rows.into_iter().map(|row| Ok((Id::from_uuid(row.person_id), role(&row.role)?))).collect()
}

/// Lets members belong again to the household they went away with, as if they had never left it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_members_returned(
    tx: &mut Tx,
    (from, to): (Id<kinds::Household>, Id<kinds::Household>),
    people: &[(Id<kinds::Person>, Role)],
) -> Result<(), Fault> {
    for (person, _) in people {
        super::update_membership_left(tx, from, *person, Departure::Moved).await?;
        let row = memberships::ActiveModel {
            household_id: Set(to.uuid()),
            person_id: Set(person.uuid()),
            left_at: Set(None),
            left_by_choice: Set(None),
            ..Default::default()
        };
        row.update_without_returning(tx.connection()).await.doing("let a member return")?;
        super::life::update_active_household(tx, *person, Some(to)).await?;
    }
    Ok(())
}

mod household_merges {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "household_merges")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub invitation_id: Uuid,
        pub merged_id: Uuid,
        pub asked_by: Uuid,
        pub accepted_by: Uuid,
        pub merged_at: i64,
        pub undone_at: Option<i64>,
        pub undone_by: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod household_aliases {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "household_aliases")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub alias_id: Uuid,
        pub household_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
