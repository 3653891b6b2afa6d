//! Why: leaders are appointed and their time ends; who they were, and what of their community they see, is asked by person and by
//! community.

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
    // None while the person leads. Yesterday's code knows no end, and reads leaders nowhere.
    "ALTER TABLE leaders ADD COLUMN ended_at $INT CHECK (ended_at >= leads_since)",
    "CREATE INDEX leaders_by_person ON leaders (person_id)",
    "CREATE INDEX households_by_community ON households (community_id, household_id)",
];
