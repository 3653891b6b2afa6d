use std::time::Duration;

use db::outbox::{self, ClaimedEvent, Event};
use kernel::{Actor, Fault};
use tokio::sync::watch;

use crate::{App, accounts::SEND_SIGN_IN_CODE, entitlements::MAIL_PERK_REDEEMED};

/// How many events one worker claims at once.
const EVENTS_PER_CLAIM: u64 = 20;

/// How long the worker rests when nothing is due.
const REST: Duration = Duration::from_millis(500);

/// How often the clockwork looks at the calendar.
const CLOCKWORK_EVERY: Duration = Duration::from_secs(60);

/// A reaction: its name, for receipts and mail keys, which stays for ever.
type Reaction = &'static str;

impl App {
    /// Runs the reactions of every event that is due now; returns how many events were settled.
    ///
    /// # Errors
    /// A [`Fault`] of the database. A failing reaction is no fault here: its event is deferred, at last parked.
    pub async fn drain(&self) -> Result<usize, Fault> {
        let mut settled = 0;
        loop {
            let claimed = self.claim_events().await?;
            if claimed.is_empty() {
                return Ok(settled);
            }
            for event in &claimed {
                settled += usize::from(self.run_reactions(event).await?);
            }
        }
    }

    /// Works until told to stop: reactions as they come due, and the clockwork once a minute.
    pub async fn work(&self, mut stop: watch::Receiver<bool>) {
        let mut clockwork = tokio::time::interval(CLOCKWORK_EVERY);
        clockwork.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = told_to_stop(&mut stop) => return,
                _ = clockwork.tick() => self.run_clockwork().await,
                () = tokio::time::sleep(REST) => {
                    if let Err(fault) = self.drain().await {
                        tracing::error!(error = fault.chain(), "The worker could not drain the outbox and will try again");
                    }
                }
            }
        }
    }

    /// Books what the calendar made true since the last time.
    async fn run_clockwork(&self) {
        loop {
            match self.lapse_lots().await {
                Ok(0) => return,
                Ok(lots) => tracing::info!(lots, "{lots} lots lapsed"),
                Err(fault) => {
                    tracing::error!(
                        error = fault.chain(),
                        "Lapses could not be booked and will be tried again in a minute"
                    );
                    return;
                }
            }
        }
    }

    async fn claim_events(&self) -> Result<Vec<ClaimedEvent>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let claimed = outbox::lock_due(&mut tx, EVENTS_PER_CLAIM).await?;
            // On SQLite a commit is a disk flush: with nothing claimed there is nothing to keep.
            if claimed.is_empty() {
                tx.rollback().await?
            } else {
                tx.commit().await?
            }
            Ok(claimed)
        })
        .await
    }

    /// Whether the event is settled: all its reactions are done, now or before.
    async fn run_reactions(&self, event: &ClaimedEvent) -> Result<bool, Fault> {
        for reaction in reactions_to(&event.kind) {
            if outbox::find_receipt(&self.reader(), event.id, reaction).await? {
                continue;
            }
            if let Err(fault) = self.react(reaction, event).await {
                self.defer(event, reaction, &fault).await?;
                return Ok(false);
            }
            self.note_receipt(event, reaction).await?;
        }
        self.settle(event).await?;
        Ok(true)
    }

    async fn react(&self, reaction: Reaction, event: &ClaimedEvent) -> Result<(), Fault> {
        match reaction {
            SEND_SIGN_IN_CODE => self.send_sign_in_code(event).await,
            MAIL_PERK_REDEEMED => self.mail_perk_redeemed(event).await,
            _ => Err(Fault::inconsistent("find the reaction of an event")),
        }
    }

    async fn note_receipt(&self, event: &ClaimedEvent, reaction: Reaction) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            outbox::insert_receipt(&mut tx, event.id, reaction).await?;
            tx.commit().await
        })
        .await
    }

    async fn settle(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            outbox::update_settled(&mut tx, event.id).await?;
            tx.commit().await
        })
        .await
    }

    async fn defer(&self, event: &ClaimedEvent, reaction: Reaction, fault: &Fault) -> Result<(), Fault> {
        let is_parked = db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let is_parked = outbox::update_deferred(&mut tx, event, &fault.chain()).await?;
            tx.commit().await?;
            Ok(is_parked)
        })
        .await?;
        let outcome = if is_parked { "parked" } else { "deferred" };
        tracing::warn!(event.id = %event.id, reaction, outcome, error = fault.chain(), "A reaction failed: its event is {outcome}");
        Ok(())
    }
}

/// Ends when told to stop, or when nobody is left to tell. A function of its own, so that the guard it gets is gone at once.
async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|&is_stopping| is_stopping).await);
}

/// Who reacts to what. An event nobody reacts to is settled at once; it stays for those who will ask for it.
fn reactions_to(kind: &str) -> &'static [Reaction] {
    match kind {
        ::accounts::events::SignInCodeRequested::KIND => &[SEND_SIGN_IN_CODE],
        ::entitlements::events::PerkRedeemed::KIND => &[MAIL_PERK_REDEEMED],
        _ => &[],
    }
}
