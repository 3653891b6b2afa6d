//! Why: a household is told 30 and 7 days before its points lapse, once for each lot, however many workers run.

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
    "CREATE TABLE lapse_notices ( \
         household_id $UUID NOT NULL, \
         lot_id $UUID NOT NULL, \
         days_before $INT NOT NULL CHECK (days_before IN (30, 7)), \
         noticed_on $DATE NOT NULL, \
         points $INT NOT NULL CHECK (points > 0), \
         PRIMARY KEY (household_id, lot_id, days_before), \
         FOREIGN KEY (household_id, lot_id) REFERENCES lots (household_id, id) \
     ) $TABLE",
    "CREATE INDEX lapse_notices_by_day ON lapse_notices (household_id, noticed_on)",
];
