//! Why: an order may be called off before it is picked up; that is its end, and neither a refund nor a row gone.
//! And a person looks at the devices they are signed in on, which must not read the sessions of everybody.

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
    "ALTER TABLE orders ADD COLUMN cancelled_at $INT",
    "CREATE INDEX sessions_by_person ON sessions (person_id, created_at)",
];
