//! Why: a vote that is counted is not at its end: its winner is sold as a product, or nothing comes of it; and whoever took part is thanked once.

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
    "ALTER TABLE studies ADD COLUMN ended_at $INT CHECK (ended_at IS NULL OR published_at IS NOT NULL)",
    "ALTER TABLE studies ADD COLUMN launched_option TEXT CHECK (launched_option IS NULL OR ended_at IS NOT NULL)",
    "ALTER TABLE studies ADD COLUMN product_ref TEXT CHECK ((product_ref IS NULL) = (launched_option IS NULL))",
    "ALTER TABLE studies ADD COLUMN chosen_by $INT CHECK ((chosen_by IS NULL) = (launched_option IS NULL))",
    "ALTER TABLE studies ADD COLUMN drop_reason TEXT \
         CHECK ((drop_reason IS NOT NULL) = (ended_at IS NOT NULL AND launched_option IS NULL))",
    // A product says by whom it was chosen: by the households of one study.
    "CREATE UNIQUE INDEX studies_by_product ON studies (product_ref) WHERE product_ref IS NOT NULL",
    "CREATE TABLE study_thanks ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         study_id $UUID NOT NULL REFERENCES studies (id), \
         points $INT NOT NULL CHECK (points >= 0), \
         thanked_at $INT NOT NULL, \
         PRIMARY KEY (household_id, study_id) \
     ) $TABLE",
    "CREATE INDEX ballot_receipts_by_study ON ballot_receipts (study_id, household_id)",
];
