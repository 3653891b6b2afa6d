//! The open transaction.
//!
//! # The order of locks
//!
//! Every use-case locks in this one order, and within a step by id, so that no two can wait for each other:
//!
//! 0. those of the staff who act or are acted on (`staff`), by id: whether they may is the first decision; then what they
//!    decide on (`approvals`), by id
//! 1. directory rows of the outside world (`household_refs`, `order_refs`, `sign_in_addresses`), by reference
//! 2. persons, then households, by id; then consents: holding a consent, or its person, holds the health tags kept under it
//! 3. wallets by household id; holding a wallet holds its lots, postings, used caps and the household's grants; then what the
//!    whole programme used of caps (`earn_rule_uses`), by rule, period and first day, where an earn rule has such a cap
//! 4. perk stock, by perk id
//! 5. pay request · 6. study (both still to come)
//! 7. idempotency keys, in key order, and outbox rows: inserted last, while committing
//!
//! Idempotency keys are *looked up* after step 3, when a twin of this act must already have committed or is waiting for our
//! wallet, and *inserted* in step 7, where their primary key is the arbiter for twins that share no wallet.
//!
//! Whose wallets an order's points are in by now is read before any lock, so that all of them can be locked in their order; under the
//! locks it is read again, and if they moved on meanwhile, the use-case runs again.
//!
//! A lane takes each step for all commands of its batch before it takes the next. A batch that records in turns (an order, the
//! pick-up of another, an order again) takes steps 1 to 3 for all of them first, the wallets their points moved to and the caps
//! of the programme included: what it locks later it holds already. Twins within a batch are told apart in memory. Two batches, in
//! this process or another, meet like any two transactions.

use std::sync::Arc;

use kernel::{Actor, Fault, Id, IdGenerator, Timestamp};
use sea_orm::{DatabaseConnection, DatabaseTransaction};

use crate::{AuditLine, Dialect, Doing, audit, doing::commit_fault, outbox};

/// One use-case's open transaction: a connection, one instant, one actor. Dropping it rolls back.
///
/// Store functions take `&mut Tx`, never `&Tx`: one statement at a time, or SeaORM panics when a busy one is dropped.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    dialect: Dialect,
    now: Timestamp,
    actor: Actor,
    ids: Arc<IdGenerator>,
    pub(crate) audit: Vec<(Actor, AuditLine)>,
    pub(crate) events: Vec<outbox::NewEvent>,
    pub(crate) is_heard: fn(&str) -> bool,
}

impl Tx {
    pub(crate) fn new(
        inner: DatabaseTransaction,
        dialect: Dialect,
        now: Timestamp,
        actor: Actor,
        ids: Arc<IdGenerator>,
    ) -> Self {
        Self { inner, dialect, now, actor, ids, audit: Vec::new(), events: Vec::new(), is_heard: |_| true }
    }

    /// The instant of this act: the same for every row it writes.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// A fresh UUIDv7 of this act's instant.
    #[must_use]
    pub fn new_id<K>(&self) -> Id<K> {
        self.ids.next_id(self.now)
    }

    /// The engine, where a store must spell a statement differently.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The connection, for `store` modules only.
    #[must_use]
    pub fn connection(&mut self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Says which kinds of events somebody reacts to. The others are settled as they are written: they stay to be read, and
    /// no queue of them stands before a sign-in mail.
    pub fn hear(&mut self, is_heard: fn(&str) -> bool) {
        self.is_heard = is_heard;
    }

    /// Notes a line for the audit log; written by [`Tx::commit`].
    pub fn audit(&mut self, line: AuditLine) {
        self.audit.push((self.actor, line));
    }

    /// As [`Tx::audit`], of one act among many in a transaction: by whom is the act's own to say.
    pub fn audit_of(&mut self, actor: Actor, line: AuditLine) {
        self.audit.push((actor, line));
    }

    /// Writes audit lines and outbox events, then commits. Consumes the transaction: using it afterwards does not compile.
    ///
    /// # Errors
    /// A [`Fault`]. After a broken one the outcome is unknown: retry with the same idempotency key, never report "not done".
    pub async fn commit(mut self) -> Result<(), Fault> {
        audit::write_lines(&mut self).await?;
        outbox::write_events(&mut self).await?;
        self.inner.commit().await.map_err(commit_fault)
    }

    /// Gives up on purpose, waiting until the engine has let go of the locks.
    ///
    /// # Errors
    /// A [`Fault`] when the connection broke; the engine then rolls back by itself.
    pub async fn rollback(self) -> Result<(), Fault> {
        self.inner.rollback().await.doing("roll back")
    }
}

/// Reads outside any transaction. What it returns may be stale by the time it is looked at: never judge a write by it.
#[derive(Debug, Clone)]
pub struct Reader {
    connection: DatabaseConnection,
    dialect: Dialect,
}

impl Reader {
    pub(crate) fn new(connection: DatabaseConnection, dialect: Dialect) -> Self {
        Self { connection, dialect }
    }

    /// The connection, for `store` modules only.
    #[must_use]
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// The engine, where a store must spell a statement differently.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
}
