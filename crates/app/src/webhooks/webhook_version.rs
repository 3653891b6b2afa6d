use db::webhooks::Webhook;
use sha2::{Digest, Sha256};

/// What a webhook was like when somebody looked: its key, what it hears and whether it is disabled, as one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookVersion(String);

impl WebhookVersion {
    /// Of a webhook as it is. The sealed key is another one after each rotation, so the version is, too.
    #[must_use]
    pub fn of(webhook: &Webhook) -> Self {
        let mut digest = Sha256::new();
        digest.update(&webhook.sealed_key);
        digest.update(webhook.event_types.join(","));
        digest.update([u8::from(webhook.disabled.is_some())]);
        Self(digest.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// One that somebody names; it may be none of any webhook.
    #[must_use]
    pub fn named(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
