//! Why: each earn wrote two indexes over lots, so that a job finds once a day what lapses. A wallet that says when it lapses next
//! needs no index over its lots, and says something new only when its first lot goes.
//!
//! Yesterday's code does not keep the column. What it earns into an empty wallet beside this version is booked as lapsed when that
//! wallet is written next; what can be spent follows from the lots' own days all the same.

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
    "ALTER TABLE wallets ADD COLUMN next_lapse_on $DATE",
    "UPDATE wallets SET next_lapse_on = \
         (SELECT MIN(l.expires_on) FROM lots l WHERE l.household_id = wallets.household_id AND l.remaining > 0)",
    "CREATE INDEX wallets_by_next_lapse ON wallets (next_lapse_on) WHERE next_lapse_on IS NOT NULL",
    "DROP INDEX lots_by_expiry",
    "DROP INDEX open_lots",
];
