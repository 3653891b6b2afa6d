//! Hands events to the use-case and says of each what became of it.

use ::accounts::ImportHouseholdRefusal;
use app::{
    App,
    orders::{EventRefusal, OrderHoldRefusal, RecordOrderRefusal, TenderRefusal, ToldAnswer},
};
use kernel::Fault;
use ledger::{RestoreRefusal, SpendRefusal};
use orders::{CancelRefusal, InvalidOrder, PickUpRefusal, RefundRefusal};
use serde::Serialize;

use super::body::Told;

/// What became of one event.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The event's id; null when it could not be read.
    id: Option<String>,
    status: Status,
    /// Of a refund: what goes back in cash, in points, and how many of these are back.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// A refund in the tenders of its order.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
struct Parts {
    cash_minor: i64,
    points: i64,
    points_returned: i64,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Status {
    Accepted,
    Duplicate,
    Rejected,
}

impl Outcome {
    fn rejected(id: Option<String>, code: &'static str, message: String) -> Self {
        Self { id, status: Status::Rejected, parts: None, code: Some(code), message: Some(message) }
    }

    fn of(id: Option<String>, answer: &Result<ToldAnswer, EventRefusal>) -> Self {
        match answer {
            Ok(ToldAnswer::Accepted) => Self { id, status: Status::Accepted, parts: None, code: None, message: None },
            Ok(ToldAnswer::Refunded { cash, points, returned }) => {
                let (cash_minor, points, points_returned) = (cash.minor(), points.get(), returned.get());
                let parts = Some(Parts { cash_minor, points, points_returned });
                Self { id, status: Status::Accepted, parts, code: None, message: None }
            }
            Ok(ToldAnswer::Duplicate) => Self { id, status: Status::Duplicate, parts: None, code: None, message: None },
            Err(refusal) => Self::rejected(id, code(refusal), refusal.to_string()),
        }
    }
}

/// Records the events whose form is right, in the order they came; answers for all of them.
pub(super) async fn record(app: &App, told: Vec<Told>) -> Result<Vec<Outcome>, Fault> {
    let mut well_formed = Vec::with_capacity(told.len());
    let mut outcomes = Vec::with_capacity(told.len());
    for Told { id, event } in told {
        match event {
            Ok(event) => {
                well_formed.push(event);
                outcomes.push((id, None));
            }
            Err(refusal) => outcomes.push((id, Some((refusal.code(), refusal.to_string())))),
        }
    }

    let mut answers = app.record_order_events(&well_formed).await?.into_iter();
    let outcomes = outcomes.into_iter().map(|(id, refused)| match refused {
        Some((code, message)) => Outcome::rejected(id, code, message),
        None => Outcome::of(id, &answers.next().expect("one answer for each event that was handed over")),
    });
    Ok(outcomes.collect())
}

/// What is told of an order that was called off.
const ORDER_CANCELLED: &str = "ORDER_CANCELLED";

/// The published code of a refusal; see `EVENTS.md`.
fn code(refusal: &EventRefusal) -> &'static str {
    match refusal {
        EventRefusal::EventDiffers => "EVENT_DIFFERS",
        EventRefusal::UnknownOrder => "UNKNOWN_ORDER",
        EventRefusal::RefundDiffers => "REFUND_DIFFERS",
        EventRefusal::Paid(refusal) => match refusal {
            RecordOrderRefusal::OrderDiffers => "ORDER_DIFFERS",
            RecordOrderRefusal::UnknownPerson => "UNKNOWN_PERSON",
            RecordOrderRefusal::PersonElsewhere => "PERSON_ELSEWHERE",
            RecordOrderRefusal::WalletFull(_) => "WALLET_FULL",
            RecordOrderRefusal::Cancelled(_) => ORDER_CANCELLED,
            RecordOrderRefusal::NotTendered(refusal) => tender_code(refusal),
            RecordOrderRefusal::PickedUp(refusal) => pick_up_code(refusal),
            RecordOrderRefusal::Invalid(refusal) => match refusal {
                InvalidOrder::LinesDoNotSum { .. } => "LINES_DO_NOT_SUM",
                InvalidOrder::CashAboveAmount { .. } => "CASH_ABOVE_AMOUNT",
                InvalidOrder::TenderDoesNotSum { .. } => "TENDER_DOES_NOT_SUM",
                InvalidOrder::TooManyLines => "TOO_MANY_LINES",
                InvalidOrder::PickedUpBeforeOrdered => "PICKED_UP_BEFORE_ORDERED",
            },
        },
        EventRefusal::Hold(refusal) => hold_code(refusal),
        EventRefusal::NotRestored(RestoreRefusal::NothingLeft { .. }) => "MORE_THAN_PAID",
        EventRefusal::NotRestored(RestoreRefusal::WalletFull(_)) => "WALLET_FULL",
        EventRefusal::PickedUp(refusal) => pick_up_code(refusal),
        EventRefusal::Refunded(refusal) => match refusal {
            RefundRefusal::Nothing => "REFUND_OF_NOTHING",
            RefundRefusal::LinesDoNotSum { .. } => "LINES_DO_NOT_SUM",
            RefundRefusal::NoSuchLine { .. } => "NO_SUCH_LINE",
            RefundRefusal::MoreThanPaid { .. } => "MORE_THAN_PAID",
            RefundRefusal::Cancelled(_) => ORDER_CANCELLED,
        },
        EventRefusal::Cancelled(refusal) => match refusal {
            CancelRefusal::AlreadyCancelled { .. } => ORDER_CANCELLED,
            CancelRefusal::PickedUp { .. } => "ALREADY_PICKED_UP",
            CancelRefusal::Refunded => "ALREADY_REFUNDED",
            CancelRefusal::BeforeOrdered => "CANCELLED_BEFORE_ORDERED",
        },
        EventRefusal::MemberJoined(refusal) => match refusal {
            ImportHouseholdRefusal::PersonDiffers { .. } => "PERSON_DIFFERS",
            ImportHouseholdRefusal::HouseholdDiffers { .. } => "HOUSEHOLD_DIFFERS",
            ImportHouseholdRefusal::AddressTaken => "ADDRESS_TAKEN",
            ImportHouseholdRefusal::SecondOwner => "SECOND_OWNER",
            ImportHouseholdRefusal::NotYetBorn => "NOT_YET_BORN",
            // No event names a relative; an import does.
            ImportHouseholdRefusal::UnknownRelative { .. } | ImportHouseholdRefusal::OwnRelative => "UNKNOWN_RELATIVE",
        },
    }
}

