use app::familypay::{
    MoneyDifference, PayRequestShown, PayRequestState, PayRequestStory, PaymentsInBalance, ReconciledDay,
};
use askama::Template;
use kernel::{Id, Timestamp, kinds};

use super::{Answer, Away, Desk, Frame, desk::show};

/// Requests that relatives pay, and all their money in figures.
#[derive(Template)]
#[template(path = "office/payments.html")]
struct PaymentsPage {
    frame: Frame,
    rows: Vec<Row>,
    balance: PaymentsInBalance,
    days: Vec<Day>,
    older: Option<String>,
}

/// A provider's books of a day, held against ours.
struct Day {
    day: String,
    provider: &'static str,
    payments: usize,
    refunds: usize,
    /// What has to be looked at, in words.
    differences: Vec<String>,
}

/// A request in a list.
struct Row {
    id: String,
    household: String,
    state: &'static str,
    amount: String,
    asked_at: Option<Timestamp>,
    deadline: Option<Timestamp>,
}

/// One request with its whole story.
#[derive(Template)]
#[template(path = "office/payment.html")]
struct StoryPage {
    frame: Frame,
    row: Row,
    asked_by: String,
    paid_by: Option<String>,
    goods: Vec<(String, String, String)>,
    happened: Vec<Happened>,
}

/// Something that happened to a request's money.
struct Happened {
    at: Timestamp,
    what: &'static str,
    number: String,
    who: String,
    amount: String,
    detail: String,
}

/// `GET /office/payments`, the newest first; with `before`, those older than it.
pub(super) async fn payments(desk: Desk) -> Answer {
    let before = desk.query.optional::<Id<kinds::PayRequest>>("before")?;
    let shown = desk.app.list_pay_requests_for_staff(&desk.principal, before).await??;
    let balance = desk.app.balance_payments(&desk.principal).await??;
    let days = desk.app.list_reconciled_days(&desk.principal).await??;
    let days = days.iter().map(|day| day_of(&desk.frame, day)).collect();
    let older = shown.last().filter(|_| shown.len() >= 50).map(|last| last.book.request.id().to_string());
    let rows = shown.iter().map(|shown| row(&desk.frame, shown)).collect();
    show(&PaymentsPage { frame: desk.frame, rows, balance, days, older })
}

/// `GET /office/payments/ID`.
pub(super) async fn payment(desk: Desk) -> Answer {
    let id = desk.id::<kinds::PayRequest>()?;
    let story = desk.app.find_pay_request_story(&desk.principal, id).await??.ok_or(Away::NotThere)?;
    let lines = story.shown.book.lines.iter();
    let goods =
        lines.map(|line| (line.name.to_string(), format!("{} {}", line.quantity, line.unit), line.amount.to_string()));
    show(&StoryPage {
        row: row(&desk.frame, &story.shown),
        asked_by: story.shown.book.request.asked_by().to_string(),
        paid_by: story.shown.paid_by.map(|payer| payer.to_string()),
        goods: goods.collect(),
        happened: happened(&desk.frame, &story),
        frame: desk.frame,
    })
}

fn day_of(frame: &Frame, day: &ReconciledDay) -> Day {
    let (unknown, missing) = (frame.t("我们没有记录", "not known here"), frame.t("对方账上没有", "not in their books"));
    let said = |difference: &MoneyDifference| match difference {
        MoneyDifference::Unknown { number, amount } => format!("{number} {amount} {unknown}"),
        MoneyDifference::Missing { number, amount } => format!("{number} {amount} {missing}"),
        MoneyDifference::Amount { number, ours, theirs } => {
            format!("{number} {} {ours} ≠ {} {theirs}", frame.t("我们", "ours"), frame.t("对方", "theirs"))
        }
    };
    Day {
        day: day.day.to_string(),
        provider: day.provider.word(),
        payments: day.found.payments_count,
        refunds: day.found.refunds_count,
        differences: day.found.differences.iter().map(said).collect(),
    }
}

fn row(frame: &Frame, shown: &PayRequestShown) -> Row {
    let request = &shown.book.request;
    Row {
        id: request.id().to_string(),
        household: request.household().to_string(),
        state: state_word(frame, shown.state),
        amount: request.amount().to_string(),
        asked_at: request.asked_at(),
        deadline: request.deadline(),
    }
}

/// Attempts, payments and refunds in the order they happened.
fn happened(frame: &Frame, story: &PayRequestStory) -> Vec<Happened> {
    let attempts = story.attempts.iter().map(|attempt| Happened {
        at: attempt.begun_at,
        what: frame.t("尝试支付", "Attempt"),
        number: attempt.id.to_string(),
        who: attempt.payer.to_string(),
        amount: attempt.amount.to_string(),
        detail: if attempt.mandate.is_some() { frame.t("亲情额度", "mandate") } else { attempt.provider.word() }
            .to_owned(),
    });
    let payments = story.payments.iter().map(|noted| Happened {
        at: noted.noted_at,
        what: frame.t("收到付款", "Payment"),
        number: noted.payment.provider_ref.as_str().to_owned(),
        who: noted.origin.map(|origin| origin.payer.to_string()).unwrap_or_default(),
        amount: noted.payment.amount.to_string(),
        detail: noted.settled.word().to_owned(),
    });
    let refunds = story.refunds.iter().map(|refund| Happened {
        at: refund.created_at,
        what: frame.t("退回", "Refund"),
        number: refund.id.to_string(),
        who: refund.origin.map(|origin| origin.payer.to_string()).unwrap_or_default(),
        amount: refund.amount.to_string(),
        detail: refund.state.word().to_owned(),
    });
    let mut all: Vec<Happened> = attempts.chain(payments).chain(refunds).collect();
    all.sort_by_key(|it| it.at);
    all
}

fn state_word(frame: &Frame, state: PayRequestState) -> &'static str {
    let (zh_cn, en) = match state {
        PayRequestState::Draft => ("草稿", "draft"),
        PayRequestState::Asked => ("已请求", "asked"),
        PayRequestState::Claimed { .. } => ("支付中", "at the cashier"),
        PayRequestState::Paid => ("已支付", "paid"),
        PayRequestState::Declined => ("已婉拒", "declined by all"),
        PayRequestState::Expired => ("已过期", "expired"),
        PayRequestState::Cancelled => ("已取消", "cancelled"),
        PayRequestState::PayAtPickUp => ("到店自付", "paid at pick-up"),
        PayRequestState::RefundedPartly => ("已部分退款", "refunded partly"),
        PayRequestState::Refunded => ("已退款", "refunded"),
    };
    frame.t(zh_cn, en)
}
