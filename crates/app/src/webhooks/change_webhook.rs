use db::{
    AuditLine,
    webhooks::{lock_webhooks, update_webhook},
};
use kernel::{Fault, Id, kinds};

use super::{
    ChangeWebhookRefusal, Decider, EventTypes, WebhookVersion, add_webhook::heard, disable_webhook::find_as_seen,
};
use crate::App;

/// A webhook is to hear of other events. Its URL stays: another address is another webhook, with a key of its own.
#[derive(Debug, Clone)]
pub struct ChangeWebhook {
    /// Which.
    pub webhook: Id<kinds::Webhook>,
    /// All it shall hear of.
    pub event_types: EventTypes,
    /// What it was like when whoever decides looked.
    pub expected: Option<WebhookVersion>,
}

impl App {
    /// Has a webhook hear of other events, from about a second later on. What is on its way to it stays so.
    ///
    /// # Errors
    /// [`ChangeWebhookRefusal`]; a [`Fault`] of the database.
    pub async fn change_webhook(
        &self,
        by: Decider,
        change: &ChangeWebhook,
    ) -> Result<Result<(), ChangeWebhookRefusal>, Fault> {
        let answer = db::retry_contention(|| self.try_change_webhook(by, change)).await?;
        self.subscribers().forget();
        Ok(answer)
    }

    async fn try_change_webhook(
        &self,
        by: Decider,
        change: &ChangeWebhook,
    ) -> Result<Result<(), ChangeWebhookRefusal>, Fault> {
        let mut tx = match by.begin(self).await? {
            Ok(tx) => tx,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let known = lock_webhooks(&mut tx).await?;

        let mut webhook = match find_as_seen(known, change.webhook, change.expected.as_ref()) {
            Ok(webhook) => webhook,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        };
        let before = heard(&webhook);
        webhook.event_types = change.event_types.words();

        update_webhook(&mut tx, &webhook).await?;
        tx.audit(AuditLine {
            action: "change_webhook",
            household: None,
            subject: change.webhook.to_string(),
            detail: format!("heard {before}, hears {}", heard(&webhook)),
        });

        tx.commit().await?;
        Ok(Ok(()))
    }
}
