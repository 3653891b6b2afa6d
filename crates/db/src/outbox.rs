//! What happened, told to others: written in the commit that made it happen, delivered afterwards.
//!
//! A worker claims due events with a lease, oldest first, runs their reactions and settles them. An event is never
//! forgotten: a failing one is deferred with growing pauses, then parked where staff see it.

use std::sync::Arc;
pub mod feed;
pub mod parked;

use chrono::TimeDelta;
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, NotSet, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, LockBehavior, LockType, OnConflict},
};
use uuid::Uuid;

use crate::{Doing, Reader, Tx, deliveries::insert_deliveries, insert_rows};

/// How long a claimed event belongs to its worker. A worker that dies loses it after this; reactions may then run again.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);

/// After this many failed runs an event is parked.
pub const MAX_ATTEMPTS: i64 = 12;

/// A past-tense fact that others may react to. Versioned, additive only; ids and few values, never a name or an address.
pub trait Event: serde::Serialize {
    /// Domain, fact, version: `entitlements.perk_redeemed.v1`.
    const KIND: &'static str;

    /// Whose household it concerns, if one.
    fn household(&self) -> Option<Id<kinds::Household>>;
}

/// An event on its way into the outbox.
#[derive(Debug)]
pub(crate) struct NewEvent {
    id: Id<kinds::Event>,
    kind: &'static str,
    household: Option<Id<kinds::Household>>,
    payload: String,
}

/// An event claimed by this worker.
#[derive(Debug, Clone)]
pub struct ClaimedEvent {
    /// Its id: with the reaction's name, the key that makes reactions happen once.
    pub id: Id<kinds::Event>,
    /// Its [`Event::KIND`].
    pub kind: String,
    /// Its JSON.
    pub payload: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// How often running its reactions failed so far.
    pub attempts: i64,
}

/// Notes an event; [`Tx::commit`] writes it.
pub fn append<E: Event>(tx: &mut Tx, event: &E) {
    let payload = serde_json::to_string(event).expect("events are plain structs that always serialise");
    let new = NewEvent { id: tx.new_id(), kind: E::KIND, household: event.household(), payload };
    tx.events.push(new);
}

pub(crate) async fn write_events(tx: &mut Tx) -> Result<(), Fault> {
    let now = tx.now().timestamp_millis();
    let events = std::mem::take(&mut tx.events);
    let is_heard = tx.is_heard;
    let told: Vec<(Id<kinds::Event>, &'static str)> = events.iter().map(|event| (event.id, event.kind)).collect();
    let rows = events.into_iter().map(|event| outbox_events::ActiveModel {
        id: Set(event.id.uuid()),
        kind: Set(event.kind.to_owned()),
        household_id: Set(event.household.map(Id::uuid)),
        payload: Set(event.payload),
        occurred_at: Set(now),
        due_at: Set(now),
        attempts: Set(0),
        settled_at: Set((!is_heard(event.kind)).then_some(now)),
        parked_at: Set(None),
        last_error: Set(None),
        // Whoever reads the household's feed numbers it.
        feed_no: NotSet,
    });
    let rows: Vec<outbox_events::ActiveModel> = rows.collect();
    insert_rows::<outbox_events::Entity, _>(tx, rows, "append outbox events").await?;
    let subscribers = Arc::clone(&tx.subscribers);
    insert_deliveries(tx, &subscribers, &told).await
}

/// Claims up to `limit` due events, oldest first, by moving their due time a [`LEASE`] ahead. Commit before running them.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_due(tx: &mut Tx, limit: u64) -> Result<Vec<ClaimedEvent>, Fault> {
    let now = tx.now();
    let rows = outbox_events::Entity::find()
        .filter(outbox_events::Column::SettledAt.is_null())
        .filter(outbox_events::Column::ParkedAt.is_null())
        .filter(outbox_events::Column::DueAt.lte(now.timestamp_millis()))
        .order_by_asc(outbox_events::Column::DueAt)
        .order_by_asc(outbox_events::Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.connection())
        .await
        .doing("claim due events")?;
    let claimed_ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    outbox_events::Entity::update_many()
        .col_expr(outbox_events::Column::DueAt, Expr::value((now + LEASE).timestamp_millis()))
        .filter(outbox_events::Column::Id.is_in(claimed_ids))
        .exec(tx.connection())
        .await
        .doing("lease claimed events")?;
    rows.into_iter().map(claimed).collect()
}

