//! Why: mails go to people who are not at the door, and nobody knew in which language each of them reads.

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

// None: nobody knows yet, and Chinese is what mails are in.
const STATEMENTS: &[&str] = &["ALTER TABLE persons ADD COLUMN language TEXT CHECK (language IN ('zh-CN', 'en'))"];
