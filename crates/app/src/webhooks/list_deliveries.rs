use db::deliveries::{Delivery, DeliveryPart, list_deliveries};
use kernel::{Fault, Id, kinds};

use super::list_webhooks::READERS;
use crate::{App, Page, Paged, StaffPrincipal, staff::NotAllowed};

/// Most deliveries of one answer to the shell.
pub const MAX_DELIVERIES_LISTED: u64 = 100;

impl App {
    /// The newest deliveries to a webhook, or to all, each with every attempt; older than `before` where one is named. At most
    /// [`MAX_DELIVERIES_LISTED`].
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_deliveries(
        &self,
        webhook: Option<Id<kinds::Webhook>>,
        before: Option<Id<kinds::Delivery>>,
    ) -> Result<Vec<Delivery>, Fault> {
        list_deliveries(&self.reader(), webhook, DeliveryPart::Older(before), MAX_DELIVERIES_LISTED).await
    }

    /// A page of the deliveries to a webhook, or to all, newest first, for admins and auditors.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_deliveries_by_staff(
        &self,
        principal: &StaffPrincipal,
        webhook: Option<Id<kinds::Webhook>>,
        page: Page<Id<kinds::Delivery>>,
    ) -> Result<Result<Paged<Delivery>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        let (part, limit) = match page {
            Page::Forward { size, after } => (DeliveryPart::Older(after), size.with_lookahead()),
            Page::Backward { size, before } => (DeliveryPart::Newer(before), size.with_lookahead()),
        };
        let deliveries = list_deliveries(&self.reader(), webhook, part, limit).await?;
        Ok(Ok(Paged::cut(deliveries, page)))
    }
}
