//! The wire form of events, as `EVENTS.md` documents it, and how it becomes facts of the orders domain.

use std::str::FromStr;

use ::accounts::HouseholdRow;
use app::orders::EventTold;
use chrono::TimeDelta;
use kernel::{BusinessDate, Currency, ExternalRef, Label, Money, Points, TextError, Timestamp, is_lunar_day};
use orders::{
    OrderCancelled, OrderPaid, OrderPaidLine, OrderPickedUp, OrderPointsHeld, OrderPointsReleased, OrderRefunded,
    RefundLine,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::object::Object;

/// Most events in one request.
pub(super) const MAX_EVENTS: usize = app::App::MAX_EVENTS_PER_CALL;

/// How far ahead of our clock a fact may be dated: clocks differ, but nothing is paid tomorrow.
const MAX_AHEAD: TimeDelta = TimeDelta::hours(24);

/// Why a whole body is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyRefusal {
    #[error("not an event and not {{\"events\": […]}}: {0}")]
    Malformed(#[source] serde_json::Error),
    #[error("either one event or \"events\", not both")]
    Both,
    #[error("more than {MAX_EVENTS} events")]
    TooManyEvents,
}

/// Why one event is refused. The others of its request are not.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EventRefusal {
    #[error("not an event: {0}")]
    Malformed(String),
    #[error("the id {0}")]
    BadId(TextError),
    #[error(
        "the type is none of order.paid, order.picked_up, order.refunded, order.cancelled, order.points_held, \
         order.points_released, member.joined"
    )]
    UnknownType,
    #[error("{0}")]
    BadData(String),
    #[error("{0} is a day of the lunar calendar (农历): tell the day of the solar calendar, such as 1960-05-01")]
    LunarDay(String),
}

impl EventRefusal {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::BadId(_) => "MALFORMED_EVENT",
            Self::UnknownType => "UNKNOWN_TYPE",
            Self::BadData(_) => "BAD_DATA",
            Self::LunarDay(_) => "LUNAR_DAY",
        }
    }
}

/// One event as read: the id as far as it could be read, so that its sender finds it again.
pub(super) struct Told {
    pub(super) id: Option<String>,
    /// Its id and what it tells, when the form is right; whether it can be true is for the use-case to say.
    pub(super) event: Result<(ExternalRef, EventTold), EventRefusal>,
}

