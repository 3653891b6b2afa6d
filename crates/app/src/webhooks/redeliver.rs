use db::{
    AuditLine,
    deliveries::{lock_delivery, update_due_again},
    webhooks::{Webhook, lock_webhooks},
};
use kernel::{Fault, Id, kinds};

use super::Decider;
use crate::{App, staff::NotAllowed};

/// Why a message is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedeliverRefusal {
    /// Of the staff only admins decide this.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no delivery of this id.
    #[error("there is no such delivery")]
    NoSuchDelivery,
    /// Its webhook is told nothing any more.
    #[error("its webhook is disabled")]
    Disabled,
}

impl App {
    /// Makes a delivery due now, with all its tries before it, whatever became of it: the message and its id are the same.
    ///
    /// # Errors
    /// [`RedeliverRefusal`]; a [`Fault`] of the database.
    pub async fn redeliver(&self, by: Decider, id: Id<kinds::Delivery>) -> Result<Result<(), RedeliverRefusal>, Fault> {
        db::retry_contention(|| self.try_redeliver(by, id)).await
    }

    async fn try_redeliver(&self, by: Decider, id: Id<kinds::Delivery>) -> Result<Result<(), RedeliverRefusal>, Fault> {
        let mut tx = match by.begin(self).await? {
            Ok(tx) => tx,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let webhooks = lock_webhooks(&mut tx).await?;
        let webhook = lock_delivery(&mut tx, id).await?;

        if let Err(refusal) = check(&webhooks, webhook) {
            tx.rollback().await?;
            return Ok(Err(refusal));
        }

        update_due_again(&mut tx, id).await?;
        tx.audit(AuditLine { action: "redeliver", household: None, subject: id.to_string(), detail: String::new() });

        tx.commit().await?;
        Ok(Ok(()))
    }
}

fn check(webhooks: &[Webhook], webhook: Option<Id<kinds::Webhook>>) -> Result<(), RedeliverRefusal> {
    let webhook = webhook.ok_or(RedeliverRefusal::NoSuchDelivery)?;
    let is_open = webhooks.iter().any(|known| known.id == webhook && known.disabled.is_none());
    if is_open { Ok(()) } else { Err(RedeliverRefusal::Disabled) }
}
