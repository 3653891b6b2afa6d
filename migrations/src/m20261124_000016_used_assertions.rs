//! Why: an assertion of the operator's identity provider signs in once, whichever process it is shown to.

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
    "CREATE TABLE used_assertions ( \
         assertion_hash $BYTES PRIMARY KEY NOT NULL, \
         ends_at $INT NOT NULL \
     ) $TABLE",
    "CREATE INDEX used_assertions_by_end ON used_assertions (ends_at)",
];
