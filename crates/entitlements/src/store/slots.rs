use std::collections::BTreeMap;

use db::{Doing, Reader, Tx, insert_rows, is_any_id};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use super::grants::{grant, grant_rows};
use crate::{DeliverySlot, Grant};

/// Writes a new slot. Its perk's stock must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_slot(tx: &mut Tx, new: &DeliverySlot) -> Result<(), Fault> {
    insert_rows::<slot_rows::Entity, _>(tx, vec![active_slot(new)], "insert a delivery slot").await
}

/// Writes slots that are locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_slots(tx: &mut Tx, changed: impl Iterator<Item = &DeliverySlot>) -> Result<(), Fault> {
    for slot in changed {
        let row = active_slot(slot).update_without_returning(tx.connection()).await;
        row.doing("update a delivery slot")?;
    }
    Ok(())
}

/// Locks slots by id. Whoever does holds the stock of their perk before.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_slots(
    tx: &mut Tx,
    slots: &[Id<kinds::DeliverySlot>],
) -> Result<BTreeMap<Id<kinds::DeliverySlot>, DeliverySlot>, Fault> {
    if slots.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = slot_rows::Entity::find()
        .filter(is_any_id(tx, slot_rows::Column::Id, slots.iter().map(|id| id.uuid())))
        .order_by_asc(slot_rows::Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await;
    let rows = rows.doing("lock delivery slots")?;
    rows.iter().map(|row| Ok((Id::from_uuid(row.id), slot(row)?))).collect()
}

/// The slot of a perk in a community that begins at an instant, locked. The perk's stock must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_slot_at(
    tx: &mut Tx,
    perk: Id<kinds::Perk>,
    community: Id<kinds::Community>,
    starts_at: Timestamp,
) -> Result<Option<DeliverySlot>, Fault> {
    let row = slot_rows::Entity::find()
        .filter(slot_rows::Column::PerkId.eq(perk.uuid()))
        .filter(slot_rows::Column::CommunityId.eq(community.uuid()))
        .filter(slot_rows::Column::StartsAt.eq(starts_at.timestamp_millis()))
        .lock_exclusive()
        .one(tx.connection())
        .await;
    row.doing("lock a delivery slot")?.as_ref().map(slot).transpose()
}

/// A slot.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_slot(reader: &Reader, id: Id<kinds::DeliverySlot>) -> Result<Option<DeliverySlot>, Fault> {
    let row = slot_rows::Entity::find_by_id(id.uuid()).one(reader.connection()).await;
    row.doing("find a delivery slot")?.as_ref().map(slot).transpose()
}

/// Of which perk a slot is, before anything is locked: that never changes.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_perk_of_slot(tx: &mut Tx, id: Id<kinds::DeliverySlot>) -> Result<Option<Id<kinds::Perk>>, Fault> {
    let row = slot_rows::Entity::find_by_id(id.uuid()).one(tx.connection()).await;
    Ok(row.doing("find the perk of a delivery slot")?.map(|row| Id::from_uuid(row.perk_id)))
}

/// The first slot of a perk in a community that can be booked at an instant. Read without a lock: it is a hint.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_next_free_slot(
    tx: &mut Tx,
    perk: Id<kinds::Perk>,
    community: Id<kinds::Community>,
) -> Result<Option<DeliverySlot>, Fault> {
    let now = tx.now().timestamp_millis();
    let row = slot_rows::Entity::find()
        .filter(slot_rows::Column::PerkId.eq(perk.uuid()))
        .filter(slot_rows::Column::CommunityId.eq(community.uuid()))
        .filter(slot_rows::Column::IsOpen.eq(true))
        .filter(slot_rows::Column::CutOffAt.gt(now))
        .filter(slot_rows::Column::Taken.into_expr().lt(sea_orm::sea_query::Expr::col(slot_rows::Column::Capacity)))
        .order_by_asc(slot_rows::Column::StartsAt)
        .order_by_asc(slot_rows::Column::Id)
        .one(tx.connection())
        .await;
    row.doing("find the next free delivery slot")?.as_ref().map(slot).transpose()
}

/// Up to `limit` slots that begin from an instant to before another, by time; of a community only, where one is given.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_slots(
    reader: &Reader,
    (from, until): (Timestamp, Timestamp),
    community: Option<Id<kinds::Community>>,
    limit: u64,
) -> Result<Vec<DeliverySlot>, Fault> {
    let mut query = slot_rows::Entity::find()
        .filter(slot_rows::Column::StartsAt.gte(from.timestamp_millis()))
        .filter(slot_rows::Column::StartsAt.lt(until.timestamp_millis()))
        .order_by_asc(slot_rows::Column::StartsAt)
        .order_by_asc(slot_rows::Column::Id)
        .limit(limit);
    if let Some(community) = community {
        query = query.filter(slot_rows::Column::CommunityId.eq(community.uuid()));
    }
    query.all(reader.connection()).await.doing("list delivery slots")?.iter().map(slot).collect()
}

