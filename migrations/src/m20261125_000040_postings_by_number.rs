//! Why: a posting is found by its wallet and number far more often than by its id, and each of the two keys that began with the
//! household was a page of its own somewhere else for every earn. By id it is found through an index that grows at its end.

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
        // SQLite cannot change a primary key in place.
        dialect::drop_append_only(manager, "postings").await?;
        dialect::execute(manager, STATEMENTS).await?;
        dialect::make_append_only(manager, "postings").await
    }
}

/// No foreign key to the wallet any more: one function inserts postings, into wallets it has locked and written in the same act, and
/// `hearth verify` names a posting without one (ADR 23).
const STATEMENTS: &[&str] = &[
    "DROP INDEX corrections",
    "ALTER TABLE postings RENAME TO postings_before",
    "CREATE TABLE postings ( \
         household_id $UUID NOT NULL, \
         no $INT NOT NULL CHECK (no >= 1), \
         id $UUID NOT NULL, \
         kind TEXT NOT NULL CHECK (kind IN ('earn', 'schedule', 'redeem', 'clawback', 'lapse', 'restore', \
             'forgive', 'adjust', 'move_out', 'move_in')), \
         reference TEXT NOT NULL, \
         actor_kind TEXT NOT NULL, \
         actor_person_id $UUID, \
         actor_staff_id $UUID, \
         posted_at $INT NOT NULL, \
         business_date $DATE NOT NULL, \
         points $INT NOT NULL CHECK (points >= 0), \
         balance_after $INT NOT NULL CHECK (balance_after >= 0), \
         owed_after $INT NOT NULL CHECK (owed_after >= 0), \
         corrects_id $UUID, \
         counterpart_id $UUID, \
         reason TEXT, \
         rule_id $UUID, \
         rule_version $INT, \
         basis_minor $INT, \
         lines TEXT, \
         hash $BYTES, \
         PRIMARY KEY (household_id, no), \
         UNIQUE (id, household_id), \
         UNIQUE (kind, reference, household_id) \
     ) $TABLE",
    "INSERT INTO postings (household_id, no, id, kind, reference, actor_kind, actor_person_id, actor_staff_id, posted_at, \
         business_date, points, balance_after, owed_after, corrects_id, counterpart_id, reason, rule_id, rule_version, \
         basis_minor, lines, hash) \
     SELECT household_id, no, id, kind, reference, actor_kind, actor_person_id, actor_staff_id, posted_at, \
         business_date, points, balance_after, owed_after, corrects_id, counterpart_id, reason, rule_id, rule_version, \
         basis_minor, lines, hash FROM postings_before",
    "DROP TABLE postings_before",
    "CREATE INDEX corrections ON postings (household_id, corrects_id) WHERE corrects_id IS NOT NULL",
];
