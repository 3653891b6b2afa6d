//! Why: a leader keeps the agreed share of a household's growth for 90 days after it left them, so who led whom, when, is kept.

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
    "ALTER TABLE leaders ADD COLUMN growth_share_permille $INT NOT NULL DEFAULT 0 \
         CHECK (growth_share_permille BETWEEN 0 AND 1000)",
    // What somebody led before they were appointed again; `leaders` holds their last term.
    "CREATE TABLE earlier_leader_terms ( \
         community_id $UUID NOT NULL REFERENCES communities (id), \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         leads_since $INT NOT NULL, \
         ended_at $INT NOT NULL CHECK (ended_at >= leads_since), \
         growth_share_permille $INT NOT NULL CHECK (growth_share_permille BETWEEN 0 AND 1000), \
         PRIMARY KEY (community_id, person_id, leads_since, ended_at) \
     ) $TABLE",
    "CREATE INDEX earlier_leader_terms_by_person ON earlier_leader_terms (person_id)",
    // Where a household lives is its own row's; here is where it went before. The id orders what came in one instant.
    "CREATE TABLE household_moves ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         id $UUID NOT NULL, \
         from_community_id $UUID REFERENCES communities (id), \
         to_community_id $UUID NOT NULL REFERENCES communities (id), \
         moved_at $INT NOT NULL, \
         PRIMARY KEY (household_id, id) \
     ) $TABLE",
    "CREATE INDEX household_moves_from ON household_moves (from_community_id, household_id)",
];
