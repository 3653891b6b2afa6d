use accounts::StaffRole;
use app::entitlements::MAX_GATHERINGS;
use askama::Template;
use chrono::{Datelike, Days, Months};
use entitlements::{Gathering, Perk, SeatCount, Stock};
use kernel::{BusinessDate, Timestamp, kinds};

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{Download, show},
    gathering_form::Form,
};
use crate::csv_row;

/// A month of gatherings: as a calendar, and as a list.
#[derive(Template)]
#[template(path = "office/gatherings.html")]
struct GatheringsPage {
    frame: Frame,
    /// Such as `2026-12`.
    month: String,
    before: String,
    after: String,
    days: [&'static str; 7],
    weeks: Vec<Vec<Day>>,
    rows: Vec<Row>,
    is_cut: bool,
}

/// A day of the calendar; those of the months around it have no number.
struct Day {
    number: Option<u32>,
    is_today: bool,
    gatherings: Vec<[String; 3]>,
}

/// A gathering in a list.
struct Row {
    id: String,
    name: String,
    code: String,
    place: String,
    day: BusinessDate,
    starts_at: Timestamp,
    ends_at: Timestamp,
    state: &'static str,
    class: &'static str,
    price: String,
    stock: Stock,
}

/// One gathering: how many come, and the form to change it.
#[derive(Template)]
#[template(path = "office/gathering.html")]
pub(super) struct GatheringPage {
    frame: Frame,
    row: Row,
    seats: SeatCount,
    returns: [String; 3],
    opens_at: Option<Timestamp>,
    /// For those who keep perks, while it can be changed.
    form: Option<Form>,
    may_call_off: bool,
    may_see_waiting: bool,
}

/// `GET /office/gatherings`: the month that is asked for, else this one.
pub(super) async fn gatherings(desk: Desk) -> Answer {
    let first = first_day(&desk)?;
    let list = desk.app.list_gatherings(span(&desk, first)?).await?;
    let now = desk.app.db().clock().now();
    let rows: Vec<Row> = list.iter().filter_map(|one| Row::of(&desk.frame, one, now)).collect();
    let month = |months: Option<BusinessDate>| months.map(|day| day.format("%Y-%m").to_string()).unwrap_or_default();
    show(&GatheringsPage {
        month: month(Some(first)),
        before: month(first.checked_sub_months(Months::new(1))),
        after: month(first.checked_add_months(Months::new(1))),
        days: match desk.frame.locale {
            kernel::Locale::ZhCn => ["一", "二", "三", "四", "五", "六", "日"],
            kernel::Locale::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        },
        weeks: weeks(&desk.frame, first, &rows, desk.frame.zone.date_of(now)),
        is_cut: rows.len() == MAX_GATHERINGS,
        rows,
        frame: desk.frame,
    })
}

/// `GET /office/gatherings.csv`: the same month as a file.
pub(super) async fn gatherings_file(desk: Desk) -> Answer {
    let first = first_day(&desk)?;
    let list = desk.app.list_gatherings(span(&desk, first)?).await?;
    let heads = [
        "id",
        "code",
        "name_zh",
        "name_en",
        "starts_at",
        "ends_at",
        "price",
        "seats",
        "taken",
        "offered",
        "waiting",
        "called_off_at",
    ];
    let mut text = format!("\u{FEFF}{}", csv_row(&heads));
    for (perk, stock) in &list {
        let Some(gathering) = &perk.gathering else { continue };
        let cells = [
            perk.id.to_string(),
            perk.code.to_string(),
            perk.name_zh.to_string(),
            perk.name_en.to_string(),
            gathering.starts_at.to_rfc3339(),
            gathering.ends_at.to_rfc3339(),
            perk.price.to_string(),
            stock.total.to_string(),
            stock.taken.to_string(),
            stock.offered.to_string(),
            stock.waiting.to_string(),
            gathering.called_off_at.map_or_else(String::new, |at| at.to_rfc3339()),
        ];
        text.push_str(&csv_row(&cells.each_ref().map(String::as_str)));
    }
    Ok(Reply::File(Download {
        name: format!("gatherings-{}.csv", first.format("%Y-%m")),
        content_type: "text/csv; charset=utf-8; header=present",
        text,
    }))
}

/// `GET /office/gatherings/ID`.
pub(super) async fn gathering(desk: Desk) -> Answer {
    let known = find(&desk).await?;
    let form = Form::of(&desk, &known).await?;
    show(&page(&desk, &known, form).await?)
}

/// A gathering by the address; a perk that is none has no page here.
pub(super) async fn find(desk: &Desk) -> Result<(Perk, Stock), Away> {
    let known = desk.app.find_perk(desk.id::<kinds::Perk>()?).await?;
    known.filter(|(perk, _)| perk.gathering.is_some()).ok_or(Away::NotThere)
}

/// The page of one, with the form as it is now or as it was typed.
pub(super) async fn page(desk: &Desk, known: &(Perk, Stock), form: Form) -> Result<GatheringPage, Away> {
    let now = desk.app.db().clock().now();
    let (perk, frame) = (&known.0, &desk.frame);
    let gathering = perk.gathering.as_ref().ok_or(Away::NotThere)?;
    let stands = gathering.called_off_at.is_none();
    let is_keeper = frame.may(&[StaffRole::Perks]);
    let returns = &gathering.returns;
    Ok(GatheringPage {
        row: Row::of(frame, known, now).ok_or(Away::NotThere)?,
        seats: desk.app.count_seats(perk.id).await?,
        returns: [
            frame.minute(&returns.full_until),
            frame.minute(&returns.part_until),
            super::gathering_form::percent(returns.part),
        ],
        opens_at: perk.window.opens_at,
        form: Some(form).filter(|_| is_keeper && stands && !gathering.has_begun(now)),
        may_call_off: is_keeper && stands && gathering.ends_at > now,
        may_see_waiting: super::waiting::may_see(frame),
        frame: frame.clone(),
    })
}

impl Row {
    fn of(frame: &Frame, (perk, stock): &(Perk, Stock), now: Timestamp) -> Option<Self> {
        let gathering = perk.gathering.as_ref()?;
        let (state, class) = state(frame, perk, gathering, now);
        Some(Self {
            id: perk.id.to_string(),
            name: frame.t(perk.name_zh.as_str(), perk.name_en.as_str()).to_owned(),
            code: perk.code.to_string(),
            place: frame.t(gathering.place_zh.as_str(), gathering.place_en.as_str()).to_owned(),
            day: frame.zone.date_of(gathering.starts_at),
            starts_at: gathering.starts_at,
            ends_at: gathering.ends_at,
            state,
            class,
            price: frame.points(&perk.price),
            stock: *stock,
        })
    }
}

fn state(frame: &Frame, perk: &Perk, gathering: &Gathering, now: Timestamp) -> (&'static str, &'static str) {
    if gathering.called_off_at.is_some() {
        return (frame.t("已取消", "called off"), "bad");
    }
    if gathering.ends_at <= now {
        return (frame.t("已结束", "over"), "soft");
    }
    if gathering.has_begun(now) {
        return (frame.t("进行中", "on now"), "good");
    }
    if perk.is_open { (frame.t("可报名", "open"), "good") } else { (frame.t("未开放", "closed"), "soft") }
}

/// Monday to Sunday, whole weeks.
fn weeks(frame: &Frame, first: BusinessDate, rows: &[Row], today: BusinessDate) -> Vec<Vec<Day>> {
    let lead = u64::from(first.weekday().num_days_from_monday());
    let Some(start) = first.checked_sub_days(Days::new(lead)) else { return Vec::new() };
    let month = |day: BusinessDate| (day.year(), day.month());
    let of_day = |row: &&Row, day: BusinessDate| row.day == day;
    let mut weeks = Vec::new();
    for day in start.iter_weeks().take_while(|day| *day < first || month(*day) == month(first)) {
        let days = day.iter_days().take(7).map(|day| Day {
            number: (month(day) == month(first)).then(|| day.day()),
            is_today: day == today,
            gatherings: rows
                .iter()
                .filter(|row| of_day(row, day))
                .map(|row| {
                    let at = frame.zone.local(row.starts_at).format("%H:%M").to_string();
                    [row.id.clone(), row.name.clone(), at]
                })
                .collect(),
        });
        weeks.push(days.collect());
    }
    weeks
}

/// The first day of the month that is asked for.
fn first_day(desk: &Desk) -> Result<BusinessDate, Away> {
    let asked = desk.query.text("month");
    if asked.is_empty() {
        let today = desk.frame.zone.date_of(desk.app.db().clock().now());
        return today.with_day(1).ok_or(Away::BadRequest);
    }
    // Four digits of a year: no calendar is asked of the years before or after them.
    if asked.len() != "2026-12".len() {
        return Err(Away::BadRequest);
    }
    format!("{asked}-01").parse().map_err(|_| Away::BadRequest)
}

fn span(desk: &Desk, first: BusinessDate) -> Result<(Timestamp, Timestamp), Away> {
    let next = first.checked_add_months(Months::new(1)).ok_or(Away::BadRequest)?;
    Ok((desk.frame.zone.start_of(first), desk.frame.zone.start_of(next)))
}
