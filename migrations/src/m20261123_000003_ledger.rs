//! Why: every point that exists is moved by a transfer under a posting that names its cause; neither ever changes.

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
        dialect::make_append_only(manager, "postings").await?;
        dialect::make_append_only(manager, "transfers").await?;
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "CREATE TABLE earn_rules ( \
         id $UUID NOT NULL, \
         version $INT NOT NULL CHECK (version >= 1), \
         name TEXT NOT NULL, \
         points_per_yuan_bp $INT NOT NULL CHECK (points_per_yuan_bp >= 0), \
         valid_from $DATE NOT NULL, \
         valid_until $DATE, \
         created_at $INT NOT NULL, \
         PRIMARY KEY (id, version) \
     ) $TABLE",
    "CREATE TABLE earn_rule_multipliers ( \
         rule_id $UUID NOT NULL, \
         version $INT NOT NULL, \
         category TEXT NOT NULL, \
         multiplier_bp $INT NOT NULL CHECK (multiplier_bp >= 0), \
         PRIMARY KEY (rule_id, version, category), \
         FOREIGN KEY (rule_id, version) REFERENCES earn_rules (id, version) \
     ) $TABLE",
    "CREATE TABLE wallets ( \
         household_id $UUID PRIMARY KEY NOT NULL REFERENCES households (household_id), \
         balance $INT NOT NULL CHECK (balance >= 0), \
         owed $INT NOT NULL CHECK (owed >= 0), \
         last_no $INT NOT NULL CHECK (last_no >= 0) \
     ) $HOT",
    "CREATE TABLE lots ( \
         household_id $UUID NOT NULL REFERENCES wallets (household_id), \
         id $UUID NOT NULL, \
         contributor_id $UUID NOT NULL, \
         available_from $DATE NOT NULL, \
         expires_on $DATE NOT NULL, \
         remaining $INT NOT NULL CHECK (remaining >= 0), \
         held $INT NOT NULL DEFAULT 0 CHECK (held >= 0 AND held <= remaining), \
         PRIMARY KEY (household_id, id), \
         UNIQUE (household_id, contributor_id, available_from, expires_on) \
     ) $HOT",
    "CREATE INDEX lots_by_expiry ON lots (expires_on) WHERE remaining > 0",
    "CREATE INDEX open_lots ON lots (household_id) WHERE remaining > 0",
    "CREATE TABLE postings ( \
         household_id $UUID NOT NULL REFERENCES wallets (household_id), \
         id $UUID NOT NULL, \
         no $INT NOT NULL CHECK (no >= 1), \
         kind TEXT NOT NULL CHECK (kind IN ('earn', 'schedule', 'redeem', 'clawback', 'lapse')), \
         reference TEXT NOT NULL, \
         actor_kind TEXT NOT NULL, \
         actor_person_id $UUID, \
         posted_at $INT NOT NULL, \
         business_date $DATE NOT NULL, \
         points $INT NOT NULL CHECK (points >= 0), \
         balance_after $INT NOT NULL CHECK (balance_after >= 0), \
         owed_after $INT NOT NULL CHECK (owed_after >= 0), \
         corrects_id $UUID, \
         rule_id $UUID, \
         rule_version $INT, \
         basis_minor $INT, \
         lines TEXT, \
         PRIMARY KEY (household_id, id), \
         UNIQUE (household_id, no), \
         UNIQUE (household_id, kind, reference), \
         FOREIGN KEY (household_id, corrects_id) REFERENCES postings (household_id, id) \
     ) $TABLE",
    "CREATE INDEX corrections ON postings (household_id, corrects_id) WHERE corrects_id IS NOT NULL",
    "CREATE TABLE transfers ( \
         household_id $UUID NOT NULL, \
         posting_id $UUID NOT NULL, \
         seq $INT NOT NULL CHECK (seq >= 1), \
         from_account TEXT NOT NULL \
             CHECK (from_account IN ('lot', 'owed', 'issued', 'redeemed', 'lapsed', 'adjusted', 'forgiven')), \
         from_lot_id $UUID, \
         to_account TEXT NOT NULL \
             CHECK (to_account IN ('lot', 'owed', 'issued', 'redeemed', 'lapsed', 'adjusted', 'forgiven')), \
         to_lot_id $UUID, \
         points $INT NOT NULL CHECK (points > 0), \
         PRIMARY KEY (household_id, posting_id, seq), \
         CHECK ((from_account = 'lot') = (from_lot_id IS NOT NULL)), \
         CHECK ((to_account = 'lot') = (to_lot_id IS NOT NULL)), \
         FOREIGN KEY (household_id, posting_id) REFERENCES postings (household_id, id), \
         FOREIGN KEY (household_id, from_lot_id) REFERENCES lots (household_id, id), \
         FOREIGN KEY (household_id, to_lot_id) REFERENCES lots (household_id, id) \
     ) $TABLE",
];
