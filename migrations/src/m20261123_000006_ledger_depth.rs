//! Why: points are also held, given back, forgiven, adjusted and moved between households, and a chain of hashes shows whether
//! anybody touched a posting afterwards.

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
        // SQLite cannot widen a CHECK in place: the three tables that name each other are laid anew and filled from the old ones.
        dialect::drop_append_only(manager, "transfers").await?;
        dialect::drop_append_only(manager, "postings").await?;
        dialect::execute(manager, ASIDE).await?;
        dialect::execute(manager, ANEW).await?;
        dialect::execute(manager, FILLED).await?;
        dialect::make_append_only(manager, "postings").await?;
        dialect::make_append_only(manager, "transfers").await?;
        dialect::execute(manager, ADDED).await?;
        dialect::make_append_only(manager, "hold_lots").await?;
        dialect::make_append_only(manager, "ledger_seals").await?;
        dialect::make_append_only(manager, "ledger_seal_heads").await?;
        Ok(())
    }
}

const ASIDE: &[&str] = &[
    "DROP INDEX corrections",
    "DROP INDEX grants_by_perk",
    "ALTER TABLE grants RENAME TO grants_before",
    "ALTER TABLE transfers RENAME TO transfers_before",
    "ALTER TABLE postings RENAME TO postings_before",
    "DROP INDEX lots_by_expiry",
    "DROP INDEX open_lots",
    "ALTER TABLE lots RENAME TO lots_before",
];

/// What every earn and every redemption writes carries no more indexes and checks than it needs (ADR 23):
///
/// - a lot's id is derived from its key, so the primary key already keeps each key once;
/// - a reference is younger than those before it, so an index that begins with it is written at its end;
/// - transfers are inserted by the function that inserts their posting, into the wallet that is locked: `hearth verify` looks for
///   orphans, the engine does not, at every row of every batch.
///
/// `corrects_id` has no foreign key any more: after a move the earn it names may be another household's, `counterpart_id`.
const ANEW: &[&str] = &[
    "CREATE TABLE lots ( \
         household_id $UUID NOT NULL REFERENCES wallets (household_id), \
         id $UUID NOT NULL, \
         contributor_id $UUID NOT NULL, \
         available_from $DATE NOT NULL, \
         expires_on $DATE NOT NULL, \
         remaining $INT NOT NULL CHECK (remaining >= 0), \
         held $INT NOT NULL DEFAULT 0 CHECK (held >= 0 AND held <= remaining), \
         PRIMARY KEY (household_id, id) \
     ) $HOT",
    "CREATE TABLE postings ( \
         household_id $UUID NOT NULL REFERENCES wallets (household_id), \
         id $UUID NOT NULL, \
         no $INT NOT NULL CHECK (no >= 1), \
         kind TEXT NOT NULL CHECK (kind IN ('earn', 'schedule', 'redeem', 'clawback', 'lapse', 'restore', \
             'forgive', 'adjust', 'move_out', 'move_in')), \
         reference TEXT NOT NULL, \
         actor_kind TEXT NOT NULL, \
         actor_person_id $UUID, \
         posted_at $INT NOT NULL, \
         business_date $DATE NOT NULL, \
         points $INT NOT NULL CHECK (points >= 0), \
         balance_after $INT NOT NULL CHECK (balance_after >= 0), \
         owed_after $INT NOT NULL CHECK (owed_after >= 0), \
         corrects_id $UUID, \
         counterpart_id $UUID, \
         reason TEXT, \
         rule_id $UUID, \
         rule_version $INT, \
         basis_minor $INT, \
         lines TEXT, \
         hash $BYTES, \
         PRIMARY KEY (household_id, id), \
         UNIQUE (household_id, no), \
         UNIQUE (kind, reference, household_id) \
     ) $TABLE",
    "CREATE INDEX corrections ON postings (household_id, corrects_id) WHERE corrects_id IS NOT NULL",
    "CREATE TABLE transfers ( \
         household_id $UUID NOT NULL, \
         posting_id $UUID NOT NULL, \
         seq $INT NOT NULL CHECK (seq >= 1), \
         from_account TEXT NOT NULL \
             CHECK (from_account IN ('lot', 'owed', 'issued', 'redeemed', 'lapsed', 'adjusted', 'forgiven', 'moved')), \
         from_lot_id $UUID, \
         to_account TEXT NOT NULL \
             CHECK (to_account IN ('lot', 'owed', 'issued', 'redeemed', 'lapsed', 'adjusted', 'forgiven', 'moved')), \
         to_lot_id $UUID, \
         points $INT NOT NULL CHECK (points > 0), \
         PRIMARY KEY (household_id, posting_id, seq), \
         CHECK ((from_account = 'lot') = (from_lot_id IS NOT NULL)), \
         CHECK ((to_account = 'lot') = (to_lot_id IS NOT NULL)) \
     ) $TABLE",
    "CREATE TABLE grants ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         id $UUID NOT NULL, \
         perk_id $UUID NOT NULL REFERENCES perks (id), \
         posting_id $UUID NOT NULL, \
         redeemed_by $UUID NOT NULL REFERENCES persons (id), \
         price_points $INT NOT NULL CHECK (price_points >= 1), \
         granted_at $INT NOT NULL, \
         expires_on $DATE NOT NULL, \
         cancelled_at $INT, \
         PRIMARY KEY (household_id, id), \
         FOREIGN KEY (household_id, posting_id) REFERENCES postings (household_id, id) \
     ) $TABLE",
    "CREATE INDEX grants_by_perk ON grants (household_id, perk_id)",
];

