//! Why: an order's lines are always read and written with their order, so they are one of its columns and not nine rows beside it.

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
        dialect::execute(manager, ASIDE).await?;
        dialect::execute(manager, ANEW).await?;
        dialect::execute(manager, &[FILL_ORDERS.replace("$LINES", lines_of(manager.get_database_backend())).as_str()])
            .await?;
        dialect::execute(manager, FILL_REFUNDS).await
    }
}

/// The lines of an order as the store writes them: product, category, quantity, amount, cash, refunded. A line's place is its
/// number, which was from 1 without gaps.
fn lines_of(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "SELECT json_agg(json_build_array(product_ref, category, quantity, amount_minor, cash_minor, refunded_minor) \
         ORDER BY line_no)::text"
    } else {
        "SELECT json_group_array(json_array(product_ref, category, quantity, amount_minor, cash_minor, refunded_minor) \
         ORDER BY line_no)"
    }
}

const ASIDE: &[&str] = &[
    "ALTER TABLE order_lines RENAME TO order_lines_before",
    "ALTER TABLE refunds RENAME TO refunds_before",
    "ALTER TABLE orders RENAME TO orders_before",
];

/// `order_refs` keeps an order's number unique over all households, so `orders` has no second index for it.
const ANEW: &[&str] = &[
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
         lines TEXT NOT NULL, \
         PRIMARY KEY (household_id, id) \
     ) $APPEND",
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

const FILL_ORDERS: &str = "INSERT INTO orders (household_id, id, external_ref, person_id, community, channel, currency, \
         amount_minor, cash_minor, items_count, ordered_at, picked_up_at, recorded_at, lines) \
     SELECT household_id, id, external_ref, person_id, community, channel, currency, \
         amount_minor, cash_minor, items_count, ordered_at, picked_up_at, recorded_at, \
         COALESCE(($LINES FROM order_lines_before l WHERE l.household_id = o.household_id AND l.order_id = o.id), '[]') \
     FROM orders_before o ORDER BY recorded_at, id";

const FILL_REFUNDS: &[&str] = &[
    "INSERT INTO refunds (household_id, order_id, external_ref, content_hash, amount_minor, cash_minor, refunded_at, recorded_at) \
     SELECT household_id, order_id, external_ref, content_hash, amount_minor, cash_minor, refunded_at, recorded_at \
     FROM refunds_before",
    "DROP TABLE refunds_before",
    "DROP TABLE order_lines_before",
    "DROP TABLE orders_before",
];
