//! Why: an act that moves value happens once, leaves a trace, and tells others in the same commit.

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
        dialect::execute(manager, STATEMENTS).await?;
        dialect::make_append_only(manager, "audit_lines").await?;
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "CREATE TABLE deployment ( \
         name TEXT PRIMARY KEY NOT NULL, \
         value TEXT NOT NULL \
     ) $TABLE",
    "CREATE TABLE idempotency_keys ( \
         principal TEXT NOT NULL, \
         operation TEXT NOT NULL, \
         key TEXT NOT NULL, \
         input_hash $BYTES NOT NULL, \
         answer TEXT NOT NULL, \
         created_at $INT NOT NULL, \
         PRIMARY KEY (principal, operation, key) \
     ) $TABLE",
    "CREATE TABLE outbox_events ( \
         id $UUID PRIMARY KEY NOT NULL, \
         kind TEXT NOT NULL, \
         household_id $UUID, \
         payload TEXT NOT NULL, \
         occurred_at $INT NOT NULL, \
         due_at $INT NOT NULL, \
         attempts $INT NOT NULL DEFAULT 0, \
         settled_at $INT, \
         parked_at $INT, \
         last_error TEXT \
     ) $TABLE",
    "CREATE INDEX outbox_due ON outbox_events (due_at) WHERE settled_at IS NULL AND parked_at IS NULL",
    "CREATE INDEX outbox_parked ON outbox_events (parked_at) WHERE settled_at IS NULL AND parked_at IS NOT NULL",
    "CREATE TABLE reaction_receipts ( \
         event_id $UUID NOT NULL REFERENCES outbox_events (id), \
         reaction TEXT NOT NULL, \
         done_at $INT NOT NULL, \
         PRIMARY KEY (event_id, reaction) \
     ) $TABLE",
    "CREATE TABLE audit_lines ( \
         id $UUID PRIMARY KEY NOT NULL, \
         acted_at $INT NOT NULL, \
         actor_kind TEXT NOT NULL, \
         actor_person_id $UUID, \
         action TEXT NOT NULL, \
         household_id $UUID, \
         subject TEXT NOT NULL, \
         detail TEXT NOT NULL \
     ) $TABLE",
    "CREATE INDEX audit_by_household ON audit_lines (household_id, id)",
];
