use db::deliveries::{Delivery, list_deliveries};
use kernel::{Fault, Id, kinds};

use crate::App;

/// Most deliveries of one answer.
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
        list_deliveries(&self.reader(), webhook, before, MAX_DELIVERIES_LISTED).await
    }
}
