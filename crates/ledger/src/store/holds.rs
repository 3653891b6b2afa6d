use std::collections::BTreeSet;

use db::{Doing, Reader, Tx, insert_rows, is_any_id};
use kernel::{Fault, Id, Label, Timestamp, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::wallets::points;
use crate::{HeldLot, Hold, HoldState};

/// Writes a hold and the lots it holds. The wallet must be locked and written before.
///
/// # Errors
/// A [`Fault`] of the database; contention when a hold of the same owner and purpose got there first.
pub async fn insert_hold(tx: &mut Tx, hold: &Hold) -> Result<(), Fault> {
    let row = hold_rows::ActiveModel {
        household_id: Set(hold.household.uuid()),
        id: Set(hold.id.uuid()),
        owner: Set(hold.owner.to_string()),
        purpose: Set(hold.purpose.to_string()),
        points: Set(hold.points.get()),
        placed_at: Set(hold.placed_at.timestamp_millis()),
        ends_at: Set(hold.ends_at.timestamp_millis()),
        state: Set(hold.state.code().to_owned()),
        ended_at: Set(hold.state.ended_at().map(|at| at.timestamp_millis())),
    };
    insert_rows::<hold_rows::Entity, _>(tx, vec![row], "insert a hold").await?;
    let lots = hold.lots.iter().map(|held| hold_lot_rows::ActiveModel {
        household_id: Set(hold.household.uuid()),
        hold_id: Set(hold.id.uuid()),
        lot_id: Set(held.lot.uuid()),
        points: Set(held.points.get()),
    });
    insert_rows::<hold_lot_rows::Entity, _>(tx, lots.collect(), "insert the lots of a hold").await
}

/// The hold of an owner for a purpose, whatever became of it. The wallet must be locked: it stands for its holds.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_hold_by_owner(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    purpose: &Label,
    owner: &Label,
) -> Result<Option<Hold>, Fault> {
    let row = hold_rows::Entity::find()
        .filter(hold_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(hold_rows::Column::Purpose.eq(purpose.as_str()))
        .filter(hold_rows::Column::Owner.eq(owner.as_str()))
        .one(tx.connection())
        .await
        .doing("find a hold")?;
    with_lots(tx, row).await
}

/// A hold of a household. The wallet must be locked: it stands for its holds.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_hold(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    id: Id<kinds::Hold>,
) -> Result<Option<Hold>, Fault> {
    let row = hold_rows::Entity::find_by_id((household.uuid(), id.uuid())).one(tx.connection()).await;
    with_lots(tx, row.doing("find a hold")?).await
}

/// Households with open holds whose end has come, the earliest end first, but for those to be passed over.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_households_with_due_holds(
    reader: &Reader,
    now: Timestamp,
    passed_over: &BTreeSet<Id<kinds::Household>>,
    limit: u64,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let due: Vec<Uuid> = hold_rows::Entity::find()
        .select_only()
        .column(hold_rows::Column::HouseholdId)
        .filter(hold_rows::Column::State.eq(HoldState::Open.code()))
        .filter(hold_rows::Column::EndsAt.lte(now.timestamp_millis()))
        .filter(hold_rows::Column::HouseholdId.is_not_in(passed_over.iter().map(|household| household.uuid())))
        .group_by(hold_rows::Column::HouseholdId)
        .order_by_asc(hold_rows::Column::EndsAt.min())
        .limit(limit)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("find holds whose end has come")?;
    Ok(due.into_iter().map(Id::from_uuid).collect())
}

/// Open holds of locked wallets whose end has come, the earliest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_due_holds_of(
    tx: &mut Tx,
    households: &[Id<kinds::Household>],
    now: Timestamp,
) -> Result<Vec<Hold>, Fault> {
    let rows = hold_rows::Entity::find()
        .filter(is_any_id(tx, hold_rows::Column::HouseholdId, households.iter().map(|id| id.uuid())))
        .filter(hold_rows::Column::State.eq(HoldState::Open.code()))
        .filter(hold_rows::Column::EndsAt.lte(now.timestamp_millis()))
        .order_by_asc(hold_rows::Column::EndsAt)
        .order_by_asc(hold_rows::Column::Id)
        .all(tx.connection())
        .await
        .doing("find due holds of wallets")?;
    let mut due = Vec::with_capacity(rows.len());
    for row in rows {
        due.extend(with_lots(tx, Some(row)).await?);
    }
    Ok(due)
}

/// Whether a locked wallet has points held for something that was begun at an instant or since.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn is_held_since(tx: &mut Tx, household: Id<kinds::Household>, since: Timestamp) -> Result<bool, Fault> {
    let found = hold_rows::Entity::find()
        .filter(hold_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(hold_rows::Column::State.eq(HoldState::Open.code()))
        .filter(hold_rows::Column::PlacedAt.gte(since.timestamp_millis()))
        .one(tx.connection())
        .await
        .doing("look for what is held since")?;
    Ok(found.is_some())
}

/// Writes what became of a hold.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_hold_state(tx: &mut Tx, hold: &Hold) -> Result<(), Fault> {
    let row = hold_rows::ActiveModel {
        household_id: Set(hold.household.uuid()),
        id: Set(hold.id.uuid()),
        state: Set(hold.state.code().to_owned()),
        ended_at: Set(hold.state.ended_at().map(|at| at.timestamp_millis())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("end a hold").map(|_| ())
}

async fn with_lots(tx: &mut Tx, row: Option<hold_rows::Model>) -> Result<Option<Hold>, Fault> {
    let Some(row) = row else { return Ok(None) };
    let lots = hold_lot_rows::Entity::find()
        .filter(hold_lot_rows::Column::HouseholdId.eq(row.household_id))
        .filter(hold_lot_rows::Column::HoldId.eq(row.id))
        .order_by_asc(hold_lot_rows::Column::LotId)
        .all(tx.connection())
        .await
        .doing("list the lots of a hold")?;
    let impossible = || Fault::inconsistent("read a hold: a column is out of range");
    let instant = |millis: i64| Timestamp::from_timestamp_millis(millis).ok_or_else(impossible);
    let ended_at = row.ended_at.map(instant).transpose()?;
    let held = lots.iter().map(|lot| Ok(HeldLot { lot: Id::from_uuid(lot.lot_id), points: points(lot.points)? }));
    Ok(Some(Hold {
        id: Id::from_uuid(row.id),
        household: Id::from_uuid(row.household_id),
        owner: row.owner.parse().map_err(|_| impossible())?,
        purpose: row.purpose.parse().map_err(|_| impossible())?,
        points: points(row.points)?,
        placed_at: instant(row.placed_at)?,
        ends_at: instant(row.ends_at)?,
        state: HoldState::from_code(&row.state, ended_at).ok_or_else(impossible)?,
        lots: held.collect::<Result<_, Fault>>()?,
    }))
}

pub(super) mod hold_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "holds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub owner: String,
        pub purpose: String,
        pub points: i64,
        pub placed_at: i64,
        pub ends_at: i64,
        pub state: String,
        pub ended_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod hold_lot_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "hold_lots")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub hold_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub lot_id: Uuid,
        pub points: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
