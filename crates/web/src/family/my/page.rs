use app::familypay::{MandateShown, PayRequestShown, PayerShown};
use askama::Template;
use kernel::Locale;
use poem::{Response, http::StatusCode};

use super::{
    Visit,
    words::{self, Act},
};
use crate::{
    family::{
        page::{Frame, MessagePage, html, render},
        words as of_payers,
    },
    office::form_token,
};

/// How many orders are shown, the newest first: nobody scrolls through a year of oranges.
const MAX_SHOWN: usize = 10;

/// What she ordered.
#[derive(Template)]
#[template(path = "family/my_orders.html")]
struct OrdersPage {
    frame: Frame,
    address: String,
    orders: Vec<OrderShown>,
}

struct OrderShown {
    goods: String,
    amount: String,
    sentence: String,
    steps: Vec<StepShown>,
}

struct StepShown {
    href: String,
    label: &'static str,
}

/// Whether an order is to end so.
#[derive(Template)]
#[template(path = "family/my_ask.html")]
struct AskPage {
    frame: Frame,
    address: String,
    action: String,
    form_token: String,
    title: &'static str,
    text: &'static str,
    lines: Vec<(String, String)>,
    amount: String,
    yes: &'static str,
}

/// Who pays for her, and the mandates.
#[derive(Template)]
#[template(path = "family/my_family.html")]
struct FamilyPage {
    frame: Frame,
    address: String,
    form_token: String,
    payers: Vec<String>,
    mandates: Vec<MandateLine>,
}

struct MandateLine {
    sentence: String,
    left: String,
    action: String,
    label: String,
}

/// What she ordered, the newest first.
pub(super) fn orders(visit: &Visit<'_>, shown: &[PayRequestShown]) -> Response {
    let (now, zone) = (visit.app.db().clock().now(), visit.app.settings().zone);
    let order = |shown: &PayRequestShown| OrderShown {
        goods: words::goods(&shown.book, visit.locale),
        amount: shown.book.request.amount().to_string(),
        sentence: words::sentence(shown, now, zone, visit.locale),
        steps: words::steps(shown, now)
            .iter()
            .map(|act| StepShown { href: way(visit, *act, shown), label: words::step(*act, visit.locale) })
            .collect(),
    };
    html(&OrdersPage {
        frame: Frame { locale: visit.locale },
        address: visit.address(),
        orders: shown.iter().take(MAX_SHOWN).map(order).collect(),
    })
}

/// Whether an order is to end so.
pub(super) fn ask(visit: &Visit<'_>, act: Act, shown: &PayRequestShown) -> Response {
    let (title, text, yes) = words::question(act, visit.locale);
    html(&AskPage {
        frame: Frame { locale: visit.locale },
        address: visit.address(),
        action: way(visit, act, shown),
        form_token: form_token(&visit.link),
        title,
        text,
        lines: shown.book.lines.iter().map(|line| of_payers::line(line, visit.locale)).collect(),
        amount: shown.book.request.amount().to_string(),
        yes,
    })
}

/// Who pays for her in their order, and the mandates that stand.
pub(super) fn family(visit: &Visit<'_>, payers: &[PayerShown], mandates: &[MandateShown]) -> Response {
    let line = |shown: &MandateShown| {
        let (sentence, left, label) = words::mandate(shown, visit.principal.person, visit.locale);
        let action = format!("{}/mandates/{}/revoke", visit.address(), shown.mandate.id);
        MandateLine { sentence, left, action, label }
    };
    html(&FamilyPage {
        frame: Frame { locale: visit.locale },
        address: visit.address(),
        form_token: form_token(&visit.link),
        payers: payers.iter().map(|payer| payer.name.to_string()).collect(),
        mandates: mandates.iter().map(line).collect(),
    })
}

/// A sentence, and the way back to her orders where there is one.
pub(super) fn message(
    status: StatusCode,
    locale: Locale,
    (title, text): (&'static str, &'static str),
    back: Option<String>,
) -> Response {
    render(status, &MessagePage { frame: Frame { locale }, title, text, back })
}

fn way(visit: &Visit<'_>, act: Act, shown: &PayRequestShown) -> String {
    format!("{}/orders/{}/{}", visit.address(), shown.book.request.id(), act.word())
}
