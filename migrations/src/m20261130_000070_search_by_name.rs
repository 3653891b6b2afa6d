//! Why: support finds a household by what it or a member is called, and the back office counts what is parked whenever somebody opens it:
//! neither may read a whole table through.

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
    "CREATE INDEX persons_by_name ON persons (name)",
    "CREATE INDEX households_by_name ON households (name)",
    "CREATE INDEX webhook_deliveries_parked ON webhook_deliveries (parked_at) WHERE parked_at IS NOT NULL",
];
