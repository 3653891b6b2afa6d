use app::webhooks::{SealedEventKey, Webhook as Stored, WebhookVersion};
use async_graphql::{ID, Object, SimpleObject};

use crate::schema::{ids, scalars::Instant};

pub(in crate::schema) struct Webhook(Stored);

impl From<Stored> for Webhook {
    fn from(webhook: Stored) -> Self {
        Self(webhook)
    }
}

/// An address outside that is told of what happens. Its keys are shown once, when they are made, and never again.
#[Object]
impl Webhook {
    /// The webhook's id.
    async fn id(&self) -> ID {
        ids::write(self.0.id)
    }

    /// Where messages go.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// Of which types of events it is told; empty: of all that are and will be.
    async fn event_types(&self) -> &[String] {
        &self.0.event_types
    }

    /// What it is like now, as one text: name it when you change the webhook.
    async fn version(&self) -> String {
        WebhookVersion::of(&self.0).as_str().to_owned()
    }

    /// Since when it is there.
    async fn created_at(&self) -> Instant {
        Instant(self.0.created_at)
    }

    /// Until when the key before the newest signs too; null when there was none.
    async fn previous_key_until(&self) -> Option<Instant> {
        self.0.previous.as_ref().map(|(_, until)| Instant(*until))
    }

    /// Since when it is told nothing more; null while it is told.
    async fn disabled_at(&self) -> Option<Instant> {
        self.0.disabled.as_ref().map(|(at, _)| Instant(*at))
    }

    /// Why it is told nothing more; null while it is told.
    async fn disabled_because(&self) -> Option<&str> {
        self.0.disabled.as_ref().map(|(_, because)| because.as_str())
    }
}

/// A key the order system may sign with. The key itself is shown once, when it is made.
#[derive(SimpleObject)]
pub(super) struct EventKey {
    /// The key's id.
    id: ID,
    /// Since when it is good.
    created_at: Instant,
}

impl From<SealedEventKey> for EventKey {
    fn from(key: SealedEventKey) -> Self {
        Self { id: ids::write(key.id), created_at: Instant(key.created_at) }
    }
}
