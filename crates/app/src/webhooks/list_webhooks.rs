use db::webhooks::{Webhook, list_webhooks};
use kernel::Fault;

use crate::App;

impl App {
    /// All webhooks, the disabled ones too, oldest first. Their keys are sealed and stay so.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_webhooks(&self) -> Result<Vec<Webhook>, Fault> {
        list_webhooks(&self.reader()).await
    }
}
