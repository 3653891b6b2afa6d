use accounts::StaffRole;
use db::webhooks::{SealedEventKey, Webhook, list_webhooks};
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
        // They are few: at most MAX_WEBHOOKS that are open, and what people disabled by hand.
        let webhooks = list_webhooks(&self.reader()).await?.into_iter();
        let items: Vec<Webhook> = match page {
            Page::Forward { size, after } => {
                let rest = webhooks.filter(|webhook| after.is_none_or(|after| webhook.id > after));
                rest.take(usize::from(size.get()) + 1).collect()
            }
            Page::Backward { size, before } => {
                let rest = webhooks.rev().filter(|webhook| before.is_none_or(|before| webhook.id < before));
                let mut last: Vec<Webhook> = rest.take(usize::from(size.get()) + 1).collect();
                last.reverse();
                last
            }
        };
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
