//! Webhooks and event keys, as the operator sees to them from the shell.

use app::{
    App,
    webhooks::{AddWebhook, Decider},
};
use db::{
    deliveries::{Delivery, DeliveryState},
    webhooks::Webhook,
};
use gateway::PrivateAddresses;

use crate::{Failure, cli, console};

/// Does what the command line says of webhooks.
pub(crate) async fn run(app: &App, act: cli::Webhook, private: PrivateAddresses) -> Result<(), Failure> {
    let by = Decider::Operator;
    match act {
        cli::Webhook::Add { url, types } => {
            if url.is_in_the_clear() && private == PrivateAddresses::Refused {
                return Err(Failure::new(
                    "a webhook's URL must begin with https:// (http:// is for development, with the setting \
                     webhook_private_addresses)",
                ));
            }
            let added = app.add_webhook(by, &AddWebhook { url, event_types: types }).await?.map_err(refused)?;
            console::say(format_args!("{} is told of what happens from now on.", added.webhook));
            console::say(format_args!("Its messages are signed with {}", added.key.to_text()));
            console::say("Keep that key: it is not shown again.");
        }
        cli::Webhook::Rotate { webhook } => {
            let key = app.rotate_webhook_key(by, webhook, None).await?.map_err(refused)?;
            console::say(format_args!("From now on its messages are signed with {}", key.to_text()));
            console::say(
                "For 24 hours they are signed with the key before, too. Keep the new one: it is not shown again.",
            );
        }
        cli::Webhook::Disable { webhook } => {
            app.disable_webhook(by, webhook).await?.map_err(refused)?;
            console::say(format_args!("{webhook} is told nothing any more."));
        }
        cli::Webhook::List => app.list_webhooks().await?.iter().for_each(|webhook| console::say(webhook_line(webhook))),
        cli::Webhook::Deliveries { webhook, before } => {
            app.list_deliveries(webhook, before).await?.iter().for_each(say_delivery);
        }
        cli::Webhook::Redeliver { delivery } => {
            app.redeliver(by, delivery).await?.map_err(refused)?;
            console::say(format_args!("{delivery} is sent again by the background work."));
        }
    }
    Ok(())
}

/// Does what the command line says of event keys.
pub(crate) async fn run_event_key(app: &App, act: cli::EventKey) -> Result<(), Failure> {
    let by = Decider::Operator;
    match act {
        cli::EventKey::Issue => {
            let issued = app.issue_event_key(by).await?.map_err(refused)?;
            console::say(format_args!("{}: {}", issued.id, issued.key.to_text()));
            console::say("POST /v1/events takes it within a second. Keep it: it is not shown again.");
        }
        cli::EventKey::Revoke { key } => {
            app.revoke_event_key(by, key).await?.map_err(refused)?;
            console::say(format_args!("{key} is worth nothing any more."));
        }
        cli::EventKey::List => {
            for key in app.list_event_keys().await? {
                console::say(format_args!("{}, since {}", key.id, key.created_at.to_rfc3339()));
            }
        }
    }
    Ok(())
}

fn refused(refusal: impl std::fmt::Display) -> Failure {
    Failure::new(refusal.to_string())
}

fn webhook_line(webhook: &Webhook) -> String {
    let heard = if webhook.event_types.is_empty() { "all events".to_owned() } else { webhook.event_types.join(", ") };
    let state = match &webhook.disabled {
        Some((at, because)) => format!("disabled {}: {because}", at.to_rfc3339()),
        None => "open".to_owned(),
    };
    format!("{} {}: {heard}; {state}", webhook.id, webhook.url)
}

fn say_delivery(delivery: &Delivery) {
    let state = match delivery.state {
        DeliveryState::Due(at) => format!("due {}", at.to_rfc3339()),
        DeliveryState::Delivered(at) => format!("delivered {}", at.to_rfc3339()),
        DeliveryState::Parked(at) => format!("parked {}", at.to_rfc3339()),
    };
    console::say(format_args!("{} {} {} to {}: {state}", delivery.id, delivery.kind, delivery.event, delivery.webhook));
    for attempt in &delivery.attempts {
        let outcome = attempt.failure.as_deref().unwrap_or("taken");
        let status = attempt.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        console::say(format_args!("  {} {status}: {outcome}", attempt.at.to_rfc3339()));
    }
}
