//! Why: being served first is a promise for one order at one time: delivery slots with a capacity and a cut-off, and grants that book one.

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
    "CREATE TABLE delivery_slots ( \
         id $UUID PRIMARY KEY NOT NULL, \
         perk_id $UUID NOT NULL REFERENCES perks (id), \
         community_id $UUID NOT NULL REFERENCES communities (id), \
         starts_at $INT NOT NULL, \
         ends_at $INT NOT NULL CHECK (ends_at > starts_at), \
         ends_on $DATE NOT NULL, \
         cut_off_at $INT NOT NULL CHECK (cut_off_at <= starts_at), \
         capacity $INT NOT NULL CHECK (capacity >= 1), \
         taken $INT NOT NULL CHECK (taken >= 0 AND taken <= capacity), \
         is_open $BOOL NOT NULL, \
         version $INT NOT NULL CHECK (version >= 1), \
         UNIQUE (perk_id, community_id, starts_at) \
     ) $TABLE",
    "CREATE INDEX delivery_slots_by_time ON delivery_slots (starts_at)",
    // A perk whose grants book a slot; it is not redeemed without one.
    "ALTER TABLE perks ADD COLUMN has_slots $BOOL NOT NULL DEFAULT FALSE",
    "ALTER TABLE grants ADD COLUMN slot_id $UUID",
    "ALTER TABLE grants ADD COLUMN order_id $UUID CHECK ((slot_id IS NULL) = (order_id IS NULL))",
    "ALTER TABLE grants ADD COLUMN missed_at $INT CHECK (missed_at IS NULL OR (slot_id IS NOT NULL AND cancelled_at IS NOT NULL))",
    // Few grants book a slot: the others are not in it, and cost nothing for it.
    "CREATE INDEX grants_of_slots ON grants (slot_id) WHERE slot_id IS NOT NULL",
];
