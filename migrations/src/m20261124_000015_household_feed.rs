//! Why: an app that was away reads on where it stopped, so a household's events need numbers that skip none which commits late.

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

// Both indexes are partial: on PostgreSQL a unique index over all rows would make numbering wait for every receipt that refers to
// an event, and who reads a feed asks only for what is numbered or only for what is not.
const STATEMENTS: &[&str] = &[
    "CREATE TABLE household_feeds ( \
         household_id $UUID PRIMARY KEY NOT NULL REFERENCES households (household_id), \
         last_no $INT NOT NULL CHECK (last_no >= 0) \
     ) $HOT",
    "ALTER TABLE outbox_events ADD COLUMN feed_no $INT",
    "CREATE UNIQUE INDEX outbox_fed ON outbox_events (household_id, feed_no) WHERE feed_no IS NOT NULL",
    "CREATE INDEX outbox_unfed ON outbox_events (household_id) WHERE feed_no IS NULL AND household_id IS NOT NULL",
];
