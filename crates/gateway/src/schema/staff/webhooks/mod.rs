//! Whom we tell of what happens, and the keys that sign what they and we say: seen to by admins, read by auditors too.

mod add_webhook;
mod change_webhook;
mod delivery;
mod disable_webhook;
mod issue_event_key;
mod query;
mod redeliver;
mod revoke_event_key;
mod rotate_webhook_key;
mod webhook;

use app::webhooks::EventTypes;

pub(in crate::schema) use add_webhook::{AddWebhookError, AddWebhookMutation};
pub(in crate::schema) use change_webhook::{ChangeWebhookError, ChangeWebhookMutation};
pub(in crate::schema) use delivery::WebhookDelivery;
pub(in crate::schema) use disable_webhook::{DisableWebhookError, DisableWebhookMutation};
pub(in crate::schema) use issue_event_key::{IssueEventKeyError, IssueEventKeyMutation};
pub(in crate::schema) use query::WebhooksQuery;
pub(in crate::schema) use redeliver::{RedeliverError, RedeliverMutation};
pub(in crate::schema) use revoke_event_key::{RevokeEventKeyError, RevokeEventKeyMutation};
pub(in crate::schema) use rotate_webhook_key::{RotateWebhookKeyError, RotateWebhookKeyMutation};
pub(in crate::schema) use webhook::Webhook;

/// Types of events as they are asked for; none: all of them. `None` when one is not published.
fn read_types(types: Option<Vec<String>>) -> Option<EventTypes> {
    EventTypes::of(types.iter().flatten().map(String::as_str)).ok()
}
