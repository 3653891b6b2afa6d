//! What is on its way to webhooks: one row per event and webhook, written in the commit of the event, and one per attempt.
//!
//! A worker claims due rows of one webhook with a lease, so that no webhook stands before another, sends, and notes what came of
//! it. A delivery is never forgotten: a failing one is deferred with growing pauses, then parked where staff see it.

use chrono::TimeDelta;
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, LockBehavior, LockType},
};

use crate::{Doing, Reader, Tx, insert_rows, outbox::outbox_events, webhooks::instant};

/// How long a claimed delivery belongs to its worker: longer than an attempt may take. A worker that dies loses it after this.
pub const DELIVERY_LEASE: TimeDelta = TimeDelta::seconds(60);

/// Whom a transaction's events go to: webhooks with the types they want to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// The webhook.
    pub webhook: Id<kinds::Webhook>,
    /// The types of events.
    pub kinds: Vec<String>,
}

/// A delivery claimed by this worker, with what is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// Its id.
    pub id: Id<kinds::Delivery>,
    /// Where it goes.
    pub webhook: Id<kinds::Webhook>,
    /// What it tells of; also the message's own id, the same at every attempt.
    pub event: Id<kinds::Event>,
    /// The event's type.
    pub kind: String,
    /// The event's JSON.
    pub payload: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// How often it was tried so far.
    pub attempts: u32,
    /// How often since it was last asked for by hand, or at all.
    pub tries: u32,
}

/// A delivery as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: Id<kinds::Delivery>,
    /// Where it goes.
    pub webhook: Id<kinds::Webhook>,
    /// What it tells of.
    pub event: Id<kinds::Event>,
    /// The event's type.
    pub kind: String,
    /// Since when it is on its way.
    pub created_at: Timestamp,
    /// What became of it.
    pub state: DeliveryState,
    /// Every attempt, oldest first.
    pub attempts: Vec<Attempt>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It will be tried at this instant, or is being tried.
    Due(Timestamp),
    /// The other side took it.
    Delivered(Timestamp),
    /// It was tried for the last time, or its webhook was disabled; it stays until somebody asks for it again.
    Parked(Timestamp),
}

/// One attempt to hand a message over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// The status the other side answered; `None` when it did not.
    pub status: Option<u16>,
    /// Why it counts as failed; `None` when it was taken.
    pub failure: Option<String>,
}

/// What is to become of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterAttempt {
    /// It was taken.
    Delivered,
    /// It is tried again then.
    Retry(Timestamp),
    /// It is not tried again by itself.
    Park,
}

