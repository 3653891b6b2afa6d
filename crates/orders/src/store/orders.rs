use std::collections::HashMap;

use db::{Doing, Reader, Tx, idempotency::InputHash, insert_rows, is_any_id, is_any_text};
use kernel::{Currency, ExternalRef, Fault, Id, Label, Money, Timestamp, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use uuid::Uuid;

use super::lines::{lines, stored_lines};
use crate::Order;

/// What is known of an order reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownOrder {
    /// Whose order.
    pub household: Id<kinds::Household>,
    /// Our id.
    pub order: Id<kinds::Order>,
    content_hash: Vec<u8>,
}

impl KnownOrder {
    /// Whether the order was told with this content.
    #[must_use]
    pub fn has_content(&self, hash: InputHash) -> bool {
        self.content_hash == hash.to_vec()
    }
}

/// Which of these order references were told before, over all households.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_known_orders(tx: &mut Tx, refs: &[&ExternalRef]) -> Result<HashMap<ExternalRef, KnownOrder>, Fault> {
    let are_wanted = is_any_text(tx, order_refs::Column::ExternalRef, refs.iter().map(|told| told.as_str()));
    let rows = order_refs::Entity::find().filter(are_wanted).all(tx.connection()).await;
    let known = rows.doing("look up order references")?.into_iter().map(|row| {
        let order_ref = row.external_ref.parse().map_err(|_| impossible())?;
        let (household, order) = (Id::from_uuid(row.household_id), Id::from_uuid(row.order_id));
        Ok((order_ref, KnownOrder { household, order, content_hash: row.content_hash }))
    });
    known.collect()
}

/// Writes new orders with their lines and references.
///
/// # Errors
/// A [`Fault`] of the database; contention when another process wrote one of the references first.
pub async fn insert_orders(tx: &mut Tx, orders: &[(Order, InputHash)]) -> Result<(), Fault> {
    // In reference order, so that two processes telling the same orders cannot wait for each other.
    let mut by_ref: Vec<&(Order, InputHash)> = orders.iter().collect();
    by_ref.sort_by(|a, b| a.0.order_ref.cmp(&b.0.order_ref));
    let refs = by_ref.iter().map(|(order, hash)| order_refs::ActiveModel {
        external_ref: Set(order.order_ref.to_string()),
        household_id: Set(order.household.uuid()),
        order_id: Set(order.id.uuid()),
        content_hash: Set(hash.to_vec()),
    });
    insert_rows::<order_refs::Entity, _>(tx, refs.collect(), "insert order references").await?;
    let recorded_at = tx.now().timestamp_millis();
    let rows = orders.iter().map(|(order, _)| order_row(order, recorded_at)).collect();
    insert_rows::<order_rows::Entity, _>(tx, rows, "insert orders").await
}

/// An order with its lines.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_order(tx: &mut Tx, known: &KnownOrder) -> Result<Order, Fault> {
    let key = (known.household.uuid(), known.order.uuid());
    let row = order_rows::Entity::find_by_id(key).one(tx.connection()).await.doing("find an order")?;
    order(row.ok_or_else(|| Fault::inconsistent("find the order of a reference"))?)
}

/// Up to `limit` orders of a household that one of its members placed, the newest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_orders_of_person(
    reader: &Reader,
    household: Id<kinds::Household>,
    person: Id<kinds::Person>,
    limit: usize,
) -> Result<Vec<Order>, Fault> {
    let rows = order_rows::Entity::find()
        .filter(order_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(order_rows::Column::PersonId.eq(person.uuid()))
        .order_by_desc(order_rows::Column::OrderedAt)
        .limit(u64::try_from(limit).unwrap_or(u64::MAX))
        .all(reader.connection())
        .await
        .doing("list the orders of a person")?;
    rows.into_iter().map(order).collect()
}

/// The newest orders of a household, at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_orders_of_household(
    reader: &Reader,
    household: Id<kinds::Household>,
    limit: usize,
) -> Result<Vec<Order>, Fault> {
    let rows = order_rows::Entity::find()
        .filter(order_rows::Column::HouseholdId.eq(household.uuid()))
        .order_by_desc(order_rows::Column::OrderedAt)
        .order_by_desc(order_rows::Column::Id)
        .limit(u64::try_from(limit).unwrap_or(u64::MAX))
        .all(reader.connection())
        .await
        .doing("list the orders of a household")?;
    rows.into_iter().map(order).collect()
}

/// The operator's numbers of orders, by the households they may be of and our ids; what is none of them is left out.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_order_refs(
    reader: &Reader,
    households: &[Id<kinds::Household>],
    orders: &[Id<kinds::Order>],
) -> Result<HashMap<Id<kinds::Order>, ExternalRef>, Fault> {
    let rows: Vec<(Uuid, String)> = order_rows::Entity::find()
        .select_only()
        .columns([order_rows::Column::Id, order_rows::Column::ExternalRef])
        .filter(order_rows::Column::HouseholdId.is_in(households.iter().map(|id| id.uuid())))
        .filter(order_rows::Column::Id.is_in(orders.iter().map(|id| id.uuid())))
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list the references of orders")?;
    let refs = rows.into_iter().map(|(id, told)| Ok((Id::from_uuid(id), told.parse().map_err(|_| impossible())?)));
    refs.collect()
}

/// When orders were picked up; those that were not are left out.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_picked_up_at(
    tx: &mut Tx,
    known: impl Iterator<Item = &KnownOrder>,
) -> Result<HashMap<Id<kinds::Order>, Timestamp>, Fault> {
    list_noted_at(tx, known, order_rows::Column::PickedUpAt).await
}

