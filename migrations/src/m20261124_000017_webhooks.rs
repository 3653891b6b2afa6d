//! Why: the operator's systems hear of what happens by signed messages that are tried for days, each attempt on record.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, STATEMENTS).await
    }
}

const STATEMENTS: &[&str] = &[
    // Keys are sealed; event types are one column, because they are only ever read with their row.
    "CREATE TABLE webhooks ( \
         id $UUID PRIMARY KEY NOT NULL, \
         url TEXT NOT NULL, \
         event_types TEXT NOT NULL, \
         sealed_key $BYTES NOT NULL, \
         previous_sealed_key $BYTES, \
         previous_until $INT, \
         created_at $INT NOT NULL, \
         disabled_at $INT, \
         disabled_because TEXT, \
         CHECK ((previous_sealed_key IS NULL) = (previous_until IS NULL)), \
         CHECK ((disabled_at IS NULL) = (disabled_because IS NULL)) \
     ) $TABLE",
    "CREATE UNIQUE INDEX webhooks_open_url ON webhooks (url) WHERE disabled_at IS NULL",
    "CREATE TABLE webhook_deliveries ( \
         id $UUID PRIMARY KEY NOT NULL, \
         event_id $UUID NOT NULL REFERENCES outbox_events (id), \
         webhook_id $UUID NOT NULL REFERENCES webhooks (id), \
         created_at $INT NOT NULL, \
         due_at $INT NOT NULL, \
         attempts $INT NOT NULL DEFAULT 0 CHECK (attempts >= 0), \
         tries_since $INT NOT NULL DEFAULT 0 CHECK (tries_since >= 0), \
         delivered_at $INT, \
         parked_at $INT, \
         UNIQUE (event_id, webhook_id), \
         CHECK (delivered_at IS NULL OR parked_at IS NULL) \
     ) $TABLE",
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at) \
         WHERE delivered_at IS NULL AND parked_at IS NULL",
    "CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id)",
    "CREATE TABLE webhook_attempts ( \
         delivery_id $UUID NOT NULL REFERENCES webhook_deliveries (id), \
         attempt_no $INT NOT NULL CHECK (attempt_no > 0), \
         attempted_at $INT NOT NULL, \
         status $INT, \
         failure TEXT, \
         PRIMARY KEY (delivery_id, attempt_no) \
     ) $TABLE",
    "CREATE TABLE event_keys ( \
         id $UUID PRIMARY KEY NOT NULL, \
         sealed_key $BYTES NOT NULL, \
         created_at $INT NOT NULL, \
         revoked_at $INT \
     ) $TABLE",
];
