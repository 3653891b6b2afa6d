//! Why: what is taken may come free again, and those who asked first shall have it: waiting lists with offers that end; and a perk
//! may be for some, and for a time.

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
    "ALTER TABLE perks ADD COLUMN community_id $UUID REFERENCES communities (id)",
    "ALTER TABLE perks ADD COLUMN min_age $INT CHECK (min_age >= 1 AND min_age <= 150)",
    "ALTER TABLE perks ADD COLUMN opens_at $INT",
    "ALTER TABLE perks ADD COLUMN closes_at $INT CHECK (closes_at > opens_at)",
    // Beside what is taken, in the row that every redemption locks anyway: what is kept for those who were offered it, how many
    // wait, and the last number that was given out.
    "ALTER TABLE perk_stocks ADD COLUMN offered $INT NOT NULL DEFAULT 0 CHECK (offered >= 0 AND taken + offered <= total)",
    "ALTER TABLE perk_stocks ADD COLUMN waiting $INT NOT NULL DEFAULT 0 CHECK (waiting >= 0)",
    "ALTER TABLE perk_stocks ADD COLUMN last_number $INT NOT NULL DEFAULT 0 CHECK (last_number >= 0)",
    // Of no household alone: who is next is asked of all who wait for a perk. `came_by_id`: the household that joined, once it
    // went into another.
    "CREATE TABLE waiting_places ( \
         id $UUID PRIMARY KEY NOT NULL, \
         perk_id $UUID NOT NULL REFERENCES perks (id), \
         number $INT NOT NULL CHECK (number >= 1), \
         household_id $UUID NOT NULL, \
         came_by_id $UUID, \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         joined_at $INT NOT NULL, \
         offered_at $INT, \
         offer_ends_at $INT CHECK (offer_ends_at > offered_at), \
         outcome TEXT CHECK (outcome IN ('taken', 'left', 'lapsed', 'closed')), \
         ended_at $INT, \
         UNIQUE (perk_id, number), \
         CHECK ((offered_at IS NULL) = (offer_ends_at IS NULL)), \
         CHECK ((outcome IS NULL) = (ended_at IS NULL)) \
     ) $TABLE",
    "CREATE INDEX waiting_places_of_households ON waiting_places (household_id, perk_id)",
    "CREATE INDEX open_waiting_places ON waiting_places (perk_id, number) WHERE ended_at IS NULL",
    "CREATE INDEX open_offers ON waiting_places (offer_ends_at) WHERE ended_at IS NULL AND offer_ends_at IS NOT NULL",
];