/// When orders were cancelled; those that were not are left out.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_cancelled_at(
    tx: &mut Tx,
    known: impl Iterator<Item = &KnownOrder>,
) -> Result<HashMap<Id<kinds::Order>, Timestamp>, Fault> {
    list_noted_at(tx, known, order_rows::Column::CancelledAt).await
}

async fn list_noted_at(
    tx: &mut Tx,
    known: impl Iterator<Item = &KnownOrder>,
    instant: order_rows::Column,
) -> Result<HashMap<Id<kinds::Order>, Timestamp>, Fault> {
    let (households, orders): (Vec<_>, Vec<_>) =
        known.map(|known| (known.household.uuid(), known.order.uuid())).unzip();
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(uuid::Uuid, i64)> = order_rows::Entity::find()
        .select_only()
        .columns([order_rows::Column::Id, instant])
        .filter(is_any_id(tx, order_rows::Column::HouseholdId, households))
        .filter(is_any_id(tx, order_rows::Column::Id, orders))
        .filter(instant.is_not_null())
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("look up what happened to orders")?;
    let noted = rows
        .into_iter()
        .map(|(id, millis)| Ok((Id::from_uuid(id), Timestamp::from_timestamp_millis(millis).ok_or_else(impossible)?)));
    noted.collect()
}

/// Notes when an order was picked up.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_picked_up(tx: &mut Tx, order: &Order) -> Result<(), Fault> {
    let row = order_rows::ActiveModel {
        household_id: Set(order.household.uuid()),
        id: Set(order.id.uuid()),
        picked_up_at: Set(order.picked_up_at.map(|at| at.timestamp_millis())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("note a pick-up").map(|_| ())
}

/// Notes when an order was called off.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_cancelled(tx: &mut Tx, order: &Order) -> Result<(), Fault> {
    let row = order_rows::ActiveModel {
        household_id: Set(order.household.uuid()),
        id: Set(order.id.uuid()),
        cancelled_at: Set(order.cancelled_at.map(|at| at.timestamp_millis())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("note a cancellation").map(|_| ())
}

/// Notes what was refunded of each line.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_refunded(tx: &mut Tx, order: &Order) -> Result<(), Fault> {
    let row = order_rows::ActiveModel {
        household_id: Set(order.household.uuid()),
        id: Set(order.id.uuid()),
        lines: Set(stored_lines(&order.lines)),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("note what was refunded").map(|_| ())
}

fn order_row(order: &Order, recorded_at: i64) -> order_rows::ActiveModel {
    order_rows::ActiveModel {
        household_id: Set(order.household.uuid()),
        id: Set(order.id.uuid()),
        external_ref: Set(order.order_ref.to_string()),
        person_id: Set(order.person.map(Id::uuid)),
        community: Set(order.community.as_ref().map(Label::to_string)),
        channel: Set(order.channel.as_ref().map(Label::to_string)),
        currency: Set(order.amount.currency().code().to_owned()),
        amount_minor: Set(order.amount.minor()),
        cash_minor: Set(order.cash.minor()),
        items_count: Set(i64::from(order.items_count)),
        ordered_at: Set(order.ordered_at.timestamp_millis()),
        picked_up_at: Set(order.picked_up_at.map(|at| at.timestamp_millis())),
        recorded_at: Set(recorded_at),
        lines: Set(stored_lines(&order.lines)),
        cancelled_at: Set(order.cancelled_at.map(|at| at.timestamp_millis())),
    }
}

pub(super) fn order(row: order_rows::Model) -> Result<Order, Fault> {
    let currency = Currency::from_code(&row.currency).ok_or_else(impossible)?;
    let money = |minor| Money::from_minor(minor, currency).ok_or_else(impossible);
    let instant = |millis| Timestamp::from_timestamp_millis(millis).ok_or_else(impossible);
    Ok(Order {
        id: Id::from_uuid(row.id),
        household: Id::from_uuid(row.household_id),
        order_ref: row.external_ref.parse().map_err(|_| impossible())?,
        person: row.person_id.map(Id::from_uuid),
        community: row.community.map(|text| text.parse()).transpose().map_err(|_| impossible())?,
        channel: row.channel.map(|text| text.parse()).transpose().map_err(|_| impossible())?,
        amount: money(row.amount_minor)?,
        cash: money(row.cash_minor)?,
        items_count: u32::try_from(row.items_count).map_err(|_| impossible())?,
        ordered_at: instant(row.ordered_at)?,
        picked_up_at: row.picked_up_at.map(instant).transpose()?,
        cancelled_at: row.cancelled_at.map(instant).transpose()?,
        lines: lines(&row.lines, currency)?,
    })
}

fn impossible() -> Fault {
    Fault::inconsistent("read an order: a column is out of range")
}

mod order_refs {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_refs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub external_ref: String,
        pub household_id: Uuid,
        pub order_id: Uuid,
        pub content_hash: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod order_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "orders")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub external_ref: String,
        pub person_id: Option<Uuid>,
        pub community: Option<String>,
        pub channel: Option<String>,
        pub currency: String,
        pub amount_minor: i64,
        pub cash_minor: i64,
        pub items_count: i64,
        pub ordered_at: i64,
        pub picked_up_at: Option<i64>,
        pub recorded_at: i64,
        pub lines: String,
        pub cancelled_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
