//! A seat at a gathering: the picture that is scanned at the door, and the entry for a calendar. Both by a code that was signed for it.

use app::{App, entitlements::SeatInCalendar};
use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode, header},
};
use qrcode::{EcLevel, QrCode, render::svg};

/// `GET /seats/CODE.svg` and `/seats/CODE.ics`. Whoever has the code has what it leads to: neither says whose the seat is.
pub(crate) struct SeatPage {
    app: App,
}

impl SeatPage {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn answer(&self, request: &Request) -> Response {
        if *request.method() != Method::GET {
            return private(StatusCode::METHOD_NOT_ALLOWED, TEXT).header(header::ALLOW, "GET").body("A link to read.");
        }
        let file = request.raw_path_param("file").unwrap_or_default();
        match (file.strip_suffix(".svg"), file.strip_suffix(".ics")) {
            (Some(code), _) if self.app.is_check_in_code(code) => picture(code),
            (None, Some(code)) => match self.app.find_seat_in_calendar(code).await {
                Ok(Some(seat)) => private(StatusCode::OK, "text/calendar; charset=utf-8")
                    .header(header::CONTENT_DISPOSITION, "attachment; filename=\"gathering.ics\"")
                    .body(calendar(&seat)),
                Ok(None) => not_there(),
                Err(fault) => {
                    tracing::error!("A calendar entry failed: {}", fault.chain());
                    private(StatusCode::SERVICE_UNAVAILABLE, TEXT).body("Try again.")
                }
            },
            _ => not_there(),
        }
    }
}

impl Endpoint for SeatPage {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.answer(&request).await)
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

fn not_there() -> Response {
    private(StatusCode::NOT_FOUND, TEXT).body("There is no such seat.")
}

/// Nobody on the way keeps it, lists it, or passes its address on.
fn private(status: StatusCode, content_type: &str) -> poem::ResponseBuilder {
    Response::builder()
        .status(status)
        .content_type(content_type)
        .header(header::CACHE_CONTROL, "no-store")
        .header("x-robots-tag", "noindex")
        .header("referrer-policy", "no-referrer")
        .header("x-content-type-options", "nosniff")
        .header("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
}

/// Black on white whatever the page around it: scanners read that best.
fn picture(code: &str) -> Response {
    let Ok(qr) = QrCode::with_error_correction_level(code.to_ascii_uppercase(), EcLevel::M) else { return not_there() };
    let svg = qr.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(true).build();
    private(StatusCode::OK, "image/svg+xml").body(svg)
}

/// One entry as RFC 5545 writes it. Times are in UTC, so no calendar needs to know the zone.
fn calendar(seat: &SeatInCalendar) -> String {
    let utc = |at: &kernel::Timestamp| at.format("%Y%m%dT%H%M%SZ").to_string();
    let status = if seat.is_cancelled { "CANCELLED" } else { "CONFIRMED" };
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Hearth//Gatherings//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@hearth", seat.id),
        format!("DTSTAMP:{}", utc(&seat.now)),
        format!("SEQUENCE:{}", seat.version),
        format!("DTSTART:{}", utc(&seat.starts_at)),
        format!("DTEND:{}", utc(&seat.ends_at)),
        format!("SUMMARY:{}", both(&seat.name)),
        format!("LOCATION:{}", both(&seat.place)),
        format!("STATUS:{status}"),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

/// In both languages: a calendar has no language of its own.
fn both([zh, en]: &[kernel::Label; 2]) -> String {
    escaped(&if zh == en { zh.to_string() } else { format!("{zh} / {en}") })
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// At most 75 bytes a line; what is longer goes on after a blank, and no character is cut.
fn folded(line: &str) -> String {
    const MOST: usize = 75;
    let (mut text, mut length) = (String::with_capacity(line.len() + 2), 0);
    for character in line.chars() {
        if length + character.len_utf8() > MOST {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(character);
        length += character.len_utf8();
    }
    text.push_str("\r\n");
    text
}

#[cfg(test)]
mod tests {
    use app::entitlements::SeatInCalendar;

    use super::calendar;

    #[test]
    fn an_entry_is_as_rfc_5545_writes_it() {
        let at = |millis| kernel::Timestamp::from_timestamp_millis(millis).unwrap();
        let seat = SeatInCalendar {
            id: "gr_1".to_owned(),
            name: ["包饺子".parse().unwrap(), "Dumplings, together; bring a friend".parse().unwrap()],
            place: ["玉兰里社区居民活动中心二楼东侧多功能活动室".parse().unwrap(), "Common room".parse().unwrap()],
            starts_at: at(1_780_286_400_000),
            ends_at: at(1_780_293_600_000),
            is_cancelled: false,
            version: 2,
            now: at(1_780_000_000_000),
        };
        let text = calendar(&seat);
        assert!(text.lines().all(|line| line.len() <= 75), "{text}");
        assert_eq!(text.matches("\r\n").count(), text.matches('\n').count());
        let unfolded = text.replace("\r\n ", "");
        for line in [
            "UID:gr_1@hearth",
            "SEQUENCE:2",
            "DTSTART:20260601T040000Z",
            "DTEND:20260601T060000Z",
            "SUMMARY:包饺子 / Dumplings\\, together\\; bring a friend",
            "LOCATION:玉兰里社区居民活动中心二楼东侧多功能活动室 / Common room",
            "STATUS:CONFIRMED",
        ] {
            assert!(unfolded.lines().any(|it| it == line), "{line} in {unfolded}");
        }
        assert!(calendar(&SeatInCalendar { is_cancelled: true, ..seat }).contains("STATUS:CANCELLED\r\n"));
    }
}