const FILLED: &[&str] = &[
    "INSERT INTO lots (household_id, id, contributor_id, available_from, expires_on, remaining, held) \
     SELECT household_id, id, contributor_id, available_from, expires_on, remaining, held FROM lots_before",
    "CREATE INDEX lots_by_expiry ON lots (expires_on) WHERE remaining > 0",
    "CREATE INDEX open_lots ON lots (household_id) WHERE remaining > 0",
    "INSERT INTO postings (household_id, id, no, kind, reference, actor_kind, actor_person_id, posted_at, business_date, points, \
         balance_after, owed_after, corrects_id, rule_id, rule_version, basis_minor, lines) \
     SELECT household_id, id, no, kind, reference, actor_kind, actor_person_id, posted_at, business_date, points, \
         balance_after, owed_after, corrects_id, rule_id, rule_version, basis_minor, lines FROM postings_before",
    "INSERT INTO transfers (household_id, posting_id, seq, from_account, from_lot_id, to_account, to_lot_id, points) \
     SELECT household_id, posting_id, seq, from_account, from_lot_id, to_account, to_lot_id, points FROM transfers_before",
    "INSERT INTO grants (household_id, id, perk_id, posting_id, redeemed_by, price_points, granted_at, expires_on) \
     SELECT household_id, id, perk_id, posting_id, redeemed_by, price_points, granted_at, expires_on FROM grants_before",
    "DROP TABLE grants_before",
    "DROP TABLE transfers_before",
    "DROP TABLE postings_before",
    "DROP TABLE lots_before",
];

const ADDED: &[&str] = &[
    "ALTER TABLE wallets ADD COLUMN head $BYTES",
    "ALTER TABLE wallets ADD COLUMN sealed_no $INT NOT NULL DEFAULT 0",
    "CREATE TABLE holds ( \
         household_id $UUID NOT NULL REFERENCES wallets (household_id), \
         id $UUID NOT NULL, \
         owner TEXT NOT NULL, \
         purpose TEXT NOT NULL, \
         points $INT NOT NULL CHECK (points > 0), \
         placed_at $INT NOT NULL, \
         ends_at $INT NOT NULL CHECK (ends_at > placed_at), \
         state TEXT NOT NULL CHECK (state IN ('open', 'captured', 'released', 'lapsed')), \
         ended_at $INT, \
         CHECK ((state = 'open') = (ended_at IS NULL)), \
         PRIMARY KEY (household_id, id), \
         UNIQUE (household_id, purpose, owner) \
     ) $HOT",
    "CREATE INDEX open_holds ON holds (ends_at) WHERE state = 'open'",
    "CREATE TABLE hold_lots ( \
         household_id $UUID NOT NULL, \
         hold_id $UUID NOT NULL, \
         lot_id $UUID NOT NULL, \
         points $INT NOT NULL CHECK (points > 0), \
         PRIMARY KEY (household_id, hold_id, lot_id), \
         FOREIGN KEY (household_id, hold_id) REFERENCES holds (household_id, id), \
         FOREIGN KEY (household_id, lot_id) REFERENCES lots (household_id, id) \
     ) $TABLE",
    "CREATE TABLE ledger_seals ( \
         no $INT PRIMARY KEY NOT NULL CHECK (no >= 1), \
         sealed_at $INT NOT NULL, \
         wallets_count $INT NOT NULL CHECK (wallets_count >= 1), \
         previous $BYTES NOT NULL, \
         hash $BYTES NOT NULL \
     ) $TABLE",
    "CREATE TABLE ledger_seal_heads ( \
         household_id $UUID NOT NULL REFERENCES wallets (household_id), \
         seal_no $INT NOT NULL REFERENCES ledger_seals (no), \
         last_no $INT NOT NULL CHECK (last_no >= 1), \
         head $BYTES NOT NULL, \
         PRIMARY KEY (household_id, seal_no) \
     ) $TABLE",
];
