use accounts::StaffRole;
use db::webhooks::{SealedEventKey, Webhook, WebhookPart, list_webhooks, list_webhooks_of};
use kernel::{Fault, Id, kinds};

use crate::{App, Page, Paged, StaffPrincipal, staff::NotAllowed};

/// Who of the staff sees whom we tell, with which keys, and what came of it.
pub(super) const READERS: [StaffRole; 2] = [StaffRole::Admin, StaffRole::Auditor];

impl App {
    /// All webhooks, the disabled ones too, oldest first. Their keys are sealed and stay so.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_webhooks(&self) -> Result<Vec<Webhook>, Fault> {
        list_webhooks(&self.reader()).await
    }

    /// A page of the webhooks, for admins and auditors.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_webhooks_by_staff(
        &self,
        principal: &StaffPrincipal,
        page: Page<Id<kinds::Webhook>>,
    ) -> Result<Result<Paged<Webhook>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        let (part, limit) = match page {
            Page::Forward { size, after } => (WebhookPart::After(after), size.with_lookahead()),
            Page::Backward { size, before } => (WebhookPart::Before(before), size.with_lookahead()),
        };
        let items = list_webhooks_of(&self.reader(), part, limit).await?;
        Ok(Ok(Paged::cut(items, page)))
    }

    /// One webhook, for admins and auditors; `None` when there is none of this id.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_webhook_by_staff(
        &self,
        principal: &StaffPrincipal,
        id: Id<kinds::Webhook>,
    ) -> Result<Result<Option<Webhook>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        let webhooks = list_webhooks(&self.reader()).await?;
        Ok(Ok(webhooks.into_iter().find(|webhook| webhook.id == id)))
    }

    /// The good keys of the order system, at most [`MAX_EVENT_KEYS`](super::MAX_EVENT_KEYS), for admins and auditors.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_event_keys_by_staff(
        &self,
        principal: &StaffPrincipal,
    ) -> Result<Result<Vec<SealedEventKey>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        self.list_event_keys().await.map(Ok)
    }
}
