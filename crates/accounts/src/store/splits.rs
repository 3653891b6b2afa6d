//! Parts of households that went to ones of their own, and the offers of it.

use std::collections::BTreeSet;

use db::{Doing, Tx, insert_rows};
use kernel::{Fault, Id, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::instant;
use crate::{HouseholdSplit, SplitOffer};

/// Writes an offer over any before it; its household must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_split_offer(tx: &mut Tx, offer: &SplitOffer) -> Result<(), Fault> {
    delete_split_offer(tx, offer.household).await?;
    let row = split_offers::ActiveModel {
        household_id: Set(offer.household.uuid()),
        offered_by: Set(offer.offered_by.uuid()),
        offered_to: Set(offer.offered_to.uuid()),
        offered_at: Set(offer.offered_at.timestamp_millis()),
        expires_at: Set(offer.expires_at.timestamp_millis()),
    };
    insert_rows::<split_offers::Entity, _>(tx, vec![row], "offer a split").await?;
    let rows = offer.going.iter().map(|person| split_offer_members::ActiveModel {
        household_id: Set(offer.household.uuid()),
        person_id: Set(person.uuid()),
    });
    insert_rows::<split_offer_members::Entity, _>(tx, rows.collect(), "say who would go").await
}

/// Forgets the offer of a locked household.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn delete_split_offer(tx: &mut Tx, household: Id<kinds::Household>) -> Result<(), Fault> {
    let of_household = split_offer_members::Column::HouseholdId.eq(household.uuid());
    let members = split_offer_members::Entity::delete_many().filter(of_household).exec(tx.connection()).await;
    members.doing("forget who would go")?;
    let done = split_offers::Entity::delete_by_id(household.uuid()).exec(tx.connection()).await;
    done.doing("forget an offer of a split").map(|_| ())
}

/// The offer of a locked household, lapsed or not.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_split_offer(tx: &mut Tx, household: Id<kinds::Household>) -> Result<Option<SplitOffer>, Fault> {
    let row = split_offers::Entity::find_by_id(household.uuid()).lock_exclusive().one(tx.connection()).await;
    match row.doing("lock an offer of a split")? {
        Some(row) => offer(tx.connection(), row).await.map(Some),
        None => Ok(None),
    }
}

async fn offer(connection: &impl ConnectionTrait, row: split_offers::Model) -> Result<SplitOffer, Fault> {
    let going = split_offer_members::Entity::find()
        .filter(split_offer_members::Column::HouseholdId.eq(row.household_id))
        .order_by_asc(split_offer_members::Column::PersonId)
        .all(connection)
        .await
        .doing("find who would go")?;
    Ok(SplitOffer {
        household: Id::from_uuid(row.household_id),
        offered_by: Id::from_uuid(row.offered_by),
        offered_to: Id::from_uuid(row.offered_to),
        going: going.into_iter().map(|row| Id::from_uuid(row.person_id)).collect(),
        offered_at: instant(row.offered_at)?,
        expires_at: instant(row.expires_at)?,
    })
}

/// Notes that a part of a locked household went.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_split(tx: &mut Tx, split: &HouseholdSplit) -> Result<(), Fault> {
    let row = household_splits::ActiveModel {
        household_id: Set(split.household.uuid()),
        founded_id: Set(split.founded.uuid()),
        offered_by: Set(split.offered_by.uuid()),
        accepted_by: Set(split.accepted_by.uuid()),
        split_at: Set(split.split_at.timestamp_millis()),
        undone_at: Set(None),
        undone_by: Set(None),
    };
    insert_rows::<household_splits::Entity, _>(tx, vec![row], "note that a part of a household went").await
}

/// The split by which a household was founded, undone or not: without a lock, to know whom to lock.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_split(tx: &mut Tx, founded: Id<kinds::Household>) -> Result<Option<HouseholdSplit>, Fault> {
    let row = household_splits::Entity::find().filter(household_splits::Column::FoundedId.eq(founded.uuid()));
    row.one(tx.connection()).await.doing("find a split")?.map(split).transpose()
}

/// The same of a locked household.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_split(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    founded: Id<kinds::Household>,
) -> Result<Option<HouseholdSplit>, Fault> {
    let select = household_splits::Entity::find_by_id((household.uuid(), founded.uuid())).lock_exclusive();
    select.one(tx.connection()).await.doing("lock a split")?.map(split).transpose()
}

/// Notes that a locked split was undone.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_split_undone(tx: &mut Tx, split: &HouseholdSplit, by: Id<kinds::Person>) -> Result<(), Fault> {
    let row = household_splits::ActiveModel {
        household_id: Set(split.household.uuid()),
        founded_id: Set(split.founded.uuid()),
        undone_at: Set(Some(tx.now().timestamp_millis())),
        undone_by: Set(Some(by.uuid())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("undo a split").map(|_| ())
}

/// The households that were founded by parts of these and came back.
pub(super) async fn list_rejoined(
    tx: &mut Tx,
    households: &[Id<kinds::Household>],
) -> Result<BTreeSet<Id<kinds::Household>>, Fault> {
    let rows = household_splits::Entity::find()
        .filter(household_splits::Column::HouseholdId.is_in(households.iter().map(|id| id.uuid())))
        .filter(household_splits::Column::UndoneAt.is_not_null())
        .all(tx.connection())
        .await
        .doing("list what came back to a household")?;
    Ok(rows.into_iter().map(|row| Id::from_uuid(row.founded_id)).collect())
}

/// The households that these were founded from and came back to.
pub(super) async fn list_rejoined_into(
    tx: &mut Tx,
    founded: &[Id<kinds::Household>],
) -> Result<BTreeSet<Id<kinds::Household>>, Fault> {
    let rows = household_splits::Entity::find()
        .filter(household_splits::Column::FoundedId.is_in(founded.iter().map(|id| id.uuid())))
        .filter(household_splits::Column::UndoneAt.is_not_null())
        .all(tx.connection())
        .await
        .doing("list to what a household came back")?;
    Ok(rows.into_iter().map(|row| Id::from_uuid(row.household_id)).collect())
}

fn split(row: household_splits::Model) -> Result<HouseholdSplit, Fault> {
    Ok(HouseholdSplit {
        household: Id::from_uuid(row.household_id),
        founded: Id::from_uuid(row.founded_id),
        offered_by: Id::from_uuid(row.offered_by),
        accepted_by: Id::from_uuid(row.accepted_by),
        split_at: instant(row.split_at)?,
        undone: row.undone_at.map(instant).transpose()?.zip(row.undone_by.map(Id::from_uuid)),
    })
}

mod split_offers {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "split_offers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        pub offered_by: Uuid,
        pub offered_to: Uuid,
        pub offered_at: i64,
        pub expires_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod split_offer_members {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "split_offer_members")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod household_splits {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "household_splits")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub founded_id: Uuid,
        pub offered_by: Uuid,
        pub accepted_by: Uuid,
        pub split_at: i64,
        pub undone_at: Option<i64>,
        pub undone_by: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
