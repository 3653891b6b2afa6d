//! Why: what can be ordered by voice today, with its price and the words people call it by, is another thing than the products that
//! histories name: it is put up as a whole and replaced as a whole.

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

const STATEMENTS: &[&str] = &["CREATE TABLE offers ( \
         product_ref TEXT PRIMARY KEY NOT NULL, \
         place $INT NOT NULL UNIQUE CHECK (place >= 1), \
         name TEXT NOT NULL, \
         unit TEXT NOT NULL, \
         price_minor $INT NOT NULL CHECK (price_minor > 0), \
         packs TEXT NOT NULL, \
         aliases TEXT NOT NULL, \
         warns TEXT NOT NULL, \
         offered_at $INT NOT NULL \
     ) $TABLE"];
