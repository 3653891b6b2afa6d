//! Who outside is told of events, and where.
//!
//! Owns the rows of webhooks and of the keys the order system signs with. Keys are sealed before they come here. What is on its
//! way to a webhook is in `deliveries.rs`.

use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
};

use crate::{Doing, Reader, Tx, insert_rows};

/// An address outside that is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: Id<kinds::Webhook>,
    /// Where messages go.
    pub url: String,
    /// Of which events it is told; empty: of all that are published.
    pub event_types: Vec<String>,
    /// The key that signs, sealed.
    pub sealed_key: Vec<u8>,
    /// The key before it, sealed, and until when it signs too.
    pub previous: Option<(Vec<u8>, Timestamp)>,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// Since when it is told nothing more, and why.
    pub disabled: Option<(Timestamp, String)>,
}

impl Webhook {
    /// Whether it wants to hear of a type of event.
    #[must_use]
    pub fn hears(&self, kind: &str) -> bool {
        self.event_types.is_empty() || self.event_types.iter().any(|wanted| wanted == kind)
    }
}

/// A key the order system may sign with, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEventKey {
    /// Its id.
    pub id: Id<kinds::EventKey>,
    /// The key, sealed.
    pub sealed_key: Vec<u8>,
    /// Since when it is good.
    pub created_at: Timestamp,
    /// Since when it is not.
    pub revoked_at: Option<Timestamp>,
}

/// All webhooks, by id. They are few: see the limit where one is added.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_webhooks(reader: &Reader) -> Result<Vec<Webhook>, Fault> {
    let rows = webhook_rows::Entity::find().order_by_asc(webhook_rows::Column::Id).all(reader.connection()).await;
    rows.doing("list webhooks")?.into_iter().map(webhook).collect()
}

/// Which webhooks, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookPart {
    /// From the oldest on, or after one.
    After(Option<Id<kinds::Webhook>>),
    /// Up to the newest, or before one.
    Before(Option<Id<kinds::Webhook>>),
}

/// Some webhooks, by id, the disabled too; at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_webhooks_of(reader: &Reader, part: WebhookPart, limit: u64) -> Result<Vec<Webhook>, Fault> {
    let id = webhook_rows::Column::Id;
    let (beyond, order) = match part {
        WebhookPart::After(after) => (after.map(|after| id.gt(after.uuid())), Order::Asc),
        WebhookPart::Before(before) => (before.map(|before| id.lt(before.uuid())), Order::Desc),
    };
    let chosen = Condition::all().add_option(beyond);
    let rows = webhook_rows::Entity::find().filter(chosen).order_by(id, order).limit(limit).all(reader.connection());
    let webhooks = rows.await.doing("list some webhooks")?.into_iter().map(webhook);
    match part {
        WebhookPart::After(_) => webhooks.collect(),
        WebhookPart::Before(_) => webhooks.rev().collect(),
    }
}

/// How many webhooks there are, the disabled too.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_webhooks(reader: &Reader) -> Result<u64, Fault> {
    webhook_rows::Entity::find().count(reader.connection()).await.doing("count webhooks")
}

/// All webhooks, by id, locked: before anything is decided about one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_webhooks(tx: &mut Tx) -> Result<Vec<Webhook>, Fault> {
    let select = webhook_rows::Entity::find().order_by_asc(webhook_rows::Column::Id).lock_exclusive();
    let rows = select.all(tx.connection()).await;
    rows.doing("lock webhooks")?.into_iter().map(webhook).collect()
}

/// Writes a new webhook.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_webhook(tx: &mut Tx, webhook: &Webhook) -> Result<(), Fault> {
    insert_rows::<webhook_rows::Entity, _>(tx, vec![row(webhook)], "insert a webhook").await
}

/// Writes what became of a webhook that was locked just now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_webhook(tx: &mut Tx, webhook: &Webhook) -> Result<(), Fault> {
    row(webhook).update_without_returning(tx.connection()).await.doing("change a webhook").map(|_| ())
}

