use std::collections::{BTreeMap, HashMap};

use accounts::StaffRole;
use app::entitlements::BookingShown;
use askama::Template;
use chrono::{Days, Timelike};
use entitlements::DeliverySlot;
use kernel::{BusinessDate, Fault, Id, Label, Timestamp, kinds};

use super::{
    Answer, Away, Desk, Frame, Reply,
    chart::Chart,
    desk::{Download, render, show},
    slot_form::Form,
};
use crate::csv_row;

/// How many days a page shows.
const DAYS: u64 = 7;

/// A week of delivery slots, and how they were used by the hour.
#[derive(Template)]
#[template(path = "office/slots.html")]
struct SlotsPage {
    frame: Frame,
    from: BusinessDate,
    before: String,
    after: String,
    rows: Vec<Row>,
    chart: Option<String>,
}

/// A slot in a list.
pub(super) struct Row {
    pub(super) slot: DeliverySlot,
    pub(super) perk: String,
    pub(super) community: String,
    state: &'static str,
    class: &'static str,
}

/// One slot: its bookings, and the form to change it.
#[derive(Template)]
#[template(path = "office/slot.html")]
struct SlotPage {
    frame: Frame,
    row: Row,
    day: BusinessDate,
    bookings: Vec<Booking>,
    form: Option<Form>,
    may_settle: bool,
}

/// A booking in a list.
struct Booking {
    order_ref: Option<String>,
    household: Id<kinds::Household>,
    booked_at: Timestamp,
    state: &'static str,
    class: &'static str,
    /// Where to say what became of it, while that is open.
    settle: Option<String>,
}

/// `GET /office/slots`: seven days from the one that is asked for, else from today.
pub(super) async fn slots(desk: Desk) -> Answer {
    let from = first_day(&desk)?;
    let rows = rows(&desk, from).await?;
    let chart = (!rows.is_empty()).then(|| render(&by_hour(&desk.frame, &rows)));
    let day = |day: Option<BusinessDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let (before, after) = (day(from.checked_sub_days(Days::new(DAYS))), day(from.checked_add_days(Days::new(DAYS))));
    show(&SlotsPage { frame: desk.frame, from, before, after, rows, chart })
}

/// `GET /office/slots.csv`: the same days as a file.
pub(super) async fn slots_file(desk: Desk) -> Answer {
    let from = first_day(&desk)?;
    let heads = ["id", "perk", "community", "starts_at", "ends_at", "cut_off_at", "capacity", "booked", "is_open"];
    let mut text = format!("\u{FEFF}{}", csv_row(&heads));
    for Row { slot, perk, community, .. } in rows(&desk, from).await? {
        let cells = [
            slot.id.to_string(),
            perk,
            community,
            slot.starts_at.to_rfc3339(),
            slot.ends_at.to_rfc3339(),
            slot.cut_off_at.to_rfc3339(),
            slot.capacity.to_string(),
            slot.taken.to_string(),
            slot.is_open.to_string(),
        ];
        text.push_str(&csv_row(&cells.each_ref().map(String::as_str)));
    }
    let name = format!("slots-{from}.csv");
    Ok(Reply::File(Download { name, content_type: "text/csv; charset=utf-8; header=present", text }))
}

/// `GET /office/slots/ID`.
pub(super) async fn slot(desk: Desk) -> Answer {
    let slot = find(&desk).await?;
    let form = Form::of(&desk, &slot).await?;
    show_slot(&desk, slot, form).await.map(Reply::Page)
}

/// The slot of the address.
pub(super) async fn find(desk: &Desk) -> Result<DeliverySlot, Away> {
    desk.app.find_slot(desk.id::<kinds::DeliverySlot>()?).await?.ok_or(Away::NotThere)
}

/// The page of one, with the form as it is now or as it was typed.
pub(super) async fn show_slot(desk: &Desk, slot: DeliverySlot, form: Form) -> Result<String, Away> {
    let now = desk.app.db().clock().now();
    let bookings = match desk.app.list_bookings(&desk.principal, slot.id).await? {
        Ok(booked) => booked.iter().map(|booked| Booking::of(&desk.frame, booked)).collect(),
        // Who keeps no perks and answers nobody sees how full it is, and no more.
        Err(_) => Vec::new(),
    };
    let is_keeper = desk.frame.may(&[StaffRole::Perks]);
    let row = Names::default().row(desk, slot, now).await?;
    Ok(render(&SlotPage {
        frame: desk.frame.clone(),
        day: desk.frame.zone.date_of(slot.starts_at),
        bookings,
        form: Some(form).filter(|_| is_keeper && slot.cut_off_at > now),
        may_settle: is_keeper && slot.cut_off_at <= now,
        row,
    }))
}

