use db::{
    AuditLine,
    webhooks::{Webhook, insert_webhook, lock_webhooks},
};
use kernel::{Fault, Id, kinds};

use super::{Decider, EventTypes, SigningKey, WebhookUrl};
use crate::{App, staff::NotAllowed};

/// Most webhooks that are not disabled. Every event is written once for each that wants it.
pub const MAX_WEBHOOKS: usize = 20;

/// Somewhere outside is to be told of events.
#[derive(Debug, Clone)]
pub struct AddWebhook {
    /// Where messages go.
    pub url: WebhookUrl,
    /// Of which events.
    pub event_types: EventTypes,
}

/// A webhook is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedWebhook {
    /// Its id.
    pub webhook: Id<kinds::Webhook>,
    /// The key its messages are signed with: shown this once.
    pub key: SigningKey,
}

/// Why a webhook was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddWebhookRefusal {
    /// Of the staff only admins decide this.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There are [`MAX_WEBHOOKS`].
    #[error("there are {MAX_WEBHOOKS} webhooks already; disable one first")]
    TooMany,
    /// One with this URL is there and not disabled.
    #[error("there is a webhook with this URL already")]
    AlreadyThere,
}

impl App {
    /// Adds a webhook: it is told of what happens from about a second later on, and of nothing before.
    ///
    /// # Errors
    /// [`AddWebhookRefusal`]; a [`Fault`] of the database.
    pub async fn add_webhook(
        &self,
        by: Decider,
        add: &AddWebhook,
    ) -> Result<Result<AddedWebhook, AddWebhookRefusal>, Fault> {
        let answer = db::retry_contention(|| self.try_add_webhook(by, add)).await?;
        self.subscribers().forget();
        Ok(answer)
    }

    async fn try_add_webhook(
        &self,
        by: Decider,
        add: &AddWebhook,
    ) -> Result<Result<AddedWebhook, AddWebhookRefusal>, Fault> {
        let mut tx = match by.begin(self).await? {
            Ok(tx) => tx,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let known = lock_webhooks(&mut tx).await?;

        if let Err(refusal) = check(&known, add) {
            tx.rollback().await?;
            return Ok(Err(refusal));
        }
        let (id, key) = (tx.new_id::<kinds::Webhook>(), SigningKey::draw(self.db().ids()));
        let webhook = Webhook {
            id,
            url: add.url.as_str().to_owned(),
            event_types: add.event_types.words(),
            sealed_key: key.seal(self.secret(), id.uuid().as_bytes(), self.db().ids()),
            previous: None,
            created_at: tx.now(),
            disabled: None,
        };

        insert_webhook(&mut tx, &webhook).await?;
        tx.audit(AuditLine {
            action: "add_webhook",
            household: None,
            subject: id.to_string(),
            detail: format!("hears {}", heard(&webhook)),
        });

        tx.commit().await?;
        Ok(Ok(AddedWebhook { webhook: id, key }))
    }
}

fn check(known: &[Webhook], add: &AddWebhook) -> Result<(), AddWebhookRefusal> {
    let mut open = known.iter().filter(|webhook| webhook.disabled.is_none());
    if open.clone().count() >= MAX_WEBHOOKS {
        return Err(AddWebhookRefusal::TooMany);
    }
    if open.any(|webhook| webhook.url == add.url.as_str()) {
        return Err(AddWebhookRefusal::AlreadyThere);
    }
    Ok(())
}

pub(super) fn heard(webhook: &Webhook) -> String {
    if webhook.event_types.is_empty() { "all events".to_owned() } else { webhook.event_types.join(", ") }
}