fn claimed(row: outbox_events::Model) -> Result<ClaimedEvent, Fault> {
    let occurred_at = Timestamp::from_timestamp_millis(row.occurred_at)
        .ok_or_else(|| Fault::inconsistent("read the instant of an outbox event"))?;
    let id = Id::from_uuid(row.id);
    Ok(ClaimedEvent { id, kind: row.kind, payload: row.payload, occurred_at, attempts: row.attempts })
}

/// Settles an event: all its reactions are done.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_settled(tx: &mut Tx, id: Id<kinds::Event>) -> Result<(), Fault> {
    let settled = outbox_events::ActiveModel {
        id: Set(id.uuid()),
        settled_at: Set(Some(tx.now().timestamp_millis())),
        ..Default::default()
    };
    settled.update_without_returning(tx.connection()).await.doing("settle an event").map(|_| ())
}

/// Defers an event after a failed run, or parks it after [`MAX_ATTEMPTS`]. Returns whether it was parked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_deferred(tx: &mut Tx, event: &ClaimedEvent, error: &str) -> Result<bool, Fault> {
    let attempts = event.attempts + 1;
    let is_parked = attempts >= MAX_ATTEMPTS;
    let due_at = tx.now() + pause_after(attempts);
    let deferred = outbox_events::ActiveModel {
        id: Set(event.id.uuid()),
        attempts: Set(attempts),
        due_at: Set(due_at.timestamp_millis()),
        parked_at: Set(is_parked.then(|| tx.now().timestamp_millis())),
        last_error: Set(Some(error.chars().take(500).collect())),
        ..Default::default()
    };
    deferred.update_without_returning(tx.connection()).await.doing("defer an event")?;
    Ok(is_parked)
}

/// 10 s, doubling, at most 6 h: twelve attempts span about a day.
fn pause_after(attempts: i64) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(1, 12) - 1).expect("between 0 and 11");
    TimeDelta::seconds(std::cmp::min(10 * 2_i64.pow(doublings), 6 * 3_600))
}

/// Whether a reaction to an event has been done.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_receipt(reader: &Reader, event: Id<kinds::Event>, reaction: &'static str) -> Result<bool, Fault> {
    let receipt = reaction_receipts::Entity::find_by_id((event.uuid(), reaction.to_owned()));
    Ok(receipt.one(reader.connection()).await.doing("look up a reaction's receipt")?.is_some())
}

/// Notes that a reaction is done; for an inside reaction, in the transaction of its effect. False: it was done before.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_receipt(tx: &mut Tx, event: Id<kinds::Event>, reaction: &'static str) -> Result<bool, Fault> {
    let row = reaction_receipts::ActiveModel {
        event_id: Set(event.uuid()),
        reaction: Set(reaction.to_owned()),
        done_at: Set(tx.now().timestamp_millis()),
    };
    let once = OnConflict::columns([reaction_receipts::Column::EventId, reaction_receipts::Column::Reaction])
        .do_nothing()
        .to_owned();
    let inserted = reaction_receipts::Entity::insert_many([row])
        .on_conflict(once)
        .exec_without_returning(tx.connection())
        .await
        .doing("insert a reaction's receipt")?;
    Ok(inserted == 1)
}

/// How many events wait, and how many are parked: for `/metrics` and the back office.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_open(reader: &Reader) -> Result<(u64, u64), Fault> {
    use sea_orm::PaginatorTrait;
    let open = outbox_events::Entity::find().filter(outbox_events::Column::SettledAt.is_null());
    let waiting = open.clone().filter(outbox_events::Column::ParkedAt.is_null()).count(reader.connection());
    let waiting = waiting.await.doing("count waiting events")?;
    let parked = open.filter(Expr::col(outbox_events::Column::ParkedAt).is_not_null()).count(reader.connection());
    Ok((waiting, parked.await.doing("count parked events")?))
}

pub(crate) mod outbox_events {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox_events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub household_id: Option<Uuid>,
        pub payload: String,
        pub occurred_at: i64,
        pub due_at: i64,
        pub attempts: i64,
        pub settled_at: Option<i64>,
        pub parked_at: Option<i64>,
        pub last_error: Option<String>,
        pub feed_no: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod reaction_receipts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "reaction_receipts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub event_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub reaction: String,
        pub done_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
