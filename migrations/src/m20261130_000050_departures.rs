//! Why: a person who was put out, or went along with a household, did not choose to leave and may join another at once; what auditors
//! ask by use-case alone, and which acts wait, is found without reading everything.

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
    // None: a member now, or somebody who left by yesterday's code, which did not ask why; that counts as their own choice.
    "ALTER TABLE memberships ADD COLUMN left_by_choice $BOOL",
    // Into which households one ever went: by merges that were undone, too.
    "CREATE INDEX household_merges_by_merged ON household_merges (merged_id)",
    "CREATE INDEX audit_by_action ON audit_lines (action, id)",
    // Beside approvals_pending: each part of the list is read in its own order.
    "CREATE INDEX approvals_decided ON approvals (id) WHERE state <> 'pending'",
];