/// One event, or several under `events`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(borrow)]
    events: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventBody<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PaidData {
    order_ref: String,
    household_ref: String,
    person_ref: Option<String>,
    community: Option<String>,
    channel: Option<String>,
    ordered_at: String,
    picked_up_at: Option<String>,
    amount_minor: i64,
    cash_minor: i64,
    #[serde(default)]
    points_tendered: i64,
    #[serde(default)]
    items_count: u32,
    #[serde(default)]
    lines: Vec<Object<PaidLineData>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PaidLineData {
    product_ref: Option<String>,
    category: Option<String>,
    quantity: u32,
    amount_minor: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PickedUpData {
    order_ref: String,
    picked_up_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RefundedData {
    order_ref: String,
    refund_ref: String,
    refunded_at: String,
    amount_minor: i64,
    #[serde(default)]
    lines: Vec<Object<RefundedLineData>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RefundedLineData {
    line_no: u32,
    amount_minor: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CancelledData {
    order_ref: String,
    cancelled_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct JoinedData {
    household_ref: String,
    person_ref: String,
    name: String,
    role: String,
    household_name: Option<String>,
    community: Option<String>,
    born_on: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PointsHeldData {
    order_ref: String,
    household_ref: String,
    points: i64,
    until: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PointsReleasedData {
    order_ref: String,
    household_ref: String,
}

/// Reads a body: the frame as a whole, each event for itself.
pub(super) fn read(body: &[u8], now: Timestamp) -> Result<Vec<Told>, BodyRefusal> {
    let Object(envelope): Object<Envelope<'_>> = serde_json::from_slice(body).map_err(BodyRefusal::Malformed)?;
    let is_one = envelope.id.is_some() || envelope.kind.is_some() || envelope.data.is_some();
    match envelope.events {
        Some(_) if is_one => Err(BodyRefusal::Both),
        Some(events) if events.len() > MAX_EVENTS => Err(BodyRefusal::TooManyEvents),
        Some(events) => Ok(events.into_iter().map(|event| read_event(event.get(), now)).collect()),
        None => {
            let text = std::str::from_utf8(body).expect("JSON was read from it");
            Ok(vec![read_event(text, now)])
        }
    }
}

fn read_event(text: &str, now: Timestamp) -> Told {
    match serde_json::from_str::<Object<EventBody<'_>>>(text) {
        Ok(Object(body)) => {
            let event = read_id(&body.id).and_then(|id| Ok((id, read_event_told(&body, now)?)));
            Told { id: Some(body.id), event }
        }
        Err(error) => Told { id: None, event: Err(EventRefusal::Malformed(error.to_string())) },
    }
}

fn read_id(id: &str) -> Result<ExternalRef, EventRefusal> {
    id.parse().map_err(EventRefusal::BadId)
}

fn read_event_told(body: &EventBody<'_>, now: Timestamp) -> Result<EventTold, EventRefusal> {
    match body.kind.as_str() {
        "order.paid" => read_data(body.data).and_then(|data| paid(data, now)).map(EventTold::Paid),
        "order.picked_up" => read_data(body.data).and_then(|data| picked_up(&data, now)).map(EventTold::PickedUp),
        "order.refunded" => read_data(body.data).and_then(|data| refunded(data, now)).map(EventTold::Refunded),
        "order.cancelled" => read_data(body.data).and_then(|data| cancelled(&data, now)).map(EventTold::Cancelled),
        "member.joined" => read_data(body.data).and_then(joined).map(EventTold::MemberJoined),
        "order.points_held" => read_data(body.data).and_then(|data| held(&data)).map(EventTold::PointsHeld),
        "order.points_released" => read_data(body.data).and_then(|data| released(&data)).map(EventTold::PointsReleased),
        _ => Err(EventRefusal::UnknownType),
    }
}

fn read_data<'a, T: Deserialize<'a>>(data: &'a RawValue) -> Result<T, EventRefusal> {
    let read = serde_json::from_str::<Object<T>>(data.get());
    read.map(|Object(data)| data).map_err(|error| EventRefusal::BadData(format!("data: {error}")))
}

fn paid(data: PaidData, now: Timestamp) -> Result<OrderPaid, EventRefusal> {
    let lines = data.lines.into_iter().map(|Object(line)| {
        Ok(OrderPaidLine {
            product_ref: optional("productRef", line.product_ref)?,
            category: optional("category", line.category)?,
            quantity: line.quantity,
            amount: money("amountMinor of a line", line.amount_minor)?,
        })
    });
    Ok(OrderPaid {
        order_ref: text::<ExternalRef>("orderRef", &data.order_ref)?,
        household_ref: text("householdRef", &data.household_ref)?,
        person_ref: optional("personRef", data.person_ref)?,
        community: optional::<Label>("community", data.community)?,
        channel: optional("channel", data.channel)?,
        ordered_at: instant("orderedAt", &data.ordered_at, now)?,
        picked_up_at: data.picked_up_at.map(|at| instant("pickedUpAt", &at, now)).transpose()?,
        amount: money("amountMinor", data.amount_minor)?,
        cash: money("cashMinor", data.cash_minor)?,
        points_tendered: points("pointsTendered", data.points_tendered)?,
        items_count: data.items_count,
        lines: lines.collect::<Result<_, EventRefusal>>()?,
    })
}

fn picked_up(data: &PickedUpData, now: Timestamp) -> Result<OrderPickedUp, EventRefusal> {
    Ok(OrderPickedUp {
        order_ref: text("orderRef", &data.order_ref)?,
        picked_up_at: instant("pickedUpAt", &data.picked_up_at, now)?,
    })
}

fn refunded(data: RefundedData, now: Timestamp) -> Result<OrderRefunded, EventRefusal> {
    let lines = data.lines.into_iter().map(|Object(line)| {
        Ok(RefundLine { line_no: line.line_no, amount: money("amountMinor of a line", line.amount_minor)? })
    });
    Ok(OrderRefunded {
        order_ref: text("orderRef", &data.order_ref)?,
        refund_ref: text("refundRef", &data.refund_ref)?,
        refunded_at: instant("refundedAt", &data.refunded_at, now)?,
        amount: money("amountMinor", data.amount_minor)?,
        lines: lines.collect::<Result<_, EventRefusal>>()?,
    })
}

fn cancelled(data: &CancelledData, now: Timestamp) -> Result<OrderCancelled, EventRefusal> {
    Ok(OrderCancelled {
        order_ref: text("orderRef", &data.order_ref)?,
        cancelled_at: instant("cancelledAt", &data.cancelled_at, now)?,
    })
}

fn joined(data: JoinedData) -> Result<HouseholdRow, EventRefusal> {
    let role = data.role.parse().map_err(|error| EventRefusal::BadData(format!("role {error}")))?;
    Ok(HouseholdRow {
        household: text("householdRef", &data.household_ref)?,
        household_name: optional("householdName", data.household_name)?,
        community: optional("community", data.community)?,
        person: text("personRef", &data.person_ref)?,
        person_name: text("name", &data.name)?,
        role,
        born_on: data.born_on.map(|born_on| day("bornOn", &born_on)).transpose()?,
        email: optional("email", data.email)?,
        leads: None,
        kin: None,
    })
}

/// A day of the calendar, from 1900 on, in the one spelling `2026-02-28`.
fn day(field: &str, value: &str) -> Result<BusinessDate, EventRefusal> {
    let bad = || EventRefusal::BadData(format!("{field} is not a day such as 1960-05-01, from 1900 on"));
    if is_lunar_day(value) {
        return Err(EventRefusal::LunarDay(field.to_owned()));
    }
    let day: BusinessDate = value.parse().map_err(|_| bad())?;
    if day.to_string() == value && day >= BusinessDate::from_ymd_opt(1900, 1, 1).ok_or_else(bad)? {
        Ok(day)
    } else {
        Err(bad())
    }
}

fn held(data: &PointsHeldData) -> Result<OrderPointsHeld, EventRefusal> {
    Ok(OrderPointsHeld {
        order_ref: text("orderRef", &data.order_ref)?,
        household_ref: text("householdRef", &data.household_ref)?,
        points: points("points", data.points)?,
        // How far ahead it may be is for the use-case to say.
        until: instant("until", &data.until, Timestamp::MAX_UTC - MAX_AHEAD)?,
    })
}

fn released(data: &PointsReleasedData) -> Result<OrderPointsReleased, EventRefusal> {
    Ok(OrderPointsReleased {
        order_ref: text("orderRef", &data.order_ref)?,
        household_ref: text("householdRef", &data.household_ref)?,
    })
}

fn text<T: FromStr<Err = TextError>>(field: &str, value: &str) -> Result<T, EventRefusal> {
    value.parse().map_err(|error| EventRefusal::BadData(format!("{field} {error}")))
}

fn optional<T: FromStr<Err = TextError>>(field: &str, value: Option<String>) -> Result<Option<T>, EventRefusal> {
    value.map(|value| text(field, &value)).transpose()
}

fn money(field: &str, minor: i64) -> Result<Money, EventRefusal> {
    Money::from_minor(minor, Currency::Cny)
        .ok_or_else(|| EventRefusal::BadData(format!("{field} is not between 0 and {} fen", Money::MAX_MINOR)))
}

fn points(field: &str, points: i64) -> Result<Points, EventRefusal> {
    Points::new(points)
        .filter(|points| *points <= Points::MAX)
        .ok_or_else(|| EventRefusal::BadData(format!("{field} is not between 0 and {} points", Points::MAX)))
}

/// An instant with its offset, cut to the millisecond. Nothing before 1970, nothing more than a day ahead.
fn instant(field: &str, value: &str, now: Timestamp) -> Result<Timestamp, EventRefusal> {
    let bad = |what: &str| EventRefusal::BadData(format!("{field} {what}"));
    let instant = chrono::DateTime::parse_from_rfc3339(value)
        .ok()
        .and_then(|instant| Timestamp::from_timestamp_millis(instant.timestamp_millis()))
        .ok_or_else(|| bad("is not an instant such as 2026-11-23T18:30:00+08:00"))?;
    if instant < Timestamp::UNIX_EPOCH {
        return Err(bad("is before 1970"));
    }
    if instant > now + MAX_AHEAD {
        return Err(bad("is in the future"));
    }
    Ok(instant)
}

#[cfg(test)]
mod tests;
