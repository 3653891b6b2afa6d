//! Why: the operator's staff sign in apart from members, and what weighs much is decided by two of them.

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
    "CREATE TABLE staff ( \
         id $UUID PRIMARY KEY NOT NULL, \
         name TEXT NOT NULL UNIQUE, \
         roles TEXT NOT NULL CHECK (roles <> ''), \
         password_hash TEXT NOT NULL, \
         totp_secret $BYTES NOT NULL, \
         last_totp_step $INT NOT NULL, \
         failed_attempts $INT NOT NULL, \
         locked_until $INT, \
         created_at $INT NOT NULL, \
         closed_at $INT \
     ) $TABLE",
    "CREATE TABLE staff_recovery_codes ( \
         staff_id $UUID NOT NULL REFERENCES staff (id), \
         code_hash $BYTES NOT NULL, \
         used_at $INT, \
         PRIMARY KEY (staff_id, code_hash) \
     ) $TABLE",
    "CREATE TABLE staff_sessions ( \
         token_hash $BYTES PRIMARY KEY NOT NULL, \
         id $UUID NOT NULL UNIQUE, \
         staff_id $UUID NOT NULL REFERENCES staff (id), \
         created_at $INT NOT NULL, \
         expires_at $INT NOT NULL, \
         revoked_at $INT \
     ) $TABLE",
    "CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff_id)",
    "CREATE TABLE approvals ( \
         id $UUID PRIMARY KEY NOT NULL, \
         kind TEXT NOT NULL, \
         household_id $UUID, \
         payload TEXT NOT NULL, \
         payload_hash $BYTES NOT NULL, \
         reason TEXT NOT NULL, \
         proposed_by $UUID NOT NULL REFERENCES staff (id), \
         proposed_at $INT NOT NULL, \
         expires_at $INT NOT NULL, \
         state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'rejected', 'withdrawn')), \
         decided_by $UUID REFERENCES staff (id), \
         decided_at $INT, \
         outcome TEXT, \
         CHECK ((state = 'pending') = (decided_at IS NULL)), \
         CHECK ((state = 'pending') = (decided_by IS NULL)), \
         CHECK (state NOT IN ('approved', 'rejected') OR decided_by <> proposed_by) \
     ) $TABLE",
    "CREATE INDEX approvals_pending ON approvals (id) WHERE state = 'pending'",
    "CREATE INDEX audit_by_staff ON audit_lines (actor_staff_id, id) WHERE actor_staff_id IS NOT NULL",
];
