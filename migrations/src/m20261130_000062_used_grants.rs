//! Why: a right is used once, and who let a seat stand empty gets none for a while, where somebody looked who came.

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
    "ALTER TABLE grants ADD COLUMN used_at $INT CHECK (used_at IS NULL OR cancelled_at IS NULL)",
    // Where nobody kept the door, nobody knows who stayed away.
    "ALTER TABLE gatherings ADD COLUMN first_check_in_at $INT",
];
