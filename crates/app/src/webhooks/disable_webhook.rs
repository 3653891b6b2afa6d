use db::{
    AuditLine,
    deliveries::update_parked,
    webhooks::{Webhook, lock_webhooks, update_webhook},
};
use kernel::{Fault, Id, kinds};

use super::{Decider, WebhookVersion};
use crate::{App, staff::NotAllowed};

/// Why a webhook was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeWebhookRefusal {
    /// Of the staff only admins decide this.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is none of this id.
    #[error("there is no such webhook")]
    NoSuchWebhook,
    /// It is disabled, and stays so: add another.
    #[error("this webhook is disabled")]
    Disabled,
    /// It is not as whoever wants to change it saw it.
    #[error("this webhook was changed meanwhile")]
    VersionConflict,
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
        let mut tx = match by.begin(self).await? {
            Ok(tx) => tx,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
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

/// The webhook, open and as it was seen, where that was said.
pub(super) fn find_as_seen(
    known: Vec<Webhook>,
    id: Id<kinds::Webhook>,
    expected: Option<&WebhookVersion>,
) -> Result<Webhook, ChangeWebhookRefusal> {
    let webhook = find_open(known, id)?;
    let is_as_seen = expected.is_none_or(|expected| *expected == WebhookVersion::of(&webhook));
    if is_as_seen { Ok(webhook) } else { Err(ChangeWebhookRefusal::VersionConflict) }
}

fn find_open(known: Vec<Webhook>, id: Id<kinds::Webhook>) -> Result<Webhook, ChangeWebhookRefusal> {
    let webhook = known.into_iter().find(|webhook| webhook.id == id).ok_or(ChangeWebhookRefusal::NoSuchWebhook)?;
    if webhook.disabled.is_some() { Err(ChangeWebhookRefusal::Disabled) } else { Ok(webhook) }
}
