//! The open transaction.
//!
//! # The order of locks
//!
//! Every use-case locks in this one order, and within a step by id, so that no two can wait for each other:
//!
//! 0. those of the staff who act or are acted on (`staff`), by id: whether they may is the first decision; then what they
//!    decide on (`approvals`), by id
//! 1. directory rows of the outside world (`household_refs`, `order_refs`, `sign_in_addresses`), by reference
//! 2. persons, then households, then memberships, each by id; then consents: holding a consent, or its person, holds the health tags
//!    kept under it; then a household's invitations, its offer of ownership, and what it merged with; a person's sessions, by the hash of their token,
//!    before nothing else; what a person leads (`leaders`), last
//! 3. wallets by household id; holding a wallet holds its lots, postings, used caps and the household's grants; then what the
//!    whole programme used of caps (`earn_rule_uses`), by rule, period and first day, where an earn rule has such a cap
//! 4. perk stock, by perk id; holding one holds the perk's terms and its waiting list, but not whose a place is: that changes with the
//!    household, under its wallet
//! 5. pay requests, by id; holding one holds its payers, attempts and what paid it. Then mandates by id, each with what its months used,
//!    and offers by product: the stock that requests set aside. Refunds of payments, by id, alone
//! 6. study
//! 7. webhooks, all of them by id, then a delivery or event keys: decided by staff and by the sender, with nothing else
//! 8. idempotency keys, in key order, and outbox rows: inserted last, while committing
//!
//! Apart from all of these stands the head of a household's feed (`household_feeds`): whoever numbers events takes it first, and then
//! only outbox rows of that household, which nobody waits for while holding a head.
//!
//! Idempotency keys are *looked up* after step 3, when a twin of this act must already have committed or is waiting for our
//! wallet, and *inserted* in step 8, where their primary key is the arbiter for twins that share no wallet.
//!
//! Which household a number or an old id stands for is read before any lock too; whoever writes to its wallet looks again under the
//! lock, since whoever merges a household holds its row and its wallet.
//!
//! Whose wallets an order's points are in by now is read before any lock, so that all of them can be locked in their order; under the
//! locks it is read again, and if they moved on meanwhile, the use-case runs again.
//!
//! A lane takes each step for all commands of its batch before it takes the next. A batch that records in turns (an order, the
//! pick-up of another, an order again) takes steps 1 to 3 for all of them first, the wallets their points moved to and the caps
//! of the programme included: what it locks later it holds already. Twins within a batch are told apart in memory. Persons and
//! households of members who join are locked with step 2; what their new households are entered with is written in its turn, where
//! the directory's key is the arbiter.
//!
//! Two batches, in this process or another, meet like any two transactions.

use std::sync::Arc;

use kernel::{Actor, Fault, Id, IdGenerator, Timestamp};
use sea_orm::{DatabaseConnection, DatabaseTransaction};

use crate::{
    AuditLine, Dialect, Doing, audit,
    deliveries::Subscriber,
    doing::commit_fault,
    outbox,
    write::{self, Write},
};

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
    /// Rows that wait to be written together; `None` while rows are written as they come.
    pub(crate) gathered: Option<Vec<Write>>,
    pub(crate) subscribers: Arc<[Subscriber]>,
}

impl Tx {
    pub(crate) fn new(
        inner: DatabaseTransaction,
        dialect: Dialect,
        now: Timestamp,
        actor: Actor,
        ids: Arc<IdGenerator>,
    ) -> Self {
        Self {
            inner,
            dialect,
            now,
            actor,
            ids,
            audit: Vec::new(),
            events: Vec::new(),
            is_heard: |_| true,
            gathered: None,
            subscribers: Arc::new([]),
        }
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
    ///
    /// # Panics
    /// While gathered rows wait: a statement now would not see them.
    #[must_use]
    pub fn connection(&mut self) -> &DatabaseTransaction {
        let waits = self.gathered.as_ref().is_some_and(|gathered| !gathered.is_empty());
        assert!(!waits, "rows are read or changed while others wait to be written: flush first");
        &self.inner
    }

    /// From here on rows that are inserted wait for each other, to be written in one round trip: call it where a use-case has
    /// read all it will read. They are written by [`Tx::commit`], or before it by [`Tx::flush`].
    pub fn gather(&mut self) {
        self.gathered.get_or_insert_default();
    }

    /// Writes what was gathered; rows are written as they come from here on, and may be read again.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        let gathered = self.gathered.take().unwrap_or_default();
        write::execute_together(self, gathered).await
    }

    /// Says which kinds of events somebody reacts to. The others are settled as they are written: they stay to be read, and
    /// no queue of them stands before a sign-in mail.
    pub fn hear(&mut self, is_heard: fn(&str) -> bool) {
        self.is_heard = is_heard;
    }

    /// Says which webhooks are told of what happens here: each event is written once for each that wants to hear of it.
    pub fn tell(&mut self, subscribers: Arc<[Subscriber]>) {
        self.subscribers = subscribers;
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
        self.gather();
        audit::write_lines(&mut self).await?;
        outbox::write_events(&mut self).await?;
        self.flush().await?;
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
