use ::accounts::{HouseholdRow, ImportHouseholdRefusal};
use ::orders::{
    CancelRefusal, OrderCancelled, OrderPaid, OrderPickedUp, OrderPointsHeld, OrderPointsReleased, OrderRefunded,
    PickUpRefusal, RefundRefusal,
};
use db::idempotency::InputHash;
use kernel::{ExternalRef, Fault, FaultKind, Money, Points};

use ledger::RestoreRefusal;

use super::{
    earn_lane::RecordOrderEvents, hold_order_points::OrderHoldRefusal, record_orders_paid::RecordOrderRefusal,
};
use crate::{App, lane};

/// What the order system tells, with its own id of the telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventTold {
    /// An order was paid.
    Paid(OrderPaid),
    /// An order was picked up.
    PickedUp(OrderPickedUp),
    /// Money of an order went back.
    Refunded(OrderRefunded),
    /// An order was called off before it was picked up.
    Cancelled(OrderCancelled),
    /// The operator's list of people grew by one.
    MemberJoined(HouseholdRow),
    /// Points were promised for an order.
    PointsHeld(OrderPointsHeld),
    /// An order they were promised for was given up.
    PointsReleased(OrderPointsReleased),
}

/// What became of an event that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldAnswer {
    /// It is recorded, with all its effects.
    Accepted,
    /// A refund is recorded: what goes back of each tender, by the split that was stored when the order was sold.
    Refunded {
        /// In cash: for the order system to pay.
        cash: Money,
        /// In points.
        points: Points,
        /// How many of these points came back here: none when they were spent elsewhere, before this history was imported.
        returned: Points,
    },
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
    /// The cancellation is refused.
    #[error(transparent)]
    Cancelled(#[from] CancelRefusal),
    /// The member is refused, as an import would refuse the row.
    #[error(transparent)]
    MemberJoined(#[from] ImportHouseholdRefusal),
    /// The points are not held, or not released.
    #[error(transparent)]
    Hold(#[from] OrderHoldRefusal),
    /// The points of the refund cannot be given back.
    #[error(transparent)]
    NotRestored(#[from] RestoreRefusal),
}

impl App {
    /// Most events taken in one call.
    pub const MAX_EVENTS_PER_CALL: usize = 500;

    /// Records what the order system tells: one answer per event, in order; a refused one touches only itself.
    ///
    /// Events are recorded in the order given, so that a pick-up may follow its order in one call, and in one transaction with
    /// those of others who tell at the same time. An event told twice, also at the same instant, has its effect once.
    ///
    /// # Errors
    /// A [`Fault`]; events before it are recorded, and telling all of them again is safe. Busy: too much waits, and none is.
    pub async fn record_order_events(
        &self,
        told: &[(ExternalRef, EventTold)],
    ) -> Result<Vec<Result<ToldAnswer, EventRefusal>>, Fault> {
        if told.is_empty() {
            return Ok(Vec::new());
        }
        let answers = lane::ask::<RecordOrderEvents>(self, told.to_vec()).await;
        // One of them cannot be recorded now. Those before it can, and one that never can must not hold them up for ever.
        if answers.as_ref().is_err_and(|fault| fault.kind() == FaultKind::Broken) && told.len() > 1 {
            let mut answers = Vec::with_capacity(told.len());
            for event in told {
                let answered = lane::ask::<RecordOrderEvents>(self, vec![event.clone()]).await;
                // Whatever this telling came to, the first one may have been committed unheard.
                answers.extend(
                    answered.map_err(|fault| Fault::because(FaultKind::Broken, "tell events one by one", fault))?,
                );
            }
            return Ok(answers);
        }
        answers
    }
}

impl EventTold {
    /// The order, where the event is that it was paid.
    pub(super) fn paid(&self) -> Option<&OrderPaid> {
        match self {
            Self::Paid(paid) => Some(paid),
            Self::PickedUp(_)
            | Self::Refunded(_)
            | Self::Cancelled(_)
            | Self::MemberJoined(_)
            | Self::PointsHeld(_)
            | Self::PointsReleased(_) => None,
        }
    }

    /// The order's number, where the event is about one that must have been told before.
    pub(super) fn order_told_before(&self) -> Option<&ExternalRef> {
        match self {
            Self::Paid(_) | Self::MemberJoined(_) | Self::PointsHeld(_) | Self::PointsReleased(_) => None,
            Self::PickedUp(picked_up) => Some(&picked_up.order_ref),
            Self::Refunded(refunded) => Some(&refunded.order_ref),
            Self::Cancelled(cancelled) => Some(&cancelled.order_ref),
        }
    }

    /// The row, where the event is that a member joined.
    pub(super) fn member_joined(&self) -> Option<&HouseholdRow> {
        match self {
            Self::MemberJoined(row) => Some(row),
            Self::Paid(_)
            | Self::PickedUp(_)
            | Self::Refunded(_)
            | Self::Cancelled(_)
            | Self::PointsHeld(_)
            | Self::PointsReleased(_) => None,
        }
    }

    /// The household's number, where the event names one that must be known.
    pub(super) fn household_told_before(&self) -> Option<&ExternalRef> {
        match self {
            Self::Paid(_) | Self::PickedUp(_) | Self::Refunded(_) | Self::Cancelled(_) | Self::MemberJoined(_) => None,
            Self::PointsHeld(held) => Some(&held.household_ref),
            Self::PointsReleased(released) => Some(&released.household_ref),
        }
    }

    /// What its key keeps, for `hearth verify`: an accepted event is an order, its pick-up or a refund; what was only noted left no
    /// row of orders that repeats its words.
    pub(super) fn kept_answer(&self) -> &'static str {
        match self {
            Self::Paid(_) | Self::PickedUp(_) | Self::Refunded(_) => "accepted",
            Self::Cancelled(_) | Self::MemberJoined(_) | Self::PointsHeld(_) | Self::PointsReleased(_) => "noted",
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Paid(_) => "order.paid",
            Self::PickedUp(_) => "order.picked_up",
            Self::Refunded(_) => "order.refunded",
            Self::Cancelled(_) => "order.cancelled",
            Self::MemberJoined(_) => "member.joined",
            Self::PointsHeld(_) => "order.points_held",
            Self::PointsReleased(_) => "order.points_released",
        }
    }

    pub(super) fn input_hash(&self) -> InputHash {
        match self {
            Self::Paid(paid) => {
                paid_hash(paid.content_hash(), paid.picked_up_at.map(|picked_up_at| picked_up_at.timestamp_millis()))
            }
            Self::PickedUp(told) => picked_up_hash(told.order_ref.as_str(), told.picked_up_at.timestamp_millis()),
            Self::Refunded(refunded) => refunded.content_hash(),
            Self::Cancelled(cancelled) => cancelled.content_hash(),
            Self::MemberJoined(row) => row.content_hash(),
            Self::PointsHeld(held) => held.content_hash(),
            Self::PointsReleased(released) => released.content_hash(),
        }
    }
}

/// The input of a paid order that was told with these contents and, if it said so, as picked up at this millisecond.
pub(crate) fn paid_hash(content: InputHash, picked_up_at: Option<i64>) -> InputHash {
    content.and(&picked_up_at.map_or(String::new(), |at| at.to_string()))
}

/// The input of the telling that an order was picked up at this millisecond.
pub(crate) fn picked_up_hash(order_ref: &str, picked_up_at: i64) -> InputHash {
    InputHash::of(&[order_ref, &picked_up_at.to_string()])
}
