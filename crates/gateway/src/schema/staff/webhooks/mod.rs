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

pub(in crate::schema) use add_webhook::{AddWebhookMutation, AddWebhookUserError};
pub(in crate::schema) use change_webhook::{ChangeWebhookMutation, ChangeWebhookUserError};
pub(in crate::schema) use delivery::WebhookDelivery;
pub(in crate::schema) use disable_webhook::{DisableWebhookMutation, DisableWebhookUserError};
pub(in crate::schema) use issue_event_key::{IssueEventKeyMutation, IssueEventKeyUserError};
pub(in crate::schema) use query::WebhooksQuery;
pub(in crate::schema) use redeliver::{RedeliverMutation, RedeliverUserError};
pub(in crate::schema) use revoke_event_key::{RevokeEventKeyMutation, RevokeEventKeyUserError};
pub(in crate::schema) use rotate_webhook_key::{RotateWebhookKeyMutation, RotateWebhookKeyUserError};
pub(in crate::schema) use webhook::Webhook;

/// Types of events as they are asked for; none: all of them. `None` when one is not published.
fn read_types(types: Option<Vec<String>>) -> Option<EventTypes> {
    EventTypes::of(types.iter().flatten().map(String::as_str)).ok()
}