async fn rows(desk: &Desk, from: BusinessDate) -> Result<Vec<Row>, Away> {
    let now = desk.app.db().clock().now();
    let (mut names, mut rows) = (Names::default(), Vec::new());
    for slot in desk.app.list_slots_of_days(&desk.principal, from, DAYS).await? {
        rows.push(names.row(desk, slot, now).await?);
    }
    Ok(rows)
}

/// What perks and communities are called, each asked for once.
#[derive(Default)]
struct Names {
    perks: HashMap<Id<kinds::Perk>, String>,
    communities: HashMap<Id<kinds::Community>, String>,
}

impl Names {
    async fn row(&mut self, desk: &Desk, slot: DeliverySlot, now: Timestamp) -> Result<Row, Fault> {
        if let std::collections::hash_map::Entry::Vacant(unknown) = self.perks.entry(slot.perk) {
            let found = desk.app.find_perk(slot.perk).await?;
            let name = found.map(|(perk, _)| desk.t(perk.name_zh.as_str(), perk.name_en.as_str()).to_owned());
            unknown.insert(name.unwrap_or_default());
        }
        if let std::collections::hash_map::Entry::Vacant(unknown) = self.communities.entry(slot.community) {
            let name: Option<Label> = desk.app.find_community_name(slot.community).await?;
            unknown.insert(name.map(|name| name.to_string()).unwrap_or_default());
        }
        let (state, class) = state(&desk.frame, &slot, now);
        let (perk, community) = (self.perks[&slot.perk].clone(), self.communities[&slot.community].clone());
        Ok(Row { slot, perk, community, state, class })
    }
}

fn state(frame: &Frame, slot: &DeliverySlot, now: Timestamp) -> (&'static str, &'static str) {
    if slot.ends_at <= now {
        return (frame.t("已结束", "over"), "soft");
    }
    if slot.cut_off_at <= now {
        return (frame.t("已截止", "cut off"), "warn");
    }
    if !slot.is_open {
        return (frame.t("未开放", "closed"), "soft");
    }
    if slot.left() == 0 { (frame.t("已满", "full"), "bad") } else { (frame.t("可预约", "open"), "good") }
}

/// How many places were taken of those there were, by the hour in which slots begin.
fn by_hour(frame: &Frame, rows: &[Row]) -> Chart {
    let mut hours: BTreeMap<u32, [i64; 2]> = BTreeMap::new();
    for Row { slot, .. } in rows {
        let [taken, capacity] = hours.entry(frame.zone.local(slot.starts_at).hour()).or_default();
        *taken += i64::from(slot.taken);
        *capacity += i64::from(slot.capacity);
    }
    let lines = vec![
        (frame.t("已预约", "Booked").to_owned(), hours.values().map(|[taken, _]| *taken).collect()),
        (frame.t("容量", "Room").to_owned(), hours.values().map(|[_, capacity]| *capacity).collect()),
    ];
    let title = frame.t("这些天每个钟点的时段使用", "How slots are used on these days, by the hour they begin");
    let moments = hours.keys().map(|hour| format!("{hour:02}:00")).collect();
    Chart::new(frame, title, frame.t("钟点", "Hour"), moments, lines)
}

impl Booking {
    fn of(frame: &Frame, booked: &BookingShown) -> Self {
        let grant = &booked.grant;
        let missed = grant.booking.is_some_and(|booking| booking.missed_at.is_some());
        let (state, class) = match (missed, grant.used_at, grant.cancelled_at) {
            (true, ..) => (frame.t("未准时送达，已退积分", "missed; points came back"), "bad"),
            (false, Some(_), _) => (frame.t("准时送达", "delivered in time"), "good"),
            (false, None, Some(_)) => (frame.t("已退回", "given back"), "soft"),
            (false, None, None) => (frame.t("已预约", "booked"), "warn"),
        };
        let is_open = grant.used_at.is_none() && grant.cancelled_at.is_none();
        let order_ref = booked.order_ref.as_ref().map(ToString::to_string);
        let settle = order_ref.as_ref().filter(|_| is_open).map(|order| {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("order", order).finish();
            format!("/office/slots/settle?{query}")
        });
        Self { order_ref, household: grant.household, booked_at: grant.granted_at, state, class, settle }
    }
}

fn first_day(desk: &Desk) -> Result<BusinessDate, Away> {
    let asked = desk.query.text("from");
    if asked.is_empty() {
        return Ok(desk.frame.zone.date_of(desk.app.db().clock().now()));
    }
    // Four digits of a year: no slot is asked of the years before or after them.
    if asked.len() == "2026-12-31".len() { asked.parse().map_err(|_| Away::BadRequest) } else { Err(Away::BadRequest) }
}
