use std::collections::HashMap;

use db::{
    deliveries::{ClaimedDelivery, lock_due_deliveries},
    webhooks::{Webhook, list_webhooks},
};
use kernel::{Actor, Fault, Id, Timestamp, kinds};

use super::SigningKey;
use crate::App;

/// A message to send now, claimed under a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// The claim, to note what came of it.
    pub claimed: ClaimedDelivery,
    /// Where it goes.
    pub url: String,
    /// The keys that sign it, newest first.
    pub keys: Vec<SigningKey>,
}

impl App {
    /// Claims due messages, oldest first for each webhook: as many as `room` says there is for one, so that a slow webhook keeps
    /// its own messages waiting and nobody else's.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn claim_deliveries(
        &self,
        room: impl Fn(Id<kinds::Webhook>) -> u64 + Sync,
    ) -> Result<Vec<DueDelivery>, Fault> {
        let webhooks = list_webhooks(&self.reader()).await?;
        let open: HashMap<Id<kinds::Webhook>, &Webhook> =
            webhooks.iter().filter(|webhook| webhook.disabled.is_none()).map(|webhook| (webhook.id, webhook)).collect();
        let wanted: Vec<(Id<kinds::Webhook>, u64)> = webhooks
            .iter()
            .filter(|webhook| open.contains_key(&webhook.id))
            .map(|webhook| (webhook.id, room(webhook.id)))
            .filter(|(_, room)| *room > 0)
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = db::retry_contention(|| self.try_claim_deliveries(&wanted)).await?;
        let now = self.db().clock().now();
        let due = claimed.into_iter().map(|claimed| {
            let webhook = open[&claimed.webhook];
            Ok(DueDelivery { url: webhook.url.clone(), keys: self.keys_of(webhook, now)?, claimed })
        });
        due.collect()
    }

    async fn try_claim_deliveries(&self, wanted: &[(Id<kinds::Webhook>, u64)]) -> Result<Vec<ClaimedDelivery>, Fault> {
        let mut tx = self.begin(Actor::System).await?;
        let mut claimed = Vec::new();
        for (webhook, room) in wanted {
            claimed.extend(lock_due_deliveries(&mut tx, *webhook, *room).await?);
        }
        // On SQLite a commit is a disk flush: with nothing claimed there is nothing to keep.
        if claimed.is_empty() {
            tx.rollback().await?
        } else {
            tx.commit().await?
        }
        Ok(claimed)
    }

    fn keys_of(&self, webhook: &Webhook, now: Timestamp) -> Result<Vec<SigningKey>, Fault> {
        let previous = webhook.previous.as_ref().filter(|(_, until)| now < *until).map(|(sealed, _)| sealed);
        let sealed = std::iter::once(&webhook.sealed_key).chain(previous);
        sealed.map(|sealed| SigningKey::open(sealed, self.secret(), webhook.id.uuid().as_bytes())).collect()
    }
}
