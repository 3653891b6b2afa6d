use app::webhooks::{Attempt, Delivery, DeliveryState};
use async_graphql::{Enum, ID, Object, SimpleObject};

use crate::schema::{ids, scalars::Instant};

pub(in crate::schema) struct WebhookDelivery(Delivery);

/// Where a message stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum WebhookDeliveryState {
    /// It will be tried, or is being tried.
    Due,
    /// The other side took it.
    Delivered,
    /// It was tried for the last time, or its webhook was disabled: it stays until somebody has it sent again.
    Parked,
}

/// One try to hand a message over.
#[derive(SimpleObject)]
struct WebhookAttempt {
    /// When.
    attempted_at: Instant,
    /// The status the other side answered; null when it did not.
    status: Option<i32>,
    /// Why it counts as failed; null when it was taken.
    failure: Option<String>,
}

impl From<Delivery> for WebhookDelivery {
    fn from(delivery: Delivery) -> Self {
        Self(delivery)
    }
}

impl From<&Attempt> for WebhookAttempt {
    fn from(attempt: &Attempt) -> Self {
        let (status, failure) = (attempt.status.map(i32::from), attempt.failure.clone());
        Self { attempted_at: Instant(attempt.at), status, failure }
    }
}

/// One event on its way to one webhook.
#[Object]
impl WebhookDelivery {
    /// The delivery's id.
    async fn id(&self) -> ID {
        ids::write(self.0.id)
    }

    /// Where it goes.
    async fn webhook_id(&self) -> ID {
        ids::write(self.0.webhook)
    }

    /// The event it tells of: also the message's own id, the same at every try.
    async fn event_id(&self) -> ID {
        ids::write(self.0.event)
    }

    /// The event's type, such as `orders.order_recorded.v1`.
    async fn event_type(&self) -> &str {
        &self.0.kind
    }

    /// Since when it is on its way.
    async fn created_at(&self) -> Instant {
        Instant(self.0.created_at)
    }

    /// Where it stands.
    async fn state(&self) -> WebhookDeliveryState {
        match self.0.state {
            DeliveryState::Due(_) => WebhookDeliveryState::Due,
            DeliveryState::Delivered(_) => WebhookDeliveryState::Delivered,
            DeliveryState::Parked(_) => WebhookDeliveryState::Parked,
        }
    }

    /// When it is tried next, was taken, or was parked.
    async fn state_at(&self) -> Instant {
        match self.0.state {
            DeliveryState::Due(at) | DeliveryState::Delivered(at) | DeliveryState::Parked(at) => Instant(at),
        }
    }

    /// Every try so far, the oldest first: a dozen or so for each time it was sent by hand.
    async fn attempts(&self) -> Vec<WebhookAttempt> {
        self.0.attempts.iter().map(WebhookAttempt::from).collect()
    }
}