/// Writes the deliveries of new events to those who want to hear of them.
pub(crate) async fn insert_deliveries(
    tx: &mut Tx,
    subscribers: &[Subscriber],
    events: &[(Id<kinds::Event>, &'static str)],
) -> Result<(), Fault> {
    let now = tx.now().timestamp_millis();
    let mut rows = Vec::new();
    for (event, kind) in events {
        for subscriber in subscribers.iter().filter(|subscriber| subscriber.kinds.iter().any(|heard| heard == kind)) {
            rows.push(webhook_deliveries::ActiveModel {
                id: Set(tx.new_id::<kinds::Delivery>().uuid()),
                event_id: Set(event.uuid()),
                webhook_id: Set(subscriber.webhook.uuid()),
                created_at: Set(now),
                due_at: Set(now),
                attempts: Set(0),
                tries_since: Set(0),
                delivered_at: Set(None),
                parked_at: Set(None),
            });
        }
    }
    insert_rows::<webhook_deliveries::Entity, _>(tx, rows, "insert webhook deliveries").await
}

/// Claims up to `limit` due deliveries of one webhook, oldest first, by moving their due time a [`DELIVERY_LEASE`] ahead. Commit
/// before sending them.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_due_deliveries(
    tx: &mut Tx,
    webhook: Id<kinds::Webhook>,
    limit: u64,
) -> Result<Vec<ClaimedDelivery>, Fault> {
    let now = tx.now();
    let rows = webhook_deliveries::Entity::find()
        .filter(webhook_deliveries::Column::WebhookId.eq(webhook.uuid()))
        .filter(webhook_deliveries::Column::DeliveredAt.is_null())
        .filter(webhook_deliveries::Column::ParkedAt.is_null())
        .filter(webhook_deliveries::Column::DueAt.lte(now.timestamp_millis()))
        .order_by_asc(webhook_deliveries::Column::DueAt)
        .order_by_asc(webhook_deliveries::Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.connection())
        .await
        .doing("claim due deliveries")?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    webhook_deliveries::Entity::update_many()
        .col_expr(webhook_deliveries::Column::DueAt, Expr::value((now + DELIVERY_LEASE).timestamp_millis()))
        .filter(webhook_deliveries::Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(tx.connection())
        .await
        .doing("lease claimed deliveries")?;
    let events = outbox_events::Entity::find()
        .filter(outbox_events::Column::Id.is_in(rows.iter().map(|row| row.event_id)))
        .all(tx.connection())
        .await
        .doing("read the events of deliveries")?;
    let claim = |row: webhook_deliveries::Model| {
        let event = events.iter().find(|event| event.id == row.event_id);
        let event = event.ok_or_else(|| Fault::inconsistent("find the event of a delivery"))?;
        Ok(ClaimedDelivery {
            id: Id::from_uuid(row.id),
            webhook: Id::from_uuid(row.webhook_id),
            event: Id::from_uuid(row.event_id),
            kind: event.kind.clone(),
            payload: event.payload.clone(),
            occurred_at: instant(event.occurred_at)?,
            attempts: count(row.attempts)?,
            tries: count(row.tries_since)?,
        })
    };
    rows.into_iter().map(claim).collect()
}

/// Notes an attempt and what follows. False when somebody else noted one since the claim: its lease had ended, and nothing is noted.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_attempted(
    tx: &mut Tx,
    claimed: &ClaimedDelivery,
    attempt: &Attempt,
    after: AfterAttempt,
) -> Result<bool, Fault> {
    let now = tx.now().timestamp_millis();
    let attempt_no = i64::from(claimed.attempts) + 1;
    let change = webhook_deliveries::Entity::update_many()
        .col_expr(webhook_deliveries::Column::Attempts, Expr::value(attempt_no))
        .col_expr(webhook_deliveries::Column::TriesSince, Expr::value(i64::from(claimed.tries) + 1));
    let change = match after {
        AfterAttempt::Delivered => change.col_expr(webhook_deliveries::Column::DeliveredAt, Expr::value(now)),
        AfterAttempt::Retry(at) => {
            change.col_expr(webhook_deliveries::Column::DueAt, Expr::value(at.timestamp_millis()))
        }
        AfterAttempt::Park => change.col_expr(webhook_deliveries::Column::ParkedAt, Expr::value(now)),
    };
    let changed = change
        .filter(webhook_deliveries::Column::Id.eq(claimed.id.uuid()))
        .filter(webhook_deliveries::Column::Attempts.eq(i64::from(claimed.attempts)))
        .filter(webhook_deliveries::Column::DeliveredAt.is_null())
        .filter(webhook_deliveries::Column::ParkedAt.is_null())
        .exec(tx.connection())
        .await
        .doing("note what became of a delivery")?;
    if changed.rows_affected == 0 {
        return Ok(false);
    }
    let row = webhook_attempts::ActiveModel {
        delivery_id: Set(claimed.id.uuid()),
        attempt_no: Set(attempt_no),
        attempted_at: Set(attempt.at.timestamp_millis()),
        status: Set(attempt.status.map(i64::from)),
        failure: Set(attempt.failure.clone()),
    };
    insert_rows::<webhook_attempts::Entity, _>(tx, vec![row], "note an attempt").await?;
    Ok(true)
}

/// Parks everything that is still on its way to a webhook.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_parked(tx: &mut Tx, webhook: Id<kinds::Webhook>) -> Result<u64, Fault> {
    let parked = webhook_deliveries::Entity::update_many()
        .col_expr(webhook_deliveries::Column::ParkedAt, Expr::value(tx.now().timestamp_millis()))
        .filter(webhook_deliveries::Column::WebhookId.eq(webhook.uuid()))
        .filter(webhook_deliveries::Column::DeliveredAt.is_null())
        .filter(webhook_deliveries::Column::ParkedAt.is_null())
        .exec(tx.connection())
        .await
        .doing("park what is on its way to a webhook")?;
    Ok(parked.rows_affected)
}

/// Where a delivery goes; `None` when there is no such delivery. Locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_delivery(tx: &mut Tx, id: Id<kinds::Delivery>) -> Result<Option<Id<kinds::Webhook>>, Fault> {
    let row = webhook_deliveries::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx.connection()).await;
    Ok(row.doing("lock a delivery")?.map(|row| Id::from_uuid(row.webhook_id)))
}

