//! What failed for the last time and waits for a person: events whose reactions did, and messages to webhooks.

use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::outbox_events;
use crate::{Doing, Reader, Tx, deliveries::webhook_deliveries};

/// A parked event as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedEvent {
    /// Its id.
    pub id: Id<kinds::Event>,
    /// Its type.
    pub kind: String,
    /// Whose household it concerns, if one.
    pub household: Option<Id<kinds::Household>>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Since when it is parked.
    pub parked_at: Timestamp,
    /// How often its reactions failed.
    pub attempts: i64,
    /// What the last failure said.
    pub last_error: Option<String>,
}

/// Which part of the parked events, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParkedPart {
    /// From the newest on, or what is older than one.
    Older(Option<Id<kinds::Event>>),
    /// Up to the oldest, or what is newer than one.
    Newer(Option<Id<kinds::Event>>),
}

/// Parked events, the newest first, at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_parked(reader: &Reader, part: ParkedPart, limit: u64) -> Result<Vec<ParkedEvent>, Fault> {
    use outbox_events::Column;
    let parked = outbox_events::Entity::find()
        .filter(Column::SettledAt.is_null())
        .filter(Column::ParkedAt.is_not_null())
        .limit(limit);
    let parked = match part {
        ParkedPart::Older(than) => {
            let parked = parked.order_by_desc(Column::Id);
            than.map_or(parked.clone(), |id| parked.filter(Column::Id.lt(id.uuid())))
        }
        ParkedPart::Newer(than) => {
            let parked = parked.order_by_asc(Column::Id);
            than.map_or(parked.clone(), |id| parked.filter(Column::Id.gt(id.uuid())))
        }
    };
    let rows = parked.all(reader.connection()).await.doing("list parked events")?;
    let events = rows.into_iter().map(event);
    match part {
        ParkedPart::Older(_) => events.collect(),
        ParkedPart::Newer(_) => events.rev().collect(),
    }
}

/// Locks a parked event; `None` when there is none of this id, or it is not parked any more.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_parked(tx: &mut Tx, id: Id<kinds::Event>) -> Result<Option<ParkedEvent>, Fault> {
    let row = outbox_events::Entity::find_by_id(id.uuid())
        .filter(outbox_events::Column::SettledAt.is_null())
        .filter(outbox_events::Column::ParkedAt.is_not_null())
        .lock_exclusive()
        .one(tx.connection())
        .await
        .doing("lock a parked event")?;
    row.map(event).transpose()
}

/// Has a parked event that was locked just now run again from now on, with all its attempts before it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_unparked(tx: &mut Tx, id: Id<kinds::Event>) -> Result<(), Fault> {
    let due = outbox_events::ActiveModel {
        id: Set(id.uuid()),
        attempts: Set(0),
        due_at: Set(tx.now().timestamp_millis()),
        parked_at: Set(None),
        ..Default::default()
    };
    due.update_without_returning(tx.connection()).await.doing("have a parked event run again").map(|_| ())
}

/// How many messages to webhooks are parked, for the back office.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_parked_deliveries(reader: &Reader) -> Result<u64, Fault> {
    let parked = webhook_deliveries::Entity::find().filter(webhook_deliveries::Column::ParkedAt.is_not_null());
    parked.count(reader.connection()).await.doing("count parked deliveries")
}

fn event(row: outbox_events::Model) -> Result<ParkedEvent, Fault> {
    let instant = |millis| {
        Timestamp::from_timestamp_millis(millis).ok_or_else(|| Fault::inconsistent("read an instant of a parked event"))
    };
    Ok(ParkedEvent {
        id: Id::from_uuid(row.id),
        kind: row.kind,
        household: row.household_id.map(Id::from_uuid),
        occurred_at: instant(row.occurred_at)?,
        parked_at: instant(row.parked_at.unwrap_or(row.due_at))?,
        attempts: row.attempts,
        last_error: row.last_error,
    })
}
