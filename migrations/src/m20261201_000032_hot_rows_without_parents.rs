//! Why: each foreign key of a hot row is a query of its own and locks its parent's row, which is written for it: a household's for each
//! order, a perk's for each redemption. Whoever writes these rows has locked or read the parents in the same act, and nobody deletes
//! those; `hearth verify` names what has none (ADR 32). And the audit log's index by household had an entry for each line of no household.
//!
//! Yesterday's code writes the same rows as before.

use sea_orm_migration::{
    prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait},
    sea_orm::DbBackend,
};

use crate::dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        dialect::execute(manager, if is_postgres { POSTGRES } else { SQLITE }).await?;
        dialect::execute(manager, AUDIT).await
    }
}

/// By what they refer to: these tables were laid anew more than once, and their constraints were named by whatever name was free.
const POSTGRES: &[&str] = &["DO $$ DECLARE it RECORD; BEGIN \
     FOR it IN SELECT conrelid::regclass AS name, conname FROM pg_constraint WHERE contype = 'f' \
         AND conrelid IN ('orders'::regclass, 'lots'::regclass, 'grants'::regclass) \
         AND confrelid IN ('households'::regclass, 'wallets'::regclass, 'perks'::regclass, 'persons'::regclass) \
     LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.name, it.conname); END LOOP; END $$"];

/// How SQLite's own manual takes constraints away: they are nothing but words of the table's definition, so no row has to move.
const SQLITE: &[&str] = &[
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_schema SET sql = replace(replace(replace(replace(sql, \
         ' REFERENCES households (household_id)', ''), ' REFERENCES wallets (household_id)', ''), \
         ' REFERENCES perks (id)', ''), ' REFERENCES persons (id)', '') \
     WHERE type = 'table' AND name IN ('orders', 'lots', 'grants')",
    "PRAGMA writable_schema = RESET",
];

const AUDIT: &[&str] = &[
    "DROP INDEX audit_by_household",
    "CREATE INDEX audit_by_household ON audit_lines (household_id, id) WHERE household_id IS NOT NULL",
];