/// Makes a delivery due now, as if it had never been tried; what was tried stays on record.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_due_again(tx: &mut Tx, id: Id<kinds::Delivery>) -> Result<(), Fault> {
    let none = || Expr::value(Option::<i64>::None);
    webhook_deliveries::Entity::update_many()
        .col_expr(webhook_deliveries::Column::DueAt, Expr::value(tx.now().timestamp_millis()))
        .col_expr(webhook_deliveries::Column::TriesSince, Expr::value(0_i64))
        .col_expr(webhook_deliveries::Column::DeliveredAt, none())
        .col_expr(webhook_deliveries::Column::ParkedAt, none())
        .filter(webhook_deliveries::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await
        .doing("ask for a delivery again")
        .map(|_| ())
}

/// Which part of the deliveries, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryPart {
    /// From the newest on, or what is older than one.
    Older(Option<Id<kinds::Delivery>>),
    /// Up to the oldest, or what is newer than one.
    Newer(Option<Id<kinds::Delivery>>),
}

/// Deliveries of a webhook, or of all, with their attempts, newest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_deliveries(
    reader: &Reader,
    webhook: Option<Id<kinds::Webhook>>,
    part: DeliveryPart,
    limit: u64,
) -> Result<Vec<Delivery>, Fault> {
    let mut select = webhook_deliveries::Entity::find();
    if let Some(webhook) = webhook {
        select = select.filter(webhook_deliveries::Column::WebhookId.eq(webhook.uuid()));
    }
    let by_id = webhook_deliveries::Column::Id;
    let select = match part {
        DeliveryPart::Older(None) => select.order_by_desc(by_id),
        DeliveryPart::Older(Some(than)) => select.filter(by_id.lt(than.uuid())).order_by_desc(by_id),
        DeliveryPart::Newer(None) => select.order_by_asc(by_id),
        DeliveryPart::Newer(Some(than)) => select.filter(by_id.gt(than.uuid())).order_by_asc(by_id),
    };
    let mut rows = select.limit(limit).all(reader.connection()).await.doing("list deliveries")?;
    if matches!(part, DeliveryPart::Newer(_)) {
        rows.reverse();
    }
    let kinds: Vec<(uuid::Uuid, String)> = outbox_events::Entity::find()
        .select_only()
        .columns([outbox_events::Column::Id, outbox_events::Column::Kind])
        .filter(outbox_events::Column::Id.is_in(rows.iter().map(|row| row.event_id)))
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("read the types of delivered events")?;
    let attempts = webhook_attempts::Entity::find()
        .filter(webhook_attempts::Column::DeliveryId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(webhook_attempts::Column::DeliveryId)
        .order_by_asc(webhook_attempts::Column::AttemptNo)
        .all(reader.connection())
        .await
        .doing("list attempts")?;
    let seen = |row: webhook_deliveries::Model| {
        let kind = kinds.iter().find(|(event, _)| *event == row.event_id).map(|(_, kind)| kind.clone());
        let own = attempts.iter().filter(|attempt| attempt.delivery_id == row.id).map(attempt);
        let state = match (row.delivered_at, row.parked_at) {
            (Some(at), _) => DeliveryState::Delivered(instant(at)?),
            (None, Some(at)) => DeliveryState::Parked(instant(at)?),
            (None, None) => DeliveryState::Due(instant(row.due_at)?),
        };
        Ok(Delivery {
            id: Id::from_uuid(row.id),
            webhook: Id::from_uuid(row.webhook_id),
            event: Id::from_uuid(row.event_id),
            kind: kind.ok_or_else(|| Fault::inconsistent("find the event of a delivery"))?,
            created_at: instant(row.created_at)?,
            state,
            attempts: own.collect::<Result<_, Fault>>()?,
        })
    };
    rows.into_iter().map(seen).collect()
}

fn attempt(row: &webhook_attempts::Model) -> Result<Attempt, Fault> {
    let status = row.status.map(u16::try_from).transpose();
    Ok(Attempt {
        at: instant(row.attempted_at)?,
        status: status.map_err(|_| Fault::inconsistent("read the status of an attempt"))?,
        failure: row.failure.clone(),
    })
}

fn count(stored: i64) -> Result<u32, Fault> {
    u32::try_from(stored).map_err(|_| Fault::inconsistent("read how often a delivery was tried"))
}

pub(crate) mod webhook_deliveries {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_deliveries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub event_id: Uuid,
        pub webhook_id: Uuid,
        pub created_at: i64,
        pub due_at: i64,
        pub attempts: i64,
        pub tries_since: i64,
        pub delivered_at: Option<i64>,
        pub parked_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod webhook_attempts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub delivery_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub attempt_no: i64,
        pub attempted_at: i64,
        pub status: Option<i64>,
        pub failure: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
