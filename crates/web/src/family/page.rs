use app::familypay::DeclineReason;
use askama::Template;
use kernel::{Locale, Zone};
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};

use super::{
    Visit, private,
    words::{self, Standing},
};

/// What every page says things in.
pub(super) struct Frame {
    pub(super) locale: Locale,
}

impl Frame {
    /// One of two wordings.
    pub(super) fn t<'a>(&self, zh_cn: &'a str, en: &'a str) -> &'a str {
        self.locale.choose(zh_cn, en)
    }
}

/// Asks who opened the link, once for each senior.
#[derive(Template)]
#[template(path = "family/who.html")]
struct WhoPage {
    frame: Frame,
    address: String,
    senior: String,
    payer: String,
}

/// What is asked for, and what may be done about it.
#[derive(Template)]
#[template(path = "family/look.html")]
struct LookPage {
    frame: Frame,
    address: String,
    title: String,
    text: String,
    lines: Vec<(String, String)>,
    /// None before they are asked.
    amount: Option<String>,
    is_at_cashier: bool,
    facts: Vec<(&'static str, String)>,
    may_pay: bool,
    may_decline: bool,
    says_who: bool,
    surplus: Vec<String>,
}

/// Why it is passed on: one of four, all kind.
#[derive(Template)]
#[template(path = "family/why.html")]
struct WhyPage {
    frame: Frame,
    address: String,
    senior: String,
    reasons: Vec<(&'static str, &'static str)>,
}

/// A sentence, and a way back where there is one.
#[derive(Template)]
#[template(path = "family/message.html")]
pub(super) struct MessagePage {
    pub(super) frame: Frame,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) back: Option<String>,
}

/// What is asked for; before that, the first time, who opened the link.
pub(super) fn look(visit: &Visit, says_who: bool, zone: Zone) -> Response {
    let standing = Standing::of(&visit.seen);
    let (shown, locale) = (&visit.seen.shown, visit.locale);
    if standing.may_pay() && !visit.seen.is_confirmed && !says_who {
        return html(&WhoPage {
            frame: Frame { locale },
            address: visit.address(),
            senior: shown.asked_by_name.to_string(),
            payer: visit.seen.payer_name.to_string(),
        });
    }
    let goods = if standing.shows_goods() { shown.book.lines.as_slice() } else { &[] };
    let (title, text) = words::standing(&standing, &visit.seen, zone, locale);
    html(&LookPage {
        frame: Frame { locale },
        address: visit.address(),
        title,
        text,
        lines: goods.iter().map(|line| words::line(line, locale)).collect(),
        amount: standing.shows_goods().then(|| shown.book.request.amount().to_string()),
        is_at_cashier: standing == Standing::AtCashier,
        facts: words::facts(&shown.book, standing.may_pay(), zone, locale),
        may_pay: standing.may_pay(),
        may_decline: standing == Standing::YourTurn,
        says_who: !visit.seen.is_confirmed,
        surplus: visit.seen.surplus.iter().map(|refund| words::surplus(refund, locale)).collect(),
    })
}

/// Why it is passed on; where there is nothing to pass on, what is so instead.
pub(super) fn why(visit: &Visit, zone: Zone) -> Response {
    if Standing::of(&visit.seen) != Standing::YourTurn {
        return look(visit, true, zone);
    }
    html(&WhyPage {
        frame: Frame { locale: visit.locale },
        address: visit.address(),
        senior: visit.seen.shown.asked_by_name.to_string(),
        reasons: DeclineReason::ALL
            .into_iter()
            .map(|reason| (reason.word(), words::reason(reason, visit.locale)))
            .collect(),
    })
}

/// Why there is no cashier just now.
pub(super) fn no_cashier(visit: &Visit, (title, text): (&'static str, &'static str)) -> Response {
    let page = MessagePage { frame: Frame { locale: visit.locale }, title, text, back: Some(visit.address()) };
    render(StatusCode::OK, &page)
}

/// A sentence for whoever has no link that leads anywhere.
pub(super) fn message(status: StatusCode, locale: Locale, (title, text): (&'static str, &'static str)) -> Response {
    render(status, &MessagePage { frame: Frame { locale }, title, text, back: None })
}

/// Too many came by one link or from one network; what was paid stays paid.
pub(super) fn too_often(locale: Locale) -> Response {
    let mut response = message(StatusCode::TOO_MANY_REQUESTS, locale, words::too_often(locale));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

pub(super) fn html(page: &impl Template) -> Response {
    render(StatusCode::OK, page)
}

pub(super) fn render(status: StatusCode, page: &impl Template) -> Response {
    let html = page.render().expect("writing to memory does not fail");
    private(status).content_type("text/html; charset=utf-8").body(html)
}
