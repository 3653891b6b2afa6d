use std::collections::HashMap;

use ::orders::{OrderPaid, OrderPickedUp, OrderRefunded, PickUpRefusal, RefundRefusal};
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash, Known},
};
use kernel::{Actor, ExternalRef, Fault};

use super::record_orders_paid::RecordOrderRefusal;
use crate::App;

const PRINCIPAL: &str = "order_system";
const OPERATION: &str = "record_order_event";

/// What the order system tells, with its own id of the telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventTold {
    /// An order was paid.
    Paid(OrderPaid),
    /// An order was picked up.
    PickedUp(OrderPickedUp),
    /// Money of an order went back.
    Refunded(OrderRefunded),
}

/// What became of an event that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldAnswer {
    /// It is recorded, with all its effects.
    Accepted,
    /// It was told before, in the same words; nothing changed.
    Duplicate,
}

/// Why an event is not taken. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventRefusal {
    /// The event's id was used for another event.
    #[error("an event of this id was told before with other content")]
    EventDiffers,
    /// Nobody told of this order being paid.
    #[error("no order of this number was told")]
    UnknownOrder,
    /// A refund of this number was told with other content.
    #[error("a refund of this number was told before with other content")]
    RefundDiffers,
    /// The paid order is refused.
    #[error(transparent)]
    Paid(#[from] RecordOrderRefusal),
    /// The pick-up is refused.
    #[error(transparent)]
    PickedUp(#[from] PickUpRefusal),
    /// The refund is refused.
    #[error(transparent)]
    Refunded(#[from] RefundRefusal),
}

impl App {
    /// Most events taken in one call.
    pub const MAX_EVENTS_PER_CALL: usize = 500;

    /// Records what the order system tells: one answer per event, in order; a refused one touches only itself.
    ///
    /// Events are recorded in the order given, each in a transaction of its own, so that a pick-up may follow its order in
    /// one call. An event told twice, also at the same instant, has its effect once.
    ///
    /// # Errors
    /// A [`Fault`]; events before it are recorded, and telling all of them again is safe.
    pub async fn record_order_events(
        &self,
        told: &[(ExternalRef, EventTold)],
    ) -> Result<Vec<Result<ToldAnswer, EventRefusal>>, Fault> {
        let mut answers = Vec::with_capacity(told.len());
        for (event_id, event) in told {
            let answer = db::retry_contention(async || self.record_order_event_once(event_id, event).await).await?;
            answers.push(answer);
        }
        Ok(answers)
    }

    async fn record_order_event_once(
        &self,
        event_id: &ExternalRef,
        event: &EventTold,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let mut tx = self.begin(Actor::OrderSystem).await?;
        let input = event.input_hash();
        let earlier = find_earlier(&mut tx, event_id, input).await?;
        if let Some(earlier) = earlier {
            tx.rollback().await?;
            return Ok(match earlier {
                Known::SameInput(_) => Ok(ToldAnswer::Duplicate),
                Known::OtherInput => Err(EventRefusal::EventDiffers),
            });
        }

        let answer = match event {
            EventTold::Paid(paid) => self.record_order_paid(&mut tx, paid).await?,
            EventTold::PickedUp(picked_up) => self.record_order_picked_up(&mut tx, picked_up).await?,
            EventTold::Refunded(refunded) => self.record_order_refunded(&mut tx, refunded).await?,
        };
        if answer.is_err() {
            tx.rollback().await?;
            return Ok(answer);
        }

        let key = idempotency::Key { principal: PRINCIPAL.to_owned(), operation: OPERATION, key: event_id.to_string() };
        idempotency::insert_answers(&mut tx, vec![(key, input, "accepted".to_owned())]).await?;
        let detail = event.kind().to_owned();
        tx.audit(AuditLine { action: OPERATION, household: None, subject: event_id.to_string(), detail });

        tx.commit().await?;
        Ok(answer)
    }
}

impl EventTold {
    fn kind(&self) -> &'static str {
        match self {
            Self::Paid(_) => "order.paid",
            Self::PickedUp(_) => "order.picked_up",
            Self::Refunded(_) => "order.refunded",
        }
    }

    fn input_hash(&self) -> InputHash {
        match self {
            Self::Paid(paid) => {
                let picked_up_at = paid.picked_up_at.map_or(String::new(), |at| at.timestamp_millis().to_string());
                paid.content_hash().and(&picked_up_at)
            }
            Self::PickedUp(told) => {
                InputHash::of(&[told.order_ref.as_str(), &told.picked_up_at.timestamp_millis().to_string()])
            }
            Self::Refunded(refunded) => refunded.content_hash(),
        }
    }
}

/// Looked up before any lock: two tellings at the same instant both pass, and the keys' own uniqueness sends one of them
/// back to look again (see `db/src/tx.rs`).
async fn find_earlier(tx: &mut Tx, event_id: &ExternalRef, input: InputHash) -> Result<Option<Known>, Fault> {
    let key = event_id.as_str();
    let mut known: HashMap<String, Known> =
        idempotency::list_answers(tx, PRINCIPAL, OPERATION, &[(key, input)]).await?;
    Ok(known.remove(key))
}
