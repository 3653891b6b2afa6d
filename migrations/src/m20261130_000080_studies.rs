//! Why: neighbours vote on products. Who may vote is fixed at the opening; what was said lies apart from who said it.

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
        dialect::make_append_only(manager, "study_entries").await?;
        dialect::make_append_only(manager, "ballot_receipts").await
    }
}

const STATEMENTS: &[&str] = &[
    // Options, rules and what was frozen are JSON: they are only ever read with their row.
    "CREATE TABLE studies ( \
         id $UUID PRIMARY KEY NOT NULL, \
         kind TEXT NOT NULL CHECK (kind IN ('product', 'packaging', 'price', 'trial')), \
         title_zh TEXT NOT NULL, \
         title_en TEXT NOT NULL, \
         options TEXT NOT NULL, \
         definition TEXT NOT NULL, \
         panel TEXT NOT NULL, \
         created_at $INT NOT NULL, \
         closes_at $INT NOT NULL, \
         opened_at $INT, \
         frozen TEXT, \
         panel_sha256 TEXT, \
         panel_size $INT CHECK (panel_size >= 0), \
         published_at $INT, \
         result TEXT, \
         CHECK ((opened_at IS NULL) = (frozen IS NULL)), \
         CHECK ((opened_at IS NULL) = (panel_sha256 IS NULL)), \
         CHECK ((opened_at IS NULL) = (panel_size IS NULL)), \
         CHECK ((published_at IS NULL) = (result IS NULL)), \
         CHECK (published_at IS NULL OR opened_at IS NOT NULL) \
     ) $TABLE",
    // The narrow row that every batch of ballots locks and writes.
    "CREATE TABLE study_chains ( \
         study_id $UUID PRIMARY KEY NOT NULL REFERENCES studies (id), \
         entries $INT NOT NULL CHECK (entries >= 0), \
         head TEXT NOT NULL, \
         turnout $INT NOT NULL CHECK (turnout >= 0 AND turnout <= entries), \
         closed_at $INT \
     ) $HOT",
    "CREATE TABLE study_entries ( \
         study_id $UUID NOT NULL REFERENCES studies (id), \
         entry_no $INT NOT NULL CHECK (entry_no > 0), \
         entry TEXT NOT NULL, \
         PRIMARY KEY (study_id, entry_no) \
     ) $TABLE",
    // No household, no person, no time: the pseudonym is keyed with what only the processes know.
    "CREATE TABLE ballot_choices ( \
         study_id $UUID NOT NULL REFERENCES studies (id), \
         pseudonym TEXT NOT NULL, \
         said TEXT NOT NULL, \
         PRIMARY KEY (study_id, pseudonym) \
     ) $TABLE",
    "CREATE TABLE study_panels ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         study_id $UUID NOT NULL REFERENCES studies (id), \
         place TEXT NOT NULL CHECK (place IN ('in', 'other_community', 'too_new', 'too_few_orders', 'too_few_months', 'not_drawn')), \
         PRIMARY KEY (household_id, study_id) \
     ) $TABLE",
    "CREATE TABLE ballot_receipts ( \
         household_id $UUID NOT NULL, \
         study_id $UUID NOT NULL, \
         entry_no $INT NOT NULL CHECK (entry_no > 0), \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         accepted_at $INT NOT NULL, \
         receipt TEXT NOT NULL, \
         head TEXT NOT NULL, \
         PRIMARY KEY (household_id, study_id, entry_no), \
         FOREIGN KEY (household_id, study_id) REFERENCES study_panels (household_id, study_id) \
     ) $TABLE",
];
