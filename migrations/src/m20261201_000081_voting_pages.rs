//! Why: neighbours vote on pages, too, which a one-time link from the app opens; and a study may show its options in one order to all.

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
    // By its session and not by its person: what it opens ends with the session, and sessions are pruned without asking here.
    "CREATE TABLE voting_links ( \
         token_hash $BYTES PRIMARY KEY NOT NULL, \
         session_id $UUID NOT NULL, \
         created_at $INT NOT NULL, \
         expires_at $INT NOT NULL, \
         opened_at $INT, \
         browser_hash $BYTES UNIQUE, \
         ends_at $INT, \
         CHECK ((opened_at IS NULL) = (browser_hash IS NULL)), \
         CHECK ((opened_at IS NULL) = (ends_at IS NULL)) \
     ) $TABLE",
    "CREATE INDEX voting_links_by_session ON voting_links (session_id, created_at)",
    // Whether each household reads the options in an order of its own, or all in the order of the draft.
    "ALTER TABLE studies ADD COLUMN is_shuffled $BOOL NOT NULL DEFAULT TRUE",
];
