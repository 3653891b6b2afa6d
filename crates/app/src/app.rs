use std::{sync::Arc, time::Duration};

use accounts::HealthKeys;
use db::{Db, Reader, Tx};
use kernel::{Actor, Fault};
use moka::sync::Cache;

use crate::{
    Principal, Secret, Settings,
    cocreation::CastBallots,
    entitlements::RedeemPerks,
    lane::Lane,
    ledger::{BalanceLane, NoticeCursor, ProgramSummed, SealCursor},
    orders::RecordOrderEvents,
    privacy::PruneDay,
    react::is_heard,
    staff::Hashing,
    webhooks::{EventKeys, Subscribers},
};

/// How long a session read from the database is believed without looking again: the bound on a revoked session's life.
const SESSION_CACHE_TTL: Duration = Duration::from_millis(900);

/// Most sessions remembered at once; beyond it the least used are read again.
const SESSION_CACHE_ENTRIES: u64 = 100_000;

/// Everything a request can do. Cheap to clone; one per process.
#[derive(Debug, Clone)]
pub struct App {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    db: Db,
    settings: Settings,
    secret: Secret,
    health_keys: HealthKeys,
    mailer: mail::Mailer,
    sessions: Cache<[u8; 32], Principal>,
    balances: BalanceLane,
    earns: Lane<RecordOrderEvents>,
    redeems: Lane<RedeemPerks>,
    ballots: Lane<CastBallots>,
    seal_cursor: SealCursor,
    notice_cursor: NoticeCursor,
    prune_day: PruneDay,
    hashing: Hashing,
    subscribers: Subscribers,
    event_keys: EventKeys,
    program_summed: ProgramSummed,
}

impl App {
    /// Puts the use-cases on a migrated database. What is sealed at rest is sealed with a key derived from the secret.
    #[must_use]
    pub fn new(db: Db, settings: Settings, secret: Secret, mailer: mail::Mailer) -> Self {
        let health_keys = secret.health_keys();
        Self::with_health_keys(db, settings, secret, health_keys, mailer)
    }

    /// As [`App::new`], with keys of their own for what is sealed at rest.
    #[must_use]
    pub fn with_health_keys(
        db: Db,
        settings: Settings,
        secret: Secret,
        health_keys: HealthKeys,
        mailer: mail::Mailer,
    ) -> Self {
        let sessions = Cache::builder().max_capacity(SESSION_CACHE_ENTRIES).time_to_live(SESSION_CACHE_TTL).build();
        let balances = BalanceLane::default();
        let (earns, redeems, ballots) = (Lane::new(db.dialect()), Lane::new(db.dialect()), Lane::new(db.dialect()));
        let (seal_cursor, notice_cursor) = (SealCursor::default(), NoticeCursor::default());
        Self {
            inner: Arc::new(Inner {
                db,
                settings,
                secret,
                health_keys,
                mailer,
                sessions,
                balances,
                earns,
                redeems,
                ballots,
                seal_cursor,
                notice_cursor,
                prune_day: PruneDay::default(),
                hashing: Hashing::default(),
                subscribers: Subscribers::default(),
                event_keys: EventKeys::default(),
                program_summed: ProgramSummed::default(),
            }),
        }
    }

    /// Begins a transaction for one actor: the one door to writing.
    #[expect(clippy::disallowed_methods, reason = "app is the only crate that begins and commits, and does it here")]
    pub(crate) async fn begin(&self, actor: Actor) -> Result<Tx, Fault> {
        let subscribers = self.inner.subscribers.current(&self.reader()).await?;
        let mut tx = self.inner.db.begin(actor).await?;
        tx.hear(is_heard);
        tx.tell(subscribers);
        Ok(tx)
    }

    /// Reads outside any transaction.
    pub(crate) fn reader(&self) -> Reader {
        self.inner.db.reader()
    }

    /// The day it is now in the operator's zone.
    #[must_use]
    pub fn today(&self) -> kernel::BusinessDate {
        self.inner.settings.zone.date_of(self.inner.db.clock().now())
    }

    /// What the operator decided.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The database, for tools that look behind the rules: `hearth verify`, benchmarks, tests.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.inner.secret
    }

    pub(crate) fn health_keys(&self) -> &HealthKeys {
        &self.inner.health_keys
    }

    pub(crate) fn mailer(&self) -> &mail::Mailer {
        &self.inner.mailer
    }

    pub(crate) fn balances(&self) -> &BalanceLane {
        &self.inner.balances
    }

    pub(crate) fn earns(&self) -> &Lane<RecordOrderEvents> {
        &self.inner.earns
    }

    pub(crate) fn redeems(&self) -> &Lane<RedeemPerks> {
        &self.inner.redeems
    }

    pub(crate) fn ballots(&self) -> &Lane<CastBallots> {
        &self.inner.ballots
    }

    pub(crate) fn notice_cursor(&self) -> &NoticeCursor {
        &self.inner.notice_cursor
    }

    pub(crate) fn prune_day(&self) -> &PruneDay {
        &self.inner.prune_day
    }

    pub(crate) fn subscribers(&self) -> &Subscribers {
        &self.inner.subscribers
    }

    pub(crate) fn event_key_cache(&self) -> &EventKeys {
        &self.inner.event_keys
    }

    pub(crate) fn seal_cursor(&self) -> &SealCursor {
        &self.inner.seal_cursor
    }

    pub(crate) fn program_summed(&self) -> &ProgramSummed {
        &self.inner.program_summed
    }

    pub(crate) fn hashing(&self) -> &Hashing {
        &self.inner.hashing
    }

    pub(crate) fn sessions(&self) -> &Cache<[u8; 32], Principal> {
        &self.inner.sessions
    }
}
