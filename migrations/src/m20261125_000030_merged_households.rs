//! Why: two households become one, and for a week may become two again; what was told of the old one still finds its points.

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
    // Who is asked to bring a household along becomes an adult of the one that asks: an invitation like others, and yesterday's
    // code takes it for one.
    "ALTER TABLE invitations ADD COLUMN brings_household $BOOL NOT NULL DEFAULT FALSE",
    // Kept by the household that lives on, under the invitation that asked for it.
    "CREATE TABLE household_merges ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         invitation_id $UUID NOT NULL, \
         merged_id $UUID NOT NULL, \
         asked_by $UUID NOT NULL REFERENCES persons (id), \
         accepted_by $UUID NOT NULL REFERENCES persons (id), \
         merged_at $INT NOT NULL, \
         undone_at $INT CHECK (undone_at >= merged_at), \
         undone_by $UUID REFERENCES persons (id), \
         PRIMARY KEY (household_id, invitation_id), \
         CHECK (merged_id <> household_id), \
         CHECK ((undone_at IS NULL) = (undone_by IS NULL)) \
     ) $TABLE",
    "CREATE UNIQUE INDEX one_standing_merge ON household_merges (household_id, merged_id) WHERE undone_at IS NULL",
    // A directory, as household_refs is: which household an old id stands for now.
    "CREATE TABLE household_aliases ( \
         alias_id $UUID PRIMARY KEY NOT NULL, \
         household_id $UUID NOT NULL, \
         CHECK (alias_id <> household_id) \
     ) $TABLE",
    // Grants go along with a household, and the posting that paid stays where it was made: paid_by_id, none for the household's own.
    // A foreign key never crosses households, so the one to postings goes; verify looks for the posting instead. SQLite
    // drops none in place: the table is laid anew.
    "DROP INDEX grants_by_perk",
    "ALTER TABLE grants RENAME TO grants_before",
    "CREATE TABLE grants ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         id $UUID NOT NULL, \
         perk_id $UUID NOT NULL REFERENCES perks (id), \
         posting_id $UUID NOT NULL, \
         redeemed_by $UUID NOT NULL REFERENCES persons (id), \
         price_points $INT NOT NULL CHECK (price_points >= 1), \
         granted_at $INT NOT NULL, \
         expires_on $DATE NOT NULL, \
         cancelled_at $INT, \
         paid_by_id $UUID CHECK (paid_by_id <> household_id), \
         PRIMARY KEY (household_id, id) \
     ) $TABLE",
    "INSERT INTO grants (household_id, id, perk_id, posting_id, redeemed_by, price_points, granted_at, expires_on, cancelled_at) \
     SELECT household_id, id, perk_id, posting_id, redeemed_by, price_points, granted_at, expires_on, cancelled_at \
     FROM grants_before",
    "DROP TABLE grants_before",
    "CREATE INDEX grants_by_perk ON grants (household_id, perk_id)",
];
