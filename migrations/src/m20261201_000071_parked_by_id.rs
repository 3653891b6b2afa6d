//! Why: the newest parked events are listed by id, and an index by when they were parked had all events read for it.

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
    "DROP INDEX outbox_parked",
    "CREATE INDEX outbox_parked ON outbox_events (id) WHERE settled_at IS NULL AND parked_at IS NOT NULL",
];
