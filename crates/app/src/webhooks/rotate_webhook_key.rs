use chrono::TimeDelta;
use db::{
    AuditLine,
    webhooks::{lock_webhooks, update_webhook},
};
use kernel::{Fault, Id, kinds};

use super::{ChangeWebhookRefusal, Decider, SigningKey, WebhookVersion, disable_webhook::find_as_seen};
use crate::App;

/// How long the key before the newest signs too.
pub const PREVIOUS_KEY_LIFE: TimeDelta = TimeDelta::hours(24);

impl App {
    /// Gives a webhook a new key, shown this once. For [`PREVIOUS_KEY_LIFE`] messages carry the signatures of both; a key before
    /// the one that was replaced signs nothing any more. So a version is expected from whoever may press twice: the second press would
    /// take the key from the other side that it knows.
    ///
    /// # Errors
    /// [`ChangeWebhookRefusal`]; a [`Fault`] of the database.
    pub async fn rotate_webhook_key(
        &self,
        by: Decider,
        id: Id<kinds::Webhook>,
        expected: Option<&WebhookVersion>,
    ) -> Result<Result<SigningKey, ChangeWebhookRefusal>, Fault> {
        db::retry_contention(|| self.try_rotate_webhook_key(by, id, expected)).await
    }

    async fn try_rotate_webhook_key(
        &self,
        by: Decider,
        id: Id<kinds::Webhook>,
        expected: Option<&WebhookVersion>,
    ) -> Result<Result<SigningKey, ChangeWebhookRefusal>, Fault> {
        let mut tx = match by.begin(self).await? {
            Ok(tx) => tx,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let known = lock_webhooks(&mut tx).await?;

        let mut webhook = match find_as_seen(known, id, expected) {
            Ok(webhook) => webhook,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        };
        let key = SigningKey::draw(self.db().ids());
        let sealed = key.seal(self.secret(), id.uuid().as_bytes(), self.db().ids());
        let previous = std::mem::replace(&mut webhook.sealed_key, sealed);
        webhook.previous = Some((previous, tx.now() + PREVIOUS_KEY_LIFE));

        update_webhook(&mut tx, &webhook).await?;
        tx.audit(AuditLine {
            action: "rotate_webhook_key",
            household: None,
            subject: id.to_string(),
            detail: String::new(),
        });

        tx.commit().await?;
        Ok(Ok(key))
    }
}
