//! Why: without an index a balance, and whoever spends, reads every lot a household ever had, of which nearly all are empty: after two
//! thousand of them a balance took thirty times as long. What lapses is still found by the wallets' own day.

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

const STATEMENTS: &[&str] = &["CREATE INDEX open_lots ON lots (household_id) WHERE remaining > 0"];