/// The bookings of a slot, the cancelled ones included, by id. Asks all households: for the operator.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_bookings(reader: &Reader, of: Id<kinds::DeliverySlot>, limit: u64) -> Result<Vec<Grant>, Fault> {
    let rows = grant_rows::Entity::find()
        .filter(grant_rows::Column::SlotId.eq(of.uuid()))
        .order_by_asc(grant_rows::Column::Id)
        .limit(limit)
        .all(reader.connection())
        .await;
    rows.doing("list the bookings of a delivery slot")?.iter().map(grant).collect()
}

/// A household's newest booking for an order, whether or not it stands. Call it holding the household's wallet.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_booking_of_order(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    order: Id<kinds::Order>,
) -> Result<Option<Grant>, Fault> {
    let row = grant_rows::Entity::find()
        .filter(grant_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(grant_rows::Column::OrderId.eq(order.uuid()))
        .order_by_desc(grant_rows::Column::Id)
        .one(tx.connection())
        .await;
    row.doing("find the booking of an order")?.as_ref().map(grant).transpose()
}

/// Up to `limit` bookings that stand unused though their slot was over at an instant, by slot. Asks all households: for the clockwork.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_unsettled_bookings(
    reader: &Reader,
    over_at: Timestamp,
    limit: u64,
) -> Result<Vec<(Id<kinds::Household>, Id<kinds::Grant>)>, Fault> {
    let stands = Condition::all()
        .add(grant_rows::Column::SlotId.is_not_null())
        .add(grant_rows::Column::UsedAt.is_null())
        .add(grant_rows::Column::CancelledAt.is_null());
    let of_slot = sea_orm::sea_query::Query::select()
        .column(slot_rows::Column::Id)
        .from(slot_rows::Entity)
        .and_where(slot_rows::Column::EndsAt.lte(over_at.timestamp_millis()))
        .and_where(slot_rows::Column::Taken.gt(0))
        .take();
    let rows: Vec<(Uuid, Uuid)> = grant_rows::Entity::find()
        .select_only()
        .columns([grant_rows::Column::HouseholdId, grant_rows::Column::Id])
        .filter(stands)
        .filter(grant_rows::Column::SlotId.in_subquery(of_slot))
        .order_by_asc(grant_rows::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list bookings nobody spoke of")?;
    Ok(rows.into_iter().map(|(household, id)| (Id::from_uuid(household), Id::from_uuid(id))).collect())
}

fn active_slot(slot: &DeliverySlot) -> slot_rows::ActiveModel {
    slot_rows::ActiveModel {
        id: Set(slot.id.uuid()),
        perk_id: Set(slot.perk.uuid()),
        community_id: Set(slot.community.uuid()),
        starts_at: Set(slot.starts_at.timestamp_millis()),
        ends_at: Set(slot.ends_at.timestamp_millis()),
        ends_on: Set(slot.ends_on),
        cut_off_at: Set(slot.cut_off_at.timestamp_millis()),
        capacity: Set(i64::from(slot.capacity)),
        taken: Set(i64::from(slot.taken)),
        is_open: Set(slot.is_open),
        version: Set(i64::from(slot.version)),
    }
}

fn slot(row: &slot_rows::Model) -> Result<DeliverySlot, Fault> {
    let impossible = || Fault::inconsistent("read a delivery slot: a column is out of range");
    let instant = |millis| Timestamp::from_timestamp_millis(millis).ok_or_else(impossible);
    let whole = |stored| u32::try_from(stored).map_err(|_| impossible());
    Ok(DeliverySlot {
        id: Id::from_uuid(row.id),
        perk: Id::from_uuid(row.perk_id),
        community: Id::from_uuid(row.community_id),
        starts_at: instant(row.starts_at)?,
        ends_at: instant(row.ends_at)?,
        ends_on: row.ends_on,
        cut_off_at: instant(row.cut_off_at)?,
        capacity: whole(row.capacity)?,
        taken: whole(row.taken)?,
        is_open: row.is_open,
        version: whole(row.version)?,
    })
}

mod slot_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "delivery_slots")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub perk_id: Uuid,
        pub community_id: Uuid,
        pub starts_at: i64,
        pub ends_at: i64,
        pub ends_on: chrono::NaiveDate,
        pub cut_off_at: i64,
        pub capacity: i64,
        pub taken: i64,
        pub is_open: bool,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
