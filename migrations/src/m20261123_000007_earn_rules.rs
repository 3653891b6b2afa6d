//! Why: several earn rules hold at once, each with terms for products, caps and a bound on what it may lead the operator to owe.

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
        dialect::execute(manager, STATEMENTS).await?;
        // A version is never edited: what was earned by it must stay explainable.
        for table in [
            "earn_rules",
            "earn_rule_multipliers",
            "earn_rule_product_multipliers",
            "earn_rule_caps",
            "earn_rule_closures",
        ] {
            dialect::make_append_only(manager, table).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    // Versions that are there already, and those that yesterday's code still adds: as they always were.
    "ALTER TABLE earn_rules ADD COLUMN other_multiplier_bp $INT NOT NULL DEFAULT 10000 CHECK (other_multiplier_bp >= 0)",
    "ALTER TABLE earn_rules ADD COLUMN rounding TEXT NOT NULL DEFAULT 'sale_floor' \
         CHECK (rounding IN ('sale_floor', 'line_floor', 'line_half_up'))",
    "ALTER TABLE earn_rules ADD COLUMN stacking_order $INT NOT NULL DEFAULT 0 CHECK (stacking_order >= 0)",
    "ALTER TABLE earn_rules ADD COLUMN is_exclusive $BOOL NOT NULL DEFAULT FALSE",
    "ALTER TABLE earn_rules ADD COLUMN closes_at_liability $INT CHECK (closes_at_liability >= 1)",
    "CREATE TABLE earn_rule_product_multipliers ( \
         rule_id $UUID NOT NULL, \
         version $INT NOT NULL, \
         product_ref TEXT NOT NULL, \
         multiplier_bp $INT NOT NULL CHECK (multiplier_bp >= 0), \
         PRIMARY KEY (rule_id, version, product_ref), \
         FOREIGN KEY (rule_id, version) REFERENCES earn_rules (id, version) \
     ) $TABLE",
    "CREATE TABLE earn_rule_caps ( \
         rule_id $UUID NOT NULL, \
         version $INT NOT NULL, \
         scope TEXT NOT NULL CHECK (scope IN ('member', 'household', 'programme')), \
         period TEXT NOT NULL CHECK (period IN ('order', 'day', 'month', 'ever')), \
         points $INT NOT NULL CHECK (points >= 1), \
         PRIMARY KEY (rule_id, version, scope, period), \
         CHECK (period <> 'order' OR scope = 'household'), \
         FOREIGN KEY (rule_id, version) REFERENCES earn_rules (id, version) \
     ) $TABLE",
    // By rule and not by version: a cap that is revised goes on counting.
    "CREATE TABLE earn_cap_uses ( \
         household_id $UUID NOT NULL REFERENCES wallets (household_id), \
         rule_id $UUID NOT NULL, \
         scope TEXT NOT NULL CHECK (scope IN ('member', 'household')), \
         person_id $UUID NOT NULL, \
         period TEXT NOT NULL CHECK (period IN ('day', 'month', 'ever')), \
         period_start $DATE NOT NULL, \
         points $INT NOT NULL CHECK (points >= 0), \
         PRIMARY KEY (household_id, rule_id, scope, person_id, period, period_start) \
     ) $HOT",
    "CREATE TABLE earn_rule_uses ( \
         rule_id $UUID NOT NULL, \
         period TEXT NOT NULL CHECK (period IN ('day', 'month', 'ever')), \
         period_start $DATE NOT NULL, \
         points $INT NOT NULL CHECK (points >= 0), \
         PRIMARY KEY (rule_id, period, period_start) \
     ) $HOT",
    "CREATE TABLE earn_rule_closures ( \
         rule_id $UUID NOT NULL, \
         version $INT NOT NULL, \
         closed_at $INT NOT NULL, \
         liability $INT NOT NULL CHECK (liability >= 1), \
         PRIMARY KEY (rule_id, version), \
         FOREIGN KEY (rule_id, version) REFERENCES earn_rules (id, version) \
     ) $TABLE",
];
