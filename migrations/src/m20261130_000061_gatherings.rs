//! Why: neighbours meet: a perk may be a seat at a gathering, with a place, a time, and rules for giving it back.

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
    "CREATE TABLE gatherings ( \
         perk_id $UUID PRIMARY KEY NOT NULL REFERENCES perks (id), \
         starts_at $INT NOT NULL, \
         ends_at $INT NOT NULL CHECK (ends_at > starts_at), \
         ends_on $DATE NOT NULL, \
         place_zh TEXT NOT NULL, \
         place_en TEXT NOT NULL, \
         full_return_until $INT NOT NULL CHECK (full_return_until <= starts_at), \
         part_return_until $INT NOT NULL CHECK (part_return_until >= full_return_until AND part_return_until <= starts_at), \
         part_return_rate $INT NOT NULL CHECK (part_return_rate >= 0 AND part_return_rate <= 10000), \
         version $INT NOT NULL CHECK (version >= 1), \
         called_off_at $INT \
     ) $TABLE",
    // How much of its price a cancelled grant gave back; none: all of it.
    "ALTER TABLE grants ADD COLUMN returned_points $INT \
         CHECK (returned_points IS NULL OR (returned_points >= 0 AND returned_points <= price_points AND cancelled_at IS NOT NULL))",
];
