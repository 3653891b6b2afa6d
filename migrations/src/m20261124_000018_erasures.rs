//! Why: people take their data with them and have it erased, at the time and on the basis they were told.

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
    "CREATE TABLE data_exports ( \
         id $UUID PRIMARY KEY NOT NULL, \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         token_hash $BYTES NOT NULL UNIQUE, \
         requested_at $INT NOT NULL, \
         expires_at $INT NOT NULL, \
         downloads_left $INT NOT NULL CHECK (downloads_left >= 0) \
     ) $TABLE",
    "CREATE INDEX data_exports_by_person ON data_exports (person_id, requested_at)",
    "CREATE TABLE erasures ( \
         id $UUID PRIMARY KEY NOT NULL, \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         state TEXT NOT NULL CHECK (state IN ('requested', 'cancelled', 'blocked', 'erased')), \
         basis TEXT NOT NULL, \
         requested_at $INT NOT NULL, \
         blocks_at $INT NOT NULL, \
         erases_at $INT NOT NULL, \
         cancelled_at $INT, \
         blocked_at $INT, \
         erased_at $INT, \
         CHECK (erases_at >= blocks_at) \
     ) $TABLE",
    "CREATE UNIQUE INDEX one_erasure_under_way ON erasures (person_id) WHERE state <> 'cancelled'",
    "CREATE INDEX erasures_to_block ON erasures (blocks_at) WHERE state = 'requested'",
    "CREATE INDEX erasures_to_finish ON erasures (erases_at) WHERE state = 'blocked'",
    "CREATE TABLE blocked_persons ( \
         person_id $UUID PRIMARY KEY NOT NULL REFERENCES persons (id), \
         erasure_id $UUID NOT NULL REFERENCES erasures (id), \
         key_id TEXT NOT NULL, \
         nonce $BYTES NOT NULL, \
         sealed $BYTES NOT NULL \
     ) $TABLE",
    "CREATE INDEX blocked_persons_by_key ON blocked_persons (key_id)",
];