/// The keys the order system may sign with that were not revoked, by id.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_event_keys(reader: &Reader) -> Result<Vec<SealedEventKey>, Fault> {
    let open = event_keys::Entity::find().filter(event_keys::Column::RevokedAt.is_null());
    let rows = open.order_by_asc(event_keys::Column::Id).all(reader.connection()).await;
    rows.doing("list event keys")?.into_iter().map(event_key).collect()
}

/// The same, locked: before anything is decided about one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_event_keys(tx: &mut Tx) -> Result<Vec<SealedEventKey>, Fault> {
    let open = event_keys::Entity::find().filter(event_keys::Column::RevokedAt.is_null());
    let rows = open.order_by_asc(event_keys::Column::Id).lock_exclusive().all(tx.connection()).await;
    rows.doing("lock event keys")?.into_iter().map(event_key).collect()
}

/// Writes a new key.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_event_key(tx: &mut Tx, key: &SealedEventKey) -> Result<(), Fault> {
    let row = event_keys::ActiveModel {
        id: Set(key.id.uuid()),
        sealed_key: Set(key.sealed_key.clone()),
        created_at: Set(key.created_at.timestamp_millis()),
        revoked_at: Set(None),
    };
    insert_rows::<event_keys::Entity, _>(tx, vec![row], "insert an event key").await
}

/// Revokes a key that was locked just now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_event_key_revoked(tx: &mut Tx, id: Id<kinds::EventKey>) -> Result<(), Fault> {
    let revoked_at = Set(Some(tx.now().timestamp_millis()));
    let row = event_keys::ActiveModel { id: Set(id.uuid()), revoked_at, ..Default::default() };
    row.update_without_returning(tx.connection()).await.doing("revoke an event key").map(|_| ())
}

fn row(webhook: &Webhook) -> webhook_rows::ActiveModel {
    let (previous_key, previous_until) = webhook.previous.clone().unzip();
    let (disabled_at, disabled_because) = webhook.disabled.clone().unzip();
    webhook_rows::ActiveModel {
        id: Set(webhook.id.uuid()),
        url: Set(webhook.url.clone()),
        event_types: Set(webhook.event_types.join(",")),
        sealed_key: Set(webhook.sealed_key.clone()),
        previous_sealed_key: Set(previous_key),
        previous_until: Set(previous_until.map(|at| at.timestamp_millis())),
        created_at: Set(webhook.created_at.timestamp_millis()),
        disabled_at: Set(disabled_at.map(|at| at.timestamp_millis())),
        disabled_because: Set(disabled_because),
    }
}

fn webhook(row: webhook_rows::Model) -> Result<Webhook, Fault> {
    let previous = match (row.previous_sealed_key, row.previous_until) {
        (Some(key), Some(until)) => Some((key, instant(until)?)),
        _ => None,
    };
    let disabled = match (row.disabled_at, row.disabled_because) {
        (Some(at), Some(because)) => Some((instant(at)?, because)),
        _ => None,
    };
    Ok(Webhook {
        id: Id::from_uuid(row.id),
        url: row.url,
        event_types: row.event_types.split(',').filter(|kind| !kind.is_empty()).map(str::to_owned).collect(),
        sealed_key: row.sealed_key,
        previous,
        created_at: instant(row.created_at)?,
        disabled,
    })
}

fn event_key(row: event_keys::Model) -> Result<SealedEventKey, Fault> {
    Ok(SealedEventKey {
        id: Id::from_uuid(row.id),
        sealed_key: row.sealed_key,
        created_at: instant(row.created_at)?,
        revoked_at: row.revoked_at.map(instant).transpose()?,
    })
}

pub(crate) fn instant(millis: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_timestamp_millis(millis).ok_or_else(|| Fault::inconsistent("read an instant of a webhook"))
}

mod webhook_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhooks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub url: String,
        pub event_types: String,
        pub sealed_key: Vec<u8>,
        pub previous_sealed_key: Option<Vec<u8>>,
        pub previous_until: Option<i64>,
        pub created_at: i64,
        pub disabled_at: Option<i64>,
        pub disabled_because: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod event_keys {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "event_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub sealed_key: Vec<u8>,
        pub created_at: i64,
        pub revoked_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
