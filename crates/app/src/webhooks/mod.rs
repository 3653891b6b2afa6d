//! Use-cases about telling the operator's systems what happened, and about the keys that sign what they and we say.
//!
//! Events become deliveries in their own commit ([`db::deliveries`]); the gateway claims, sends and notes them. Nothing here
//! speaks HTTP.

mod add_webhook;
mod catalogue;
mod change_webhook;
mod claim_deliveries;
mod decider;
mod disable_webhook;
mod event_keys;
mod event_types;
mod list_deliveries;
mod list_webhooks;
mod note_attempt;
mod redeliver;
mod retry_schedule;
mod rotate_webhook_key;
mod signing_key;
mod subscribers;
mod webhook_url;
mod webhook_version;

pub use db::{
    deliveries::{Attempt, ClaimedDelivery, Delivery, DeliveryState},
    webhooks::{SealedEventKey, Webhook},
};

pub use add_webhook::{AddWebhook, AddWebhookRefusal, AddedWebhook, MAX_WEBHOOKS};
pub use catalogue::{PUBLISHED, UNPUBLISHED};
pub use change_webhook::ChangeWebhook;
pub use claim_deliveries::DueDelivery;
pub use decider::Decider;
pub use disable_webhook::ChangeWebhookRefusal;
pub(crate) use event_keys::EventKeys;
pub use event_keys::{EventKeyRefusal, IssuedEventKey, MAX_EVENT_KEYS};
pub use event_types::{EventTypes, UnknownEventType};
pub use list_deliveries::MAX_DELIVERIES_LISTED;
pub use note_attempt::AttemptOutcome;
pub use redeliver::RedeliverRefusal;
pub use retry_schedule::MAX_TRIES;
pub use rotate_webhook_key::PREVIOUS_KEY_LIFE;
pub use signing_key::SigningKey;
pub(crate) use subscribers::Subscribers;
pub use webhook_url::{InvalidWebhookUrl, WebhookUrl};
pub use webhook_version::WebhookVersion;
