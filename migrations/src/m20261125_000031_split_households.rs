//! Why: a part of a household goes to one of its own, as both owners want, and for a week may come back.

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
    // Offered by the owner, and accepted by whoever will own the new household; at most one offer stands.
    "CREATE TABLE split_offers ( \
         household_id $UUID PRIMARY KEY NOT NULL REFERENCES households (household_id), \
         offered_by $UUID NOT NULL REFERENCES persons (id), \
         offered_to $UUID NOT NULL REFERENCES persons (id), \
         offered_at $INT NOT NULL, \
         expires_at $INT NOT NULL \
     ) $TABLE",
    "CREATE TABLE split_offer_members ( \
         household_id $UUID NOT NULL REFERENCES split_offers (household_id), \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         PRIMARY KEY (household_id, person_id) \
     ) $TABLE",
    // Kept by the household that was left.
    "CREATE TABLE household_splits ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         founded_id $UUID NOT NULL, \
         offered_by $UUID NOT NULL REFERENCES persons (id), \
         accepted_by $UUID NOT NULL REFERENCES persons (id), \
         split_at $INT NOT NULL, \
         undone_at $INT CHECK (undone_at >= split_at), \
         undone_by $UUID REFERENCES persons (id), \
         PRIMARY KEY (household_id, founded_id), \
         CHECK (founded_id <> household_id), \
         CHECK ((undone_at IS NULL) = (undone_by IS NULL)) \
     ) $TABLE",
    "CREATE INDEX household_splits_by_founded ON household_splits (founded_id)",
];