const fn tender_code(refusal: &TenderRefusal) -> &'static str {
    match refusal {
        TenderRefusal::NotSpent(refusal) => spend_code(refusal),
        TenderRefusal::HoldDiffers { .. } => "HOLD_DIFFERS",
        TenderRefusal::HoldSpent(_) => "HOLD_SPENT",
    }
}

const fn spend_code(refusal: &SpendRefusal) -> &'static str {
    match refusal {
        SpendRefusal::InsufficientPoints { .. } => "INSUFFICIENT_POINTS",
        SpendRefusal::Expired { .. } => "EXPIRED",
        SpendRefusal::OwesPoints { .. } => "OWES_POINTS",
    }
}

const fn hold_code(refusal: &OrderHoldRefusal) -> &'static str {
    match refusal {
        OrderHoldRefusal::UnknownHousehold => "UNKNOWN_HOUSEHOLD",
        OrderHoldRefusal::UnknownHold => "UNKNOWN_HOLD",
        OrderHoldRefusal::OutOfRange => "HOLD_OUT_OF_RANGE",
        OrderHoldRefusal::Differs { .. } => "HOLD_DIFFERS",
        OrderHoldRefusal::NotHeld(refusal) => spend_code(refusal),
        OrderHoldRefusal::Spent(_) => "HOLD_SPENT",
    }
}

const fn pick_up_code(refusal: &PickUpRefusal) -> &'static str {
    match refusal {
        PickUpRefusal::AlreadyPickedUp { .. } => "ALREADY_PICKED_UP",
        PickUpRefusal::BeforeOrdered => "PICKED_UP_BEFORE_ORDERED",
        PickUpRefusal::Cancelled(_) => ORDER_CANCELLED,
    }
}
