use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use db::{
    Reader,
    deliveries::Subscriber,
    webhooks::{Webhook, list_webhooks},
};
use kernel::Fault;

use super::PUBLISHED;

/// How long the list of webhooks is believed without looking again: the bound on how late a new one begins to hear.
const BELIEVED_FOR: Duration = Duration::from_millis(900);

/// Who is told of events, as this process last read it. Read once for many transactions: events are written in the middle of the hot
/// path, and the list changes a few times a year. A webhook that is disabled meanwhile is told nothing all the same: see the claim.
#[derive(Debug, Default)]
pub(crate) struct Subscribers(Mutex<Held>);

/// The list and when it was read.
type Held = Option<(Instant, Arc<[Subscriber]>)>;

impl Subscribers {
    /// The list, read again where it is too old.
    pub(crate) async fn current(&self, reader: &Reader) -> Result<Arc<[Subscriber]>, Fault> {
        let known = self.held().clone();
        if let Some((_, subscribers)) = known.filter(|(read_at, _)| read_at.elapsed() < BELIEVED_FOR) {
            return Ok(subscribers);
        }
        let read_at = Instant::now();
        let webhooks = list_webhooks(reader).await?;
        let subscribers: Arc<[Subscriber]> = webhooks.iter().filter_map(subscriber).collect();
        *self.held() = Some((read_at, Arc::clone(&subscribers)));
        Ok(subscribers)
    }

    /// Forgets the list: it was just changed here.
    pub(crate) fn forget(&self) {
        *self.held() = None;
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn subscriber(webhook: &Webhook) -> Option<Subscriber> {
    let kinds = PUBLISHED.iter().filter(|kind| webhook.hears(kind)).map(|kind| (*kind).to_owned());
    webhook.disabled.is_none().then(|| Subscriber { webhook: webhook.id, kinds: kinds.collect() })
}
