//! Why: people decide about their data: consents, health tags sealed at rest, contacts found by a keyed index.

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

/// No CHECK holds the words of purposes: with one, a later purpose would have to rewrite the table on SQLite.
const STATEMENTS: &[&str] = &[
    "CREATE TABLE consents ( \
         id $UUID PRIMARY KEY NOT NULL, \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         purpose TEXT NOT NULL, \
         policy_version $INT NOT NULL CHECK (policy_version > 0), \
         channel TEXT NOT NULL, \
         given_by_person_id $UUID NOT NULL REFERENCES persons (id), \
         given_at $INT NOT NULL, \
         withdrawn_by_person_id $UUID REFERENCES persons (id), \
         withdrawn_at $INT \
     ) $TABLE",
    "CREATE UNIQUE INDEX one_standing_consent ON consents (person_id, purpose) WHERE withdrawn_at IS NULL",
    "CREATE INDEX consents_by_person ON consents (person_id, purpose, given_at)",
    "CREATE TABLE health_tags ( \
         id $UUID PRIMARY KEY NOT NULL, \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         consent_id $UUID NOT NULL REFERENCES consents (id), \
         key_id TEXT NOT NULL, \
         nonce $BYTES NOT NULL, \
         sealed $BYTES NOT NULL, \
         set_at $INT NOT NULL \
     ) $TABLE",
    "CREATE INDEX health_tags_by_person ON health_tags (person_id)",
    "CREATE INDEX health_tags_by_consent ON health_tags (consent_id)",
    "CREATE INDEX health_tags_by_key ON health_tags (key_id)",
    "ALTER TABLE persons ADD COLUMN phone TEXT",
    "ALTER TABLE persons ADD COLUMN contacts_indexed_at $INT",
    "CREATE INDEX persons_to_index ON persons (id) WHERE contacts_indexed_at IS NULL",
    "CREATE TABLE contact_index ( \
         contact_hash $BYTES NOT NULL, \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         PRIMARY KEY (contact_hash, person_id) \
     ) $TABLE",
    "CREATE INDEX contact_index_by_person ON contact_index (person_id)",
];
