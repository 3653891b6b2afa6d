//! Why: points are worth what they buy: perks with a price and a stock, and the grants households hold.

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
    "CREATE TABLE perks ( \
         id $UUID PRIMARY KEY NOT NULL, \
         code TEXT NOT NULL UNIQUE, \
         name_zh TEXT NOT NULL, \
         name_en TEXT NOT NULL, \
         terms_zh TEXT NOT NULL, \
         terms_en TEXT NOT NULL, \
         price_points $INT NOT NULL CHECK (price_points >= 1), \
         limit_per_household $INT NOT NULL CHECK (limit_per_household >= 1), \
         valid_days $INT NOT NULL CHECK (valid_days >= 1), \
         is_open $BOOL NOT NULL, \
         created_at $INT NOT NULL \
     ) $TABLE",
    "CREATE TABLE perk_stocks ( \
         perk_id $UUID PRIMARY KEY NOT NULL REFERENCES perks (id), \
         total $INT NOT NULL CHECK (total >= 0), \
         taken $INT NOT NULL CHECK (taken >= 0 AND taken <= total) \
     ) $HOT",
    "CREATE TABLE grants ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         id $UUID NOT NULL, \
         perk_id $UUID NOT NULL REFERENCES perks (id), \
         posting_id $UUID NOT NULL, \
         redeemed_by $UUID NOT NULL REFERENCES persons (id), \
         price_points $INT NOT NULL CHECK (price_points >= 1), \
         granted_at $INT NOT NULL, \
         expires_on $DATE NOT NULL, \
         PRIMARY KEY (household_id, id), \
         FOREIGN KEY (household_id, posting_id) REFERENCES postings (household_id, id) \
     ) $TABLE",
    "CREATE INDEX grants_by_perk ON grants (household_id, perk_id)",
];
