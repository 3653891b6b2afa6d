use db::{
    AuditLine,
    deliveries::update_parked,
    webhooks::{Webhook, lock_webhooks, update_webhook},
};
use kernel::{Fault, Id, kinds};

use super::Decider;
use crate::App;

/// Why a webhook was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeWebhookRefusal {
    /// There is none of this id.
    #[error("there is no such webhook")]
    NoSuchWebhook,
    /// It is disabled, and stays so: add another.
    #[error("this webhook is disabled")]
    Disabled,
}

impl App {
    /// Stops telling a webhook anything, for good. What was still on its way to it is parked.
    ///
    /// # Errors
    /// [`ChangeWebhookRefusal`]; a [`Fault`] of the database.
    pub async fn disable_webhook(
        &self,
        by: Decider,
        id: Id<kinds::Webhook>,
    ) -> Result<Result<(), ChangeWebhookRefusal>, Fault> {
        let answer = db::retry_contention(|| self.try_disable_webhook(by, id)).await?;
        self.subscribers().forget();
        Ok(answer)
    }

    async fn try_disable_webhook(
        &self,
        by: Decider,
        id: Id<kinds::Webhook>,
    ) -> Result<Result<(), ChangeWebhookRefusal>, Fault> {
        let mut tx = self.begin(by.actor()).await?;
        let known = lock_webhooks(&mut tx).await?;

        let mut webhook = match find_open(known, id) {
            Ok(webhook) => webhook,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        };
        webhook.disabled = Some((tx.now(), "by decision".to_owned()));

        update_webhook(&mut tx, &webhook).await?;
        let parked = update_parked(&mut tx, id).await?;
        tx.audit(AuditLine {
            action: "disable_webhook",
            household: None,
            subject: id.to_string(),
            detail: format!("{parked} deliveries parked"),
        });

        tx.commit().await?;
        Ok(Ok(()))
    }
}

pub(super) fn find_open(known: Vec<Webhook>, id: Id<kinds::Webhook>) -> Result<Webhook, ChangeWebhookRefusal> {
    let webhook = known.into_iter().find(|webhook| webhook.id == id).ok_or(ChangeWebhookRefusal::NoSuchWebhook)?;
    if webhook.disabled.is_some() { Err(ChangeWebhookRefusal::Disabled) } else { Ok(webhook) }
}
