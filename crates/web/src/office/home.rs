use app::attention::Attention;
use askama::Template;

use super::{
    Answer, Frame,
    desk::{Desk, show},
};

/// Where a day at the office begins.
#[derive(Template)]
#[template(path = "office/home.html")]
struct HomePage {
    frame: Frame,
    cards: Vec<Card>,
}

/// Something that may want attention.
struct Card {
    path: &'static str,
    name: &'static str,
    value: String,
    is_urgent: bool,
}

/// `GET /office`.
pub(super) async fn home(desk: Desk) -> Answer {
    let attention = desk.app.find_attention(&desk.principal).await?;
    let cards = cards(&desk.frame, &attention);
    show(&HomePage { frame: desk.frame, cards })
}

fn cards(frame: &Frame, attention: &Attention) -> Vec<Card> {
    let count = |path: &'static str, zh_cn: &'static str, en: &'static str, count: Option<u64>| {
        let count = i64::try_from(count?).unwrap_or(i64::MAX);
        Some(Card { path, name: frame.t(zh_cn, en), value: frame.number(count), is_urgent: count > 0 })
    };
    let sealed = attention.sealed_at.map(|at| Card {
        path: "/office/pictures",
        name: frame.t("账本最近封存", "Ledger last sealed"),
        value: frame.minute(&at),
        is_urgent: false,
    });
    let waiting = count("/office/parked", "待处理的事件", "Events waiting", attention.waiting_events);
    let cards = [
        count("/office/approvals", "待审批", "Approvals waiting", attention.pending_approvals),
        count("/office/parked", "搁置的事件", "Events parked", attention.parked_events),
        count("/office/deliveries", "搁置的投递", "Deliveries parked", attention.parked_deliveries),
        // Events wait for a moment all the time: a number, no alarm.
        waiting.map(|card| Card { is_urgent: false, ..card }),
        sealed,
    ];
    cards.into_iter().flatten().collect()
}
