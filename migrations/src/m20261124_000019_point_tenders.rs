//! Why: an order may be paid with points; which posting spent them, and what came back of them, belongs to the books.

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

/// A table of its own, so that the many orders that are paid in cash alone are written as before. Without a posting the points
/// were spent elsewhere.
const STATEMENTS: &[&str] = &[
    "CREATE TABLE point_tenders ( \
         household_id $UUID NOT NULL, \
         order_id $UUID NOT NULL, \
         points $INT NOT NULL CHECK (points > 0), \
         posting_id $UUID, \
         PRIMARY KEY (household_id, order_id), \
         FOREIGN KEY (household_id, order_id) REFERENCES orders (household_id, id) \
     ) $TABLE",
    "ALTER TABLE refunds ADD COLUMN points $INT NOT NULL DEFAULT 0 CHECK (points >= 0)",
];
