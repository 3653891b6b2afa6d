//! Why: points are earned by what the operator's order system told us; refunds need the order as it was sold.

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
    "CREATE TABLE products ( \
         id $UUID PRIMARY KEY NOT NULL, \
         external_ref TEXT NOT NULL UNIQUE, \
         name TEXT NOT NULL, \
         category TEXT NOT NULL, \
         unit TEXT, \
         created_at $INT NOT NULL \
     ) $TABLE",
    "CREATE TABLE order_refs ( \
         external_ref TEXT PRIMARY KEY NOT NULL, \
         household_id $UUID NOT NULL, \
         order_id $UUID NOT NULL, \
         content_hash $BYTES NOT NULL \
     ) $TABLE",
    "CREATE TABLE orders ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         id $UUID NOT NULL, \
         external_ref TEXT NOT NULL, \
         person_id $UUID, \
         community TEXT, \
         channel TEXT, \
         currency TEXT NOT NULL, \
         amount_minor $INT NOT NULL CHECK (amount_minor >= 0), \
         cash_minor $INT NOT NULL CHECK (cash_minor >= 0 AND cash_minor <= amount_minor), \
         items_count $INT NOT NULL CHECK (items_count >= 0), \
         ordered_at $INT NOT NULL, \
         picked_up_at $INT, \
         recorded_at $INT NOT NULL, \
         PRIMARY KEY (household_id, id), \
         UNIQUE (household_id, external_ref) \
     ) $TABLE",
    "CREATE TABLE order_lines ( \
         household_id $UUID NOT NULL, \
         order_id $UUID NOT NULL, \
         line_no $INT NOT NULL CHECK (line_no >= 1), \
         product_ref TEXT, \
         category TEXT, \
         quantity $INT NOT NULL CHECK (quantity >= 0), \
         amount_minor $INT NOT NULL CHECK (amount_minor >= 0), \
         cash_minor $INT NOT NULL CHECK (cash_minor >= 0 AND cash_minor <= amount_minor), \
         refunded_minor $INT NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0 AND refunded_minor <= amount_minor), \
         PRIMARY KEY (household_id, order_id, line_no), \
         FOREIGN KEY (household_id, order_id) REFERENCES orders (household_id, id) \
     ) $TABLE",
    "CREATE TABLE refunds ( \
         household_id $UUID NOT NULL, \
         order_id $UUID NOT NULL, \
         external_ref TEXT NOT NULL, \
         content_hash $BYTES NOT NULL, \
         amount_minor $INT NOT NULL CHECK (amount_minor >= 0), \
         cash_minor $INT NOT NULL CHECK (cash_minor >= 0 AND cash_minor <= amount_minor), \
         refunded_at $INT NOT NULL, \
         recorded_at $INT NOT NULL, \
         PRIMARY KEY (household_id, order_id, external_ref), \
         FOREIGN KEY (household_id, order_id) REFERENCES orders (household_id, id) \
     ) $TABLE",
];
