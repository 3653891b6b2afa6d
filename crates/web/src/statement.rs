//! A household's month: as a page to read and print, and as a CSV file.

mod words;

pub(crate) use words::{detail, grouped, what};

use app::{
    App, Principal,
    ledger::{MonthlyLine, MonthlyStatement},
};
use askama::Template;
use kernel::{Fault, Locale};
use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode, header},
};

use crate::{STYLE, csv_row, home::language_of};

/// `GET /households/ID/statements/2026-03`, and with `.csv` behind it the file. For members, by the token of GraphQL.
pub(crate) struct StatementPage {
    app: App,
}

/// Why there is no statement in the answer.
enum Away {
    Method,
    Unauthenticated,
    NotThere,
    Broken(Fault),
}

impl Endpoint for StatementPage {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let answered = self.answer(&request).await;
        let mut response = answered.unwrap_or_else(|away| self.turn_away(&away));
        if *request.method() == Method::HEAD {
            response.take_body();
        }
        Ok(response)
    }
}

impl StatementPage {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn answer(&self, request: &Request) -> Result<Response, Away> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(Away::Method);
        }
        let principal = self.authenticate(request).await?;
        let (household, month) = (request.raw_path_param("household"), request.raw_path_param("month"));
        let (month, is_csv) = match month.unwrap_or_default().strip_suffix(".csv") {
            Some(month) => (month, true),
            None => (month.unwrap_or_default(), false),
        };
        let household = household.unwrap_or_default().parse().map_err(|_| Away::NotThere)?;
        let month = month.parse().map_err(|_| Away::NotThere)?;
        let found = self.app.find_monthly_statement(&principal, household, month).await.map_err(Away::Broken)?;
        let statement = found.ok_or(Away::NotThere)?;
        let locale = language_of(request);
        Ok(if is_csv { file(&statement, locale) } else { page(&statement, locale) })
    }

    async fn authenticate(&self, request: &Request) -> Result<Principal, Away> {
        let mut values = request.headers().get_all(header::AUTHORIZATION).iter();
        let value = values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).ok_or(Away::Unauthenticated)?.1;
        let principal = self.app.authenticate(token.trim()).await.map_err(Away::Broken)?;
        principal.ok_or(Away::Unauthenticated)
    }

    fn turn_away(&self, away: &Away) -> Response {
        let (status, text) = match away {
            Away::Method => (StatusCode::METHOD_NOT_ALLOWED, "A statement can only be read."),
            Away::Unauthenticated => {
                (StatusCode::UNAUTHORIZED, "Sign in, and send the token as Authorization: Bearer.")
            }
            Away::NotThere => (StatusCode::NOT_FOUND, "There is no such statement."),
            Away::Broken(fault) => {
                let db = self.app.db();
                let id = db.ids().next_id::<()>(db.clock().now()).uuid();
                tracing::error!(request.id = %id, "Request {id} failed: {}", fault.chain());
                return private(StatusCode::SERVICE_UNAVAILABLE, TEXT).body(format!("Try again. Request {id}"));
            }
        };
        let response = private(status, TEXT);
        let response = match away {
            Away::Method => response.header(header::ALLOW, "GET, HEAD"),
            Away::Unauthenticated => response.header(header::WWW_AUTHENTICATE, "Bearer"),
            Away::NotThere | Away::Broken(_) => response,
        };
        response.body(text)
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

/// Nobody on the way keeps it: it is somebody's account.
fn private(status: StatusCode, content_type: &str) -> poem::ResponseBuilder {
    Response::builder()
        .status(status)
        .content_type(content_type)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::VARY, "authorization, accept-language")
        .header("content-security-policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
}

fn page(statement: &MonthlyStatement, locale: Locale) -> Response {
    private(StatusCode::OK, "text/html; charset=utf-8").body(render(statement, locale, None))
}

fn file(statement: &MonthlyStatement, locale: Locale) -> Response {
    let name = format!("attachment; filename=\"statement-{}.csv\"", statement.month);
    private(StatusCode::OK, "text/csv; charset=utf-8; header=present")
        .header(header::CONTENT_DISPOSITION, name)
        .body(statement_csv(statement, locale))
}

/// The page as a file of its own, with its style in it.
#[must_use]
pub fn statement_file(statement: &MonthlyStatement, locale: Locale) -> String {
    render(statement, locale, Some(STYLE))
}

/// The month as CSV: a row before the first line with the opening balance, one for each line, and one after the last with the closing
/// balance. Times are of the operator's zone.
///
/// It begins with a byte order mark: without one Excel takes Chinese for another encoding, and everything else skips it.
#[must_use]
pub fn statement_csv(statement: &MonthlyStatement, locale: Locale) -> String {
    let header = [
        "no",
        "business_date",
        "posted_at",
        "kind",
        "what",
        "who",
        "reference",
        "reason",
        "points",
        "balance_after",
        "owed_after",
    ];
    let mut csv = format!("\u{FEFF}{}", csv_row(&header));
    let mark = |date: String, kind: &str, mark: &ledger::store::StatementMark| {
        let (balance, owed) = (mark.balance.to_string(), mark.owed.to_string());
        csv_row(&["", &date, "", kind, "", "", "", "", "", &balance, &owed])
    };
    csv.push_str(&mark(statement.month.first_day().to_string(), "opening", &statement.opening));
    for line in &statement.lines {
        let row = Row::of(line, statement, locale);
        let posting = &line.posting;
        csv.push_str(&csv_row(&[
            &posting.no.to_string(),
            &row.day,
            &row.posted,
            posting.kind.code(),
            row.what,
            &row.who,
            &posting.cause.reference,
            &row.reason,
            &posting.net_points().to_string(),
            &posting.balance_after.to_string(),
            &posting.owed_after.to_string(),
        ]));
    }
    if statement.lines_left_out > 0 {
        let count = statement.lines_left_out.to_string();
        csv.push_str(&csv_row(&["", "", "", "left_out", &words::left_out(&count, locale), "", "", "", "", "", ""]));
    }
    csv.push_str(&mark(statement.month.last_day().to_string(), "closing", &statement.closing));
    csv
}

/// What a line shows.
struct Row {
    day: String,
    posted: String,
    what: &'static str,
    detail: String,
    who: String,
    reason: String,
    reference: String,
    points: String,
    is_gain: bool,
    balance: String,
    owed: Option<String>,
}

impl Row {
    fn of(line: &MonthlyLine, statement: &MonthlyStatement, locale: Locale) -> Self {
        let posting = &line.posting;
        let net = posting.net_points();
        let sign = match net {
            1.. => "+",
            0 => "",
            ..0 => "−",
        };
        Self {
            day: posting.cause.business_date.to_string(),
            posted: statement.zone.local(posting.cause.posted_at).format("%Y-%m-%d %H:%M:%S").to_string(),
            what: words::what(posting, locale),
            detail: words::detail(posting, locale),
            who: words::who(line, locale),
            reason: posting.reason.as_ref().map(ToString::to_string).unwrap_or_default(),
            reference: posting.cause.reference.clone(),
            points: format!("{sign}{}", words::grouped(net.abs())),
            is_gain: net > 0,
            balance: words::grouped(posting.balance_after.get()),
            owed: (!posting.owed_after.is_zero()).then(|| words::grouped(posting.owed_after.get())),
        }
    }
}

/// What both languages show.
struct Sheet<'a> {
    statement: &'a MonthlyStatement,
    style: Option<&'a str>,
    rows: Vec<Row>,
}

impl Sheet<'_> {
    fn number(&self, points: &kernel::Points) -> String {
        words::grouped(points.get())
    }
}

#[derive(Template)]
#[template(path = "statement/zh-CN.html")]
struct ZhCn<'a> {
    locale: Locale,
    sheet: &'a Sheet<'a>,
}

#[derive(Template)]
#[template(path = "statement/en.html")]
struct En<'a> {
    locale: Locale,
    sheet: &'a Sheet<'a>,
}

fn render(statement: &MonthlyStatement, locale: Locale, style: Option<&str>) -> String {
    let rows = statement.lines.iter().map(|line| Row::of(line, statement, locale)).collect();
    let sheet = Sheet { statement, style, rows };
    let rendered = match locale {
        Locale::ZhCn => ZhCn { locale, sheet: &sheet }.render(),
        Locale::En => En { locale, sheet: &sheet }.render(),
    };
    rendered.expect("writing to memory does not fail")
}

#[cfg(test)]
mod tests;
