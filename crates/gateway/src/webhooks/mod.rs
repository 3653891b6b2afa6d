//! Webhooks out: what the operator's systems are told. `WEBHOOKS.md` is their document.
//!
//! A worker of its own, beside the one that sends sign-in mails: messages wait for servers of others, and no mail waits for them. Each
//! webhook has so many messages under way at once and no more, so that a slow one keeps its own waiting and nobody else's.

mod address;
mod send;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::{App, webhooks::DueDelivery};
use kernel::{Fault, Id, kinds};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use self::send::Sender;
pub use send::PrivateAddresses;

/// Most messages under way to one webhook from one process.
const PER_WEBHOOK: u64 = 4;

/// Most messages under way from one process.
const IN_ALL: usize = 32;

/// How long the worker rests when nothing is due.
const REST: Duration = Duration::from_millis(500);

/// Sends what is due to webhooks. One per process.
#[derive(Debug, Clone)]
pub struct WebhookWorker {
    app: App,
    sender: Sender,
    under_way: Arc<Mutex<HashMap<Id<kinds::Webhook>, u64>>>,
    room: Arc<Semaphore>,
}

impl WebhookWorker {
    /// A worker that has sent nothing yet.
    #[must_use]
    pub fn new(app: App, private: PrivateAddresses) -> Self {
        Self { app, sender: Sender::new(private), under_way: Arc::default(), room: Arc::new(Semaphore::new(IN_ALL)) }
    }

    /// Sends what is due until told to stop; then lets what is under way end, for as long as an attempt may take.
    pub async fn work(&self, mut stop: watch::Receiver<bool>) {
        let mut sending = JoinSet::new();
        while !*stop.borrow() {
            let is_idle = match self.start_due(&mut sending).await {
                Ok(started) => started == 0,
                Err(fault) => {
                    tracing::error!(error = fault.chain(), "Webhooks could not be looked at and will be again");
                    true
                }
            };
            while sending.try_join_next().is_some() {}
            if is_idle {
                tokio::select! {
                    () = told_to_stop(&mut stop) => break,
                    () = tokio::time::sleep(REST) => {}
                }
            }
        }
        sending.join_all().await;
    }

    /// Sends everything that is due now and waits for all of it; how many messages were sent. For tests and for one run by hand.
    ///
    /// # Errors
    /// A [`Fault`] of the database. A message that fails is no fault here: it is deferred, at last parked.
    pub async fn drain(&self) -> Result<usize, Fault> {
        let mut sending = JoinSet::new();
        let mut sent = 0;
        loop {
            let started = self.start_due(&mut sending).await?;
            sent += started;
            if started == 0 && sending.join_next().await.is_none() {
                return Ok(sent);
            }
        }
    }

    /// Claims what there is room for and starts to send it; how many messages those were.
    async fn start_due(&self, sending: &mut JoinSet<()>) -> Result<usize, Fault> {
        let mut left = u64::try_from(self.room.available_permits()).unwrap_or(u64::MAX);
        if left == 0 {
            return Ok(0);
        }
        let busy = self.busy().clone();
        // A share each, so that the first in the list does not take it all.
        left = left.min(PER_WEBHOOK);
        let room = |webhook| left.saturating_sub(busy.get(&webhook).copied().unwrap_or_default());
        let due = self.app.claim_deliveries(room).await?;
        let started = due.len();
        for due in due {
            *self.busy().entry(due.claimed.webhook).or_default() += 1;
            sending.spawn(self.clone().attempt(due));
        }
        Ok(started)
    }

    async fn attempt(self, due: DueDelivery) {
        let webhook = due.claimed.webhook;
        let place = self.room.acquire().await;
        let outcome = self.sender.send(&due, self.app.db().clock().now()).await;
        let noted = self.app.note_attempt(&due.claimed, outcome).await;
        drop(place);
        if let Some(count) = self.busy().get_mut(&webhook) {
            *count = count.saturating_sub(1);
        }
        let (delivery, fault) = (due.claimed.id, noted.err().map(|fault| fault.chain()));
        match fault {
            Some(error) => {
                tracing::error!(%delivery, error, "What came of a message could not be noted; it is sent again")
            }
            None => tracing::debug!(%delivery, ?outcome, "A message was tried"),
        }
    }

    fn busy(&self) -> std::sync::MutexGuard<'_, HashMap<Id<kinds::Webhook>, u64>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends when told to stop, or when nobody is left to tell.
async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|&is_stopping| is_stopping).await);
}
