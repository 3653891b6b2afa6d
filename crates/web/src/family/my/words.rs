//! What an order and a mandate say to the senior, in Chinese and in English: one plain sentence each.

use app::familypay::{MandateShown, PayRequestBook, PayRequestShown, PayRequestState};
use kernel::{Id, Locale, Timestamp, Zone, kinds};

use crate::family::words::moment;

/// What she may do about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// She pays when she picks it up.
    PayAtPickUp,
    /// She calls it off.
    Cancel,
}

impl Act {
    /// The word of the address.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::PayAtPickUp => "pick-up",
            Self::Cancel => "cancel",
        }
    }
}

/// What she may do about it now, her next step first. While somebody is at the cashier the way out is to call it off: both would pay.
pub(super) fn steps(shown: &PayRequestShown, now: Timestamp) -> &'static [Act] {
    let is_closed = shown.book.request.cut_off() <= now;
    match shown.state {
        PayRequestState::Claimed { .. } => &[Act::Cancel],
        PayRequestState::Asked if is_closed => &[Act::Cancel],
        PayRequestState::Asked => &[Act::PayAtPickUp, Act::Cancel],
        PayRequestState::Declined | PayRequestState::Expired if !is_closed => &[Act::PayAtPickUp, Act::Cancel],
        PayRequestState::Declined
        | PayRequestState::Expired
        | PayRequestState::Draft
        | PayRequestState::Paid
        | PayRequestState::Cancelled
        | PayRequestState::PayAtPickUp
        | PayRequestState::RefundedPartly
        | PayRequestState::Refunded => &[],
    }
}

/// How it stands, in a sentence.
pub(super) fn sentence(shown: &PayRequestShown, now: Timestamp, zone: Zone, locale: Locale) -> String {
    let request = &shown.book.request;
    let name = |person: Option<Id<kinds::Person>>| {
        let mut named = request.payers().iter().zip(&shown.payer_names);
        named.find(|(payer, _)| Some(**payer) == person).map_or("", |(_, name)| name.as_str())
    };
    let until = request.deadline().map(|at| moment(at, zone, locale)).unwrap_or_default();
    let is_closed = request.cut_off() <= now;
    let (asked, paid) = (name(request.current_payer()), name(shown.paid_by));
    let at_cashier = match shown.state {
        PayRequestState::Claimed { by, .. } => name(Some(by)),
        _ => "",
    };
    match locale {
        Locale::ZhCn => match shown.state {
            PayRequestState::Draft => "还没有请家人付款。".to_owned(),
            PayRequestState::Asked => format!("已经请{asked}付款，等到{until}。"),
            PayRequestState::Claimed { .. } => format!("{at_cashier}正在付款。"),
            PayRequestState::Paid => format!("{paid}已经付好了，取货时直接拿。"),
            PayRequestState::Declined | PayRequestState::Expired if is_closed => {
                "没有付成，这一单没有订上。".to_owned()
            }
            PayRequestState::Declined => "家人这次都不方便付。没关系，您可以取货时自己付。".to_owned(),
            PayRequestState::Expired => "还没有人付款。没关系，您可以取货时自己付。".to_owned(),
            PayRequestState::Cancelled => "这一单已经取消，不用付钱。".to_owned(),
            PayRequestState::PayAtPickUp => "取货时您自己付。".to_owned(),
            PayRequestState::RefundedPartly => format!("{paid}付好了，其中 {} 已退回给{paid}。", request.refunded()),
            PayRequestState::Refunded => format!("钱已经全部退回给{paid}。"),
        },
        Locale::En => match shown.state {
            PayRequestState::Draft => "Nobody has been asked to pay yet.".to_owned(),
            PayRequestState::Asked => format!("{asked} has been asked to pay, until {until}."),
            PayRequestState::Claimed { .. } => format!("{at_cashier} is paying just now."),
            PayRequestState::Paid => format!("{paid} has paid. Just pick it up."),
            PayRequestState::Declined | PayRequestState::Expired if is_closed => {
                "It was not paid, and nothing was ordered.".to_owned()
            }
            PayRequestState::Declined => "Nobody could pay this time. You can pay when you pick it up.".to_owned(),
            PayRequestState::Expired => "Nobody has paid yet. You can pay when you pick it up.".to_owned(),
            PayRequestState::Cancelled => "It was called off. Nothing to pay.".to_owned(),
            PayRequestState::PayAtPickUp => "You pay when you pick it up.".to_owned(),
            PayRequestState::RefundedPartly => {
                format!("{paid} has paid, and {} went back to {paid}.", request.refunded())
            }
            PayRequestState::Refunded => format!("All of the money went back to {paid}."),
        },
    }
}

/// What was ordered, in one line.
pub(super) fn goods(book: &PayRequestBook, locale: Locale) -> String {
    let said = |line: &app::familypay::PayLine| crate::family::words::line(line, locale).0;
    let between = match locale {
        Locale::ZhCn => "、",
        Locale::En => "; ",
    };
    book.lines.iter().map(said).collect::<Vec<_>>().join(between)
}

/// What a step is called.
pub(super) fn step(act: Act, locale: Locale) -> &'static str {
    match (act, locale) {
        (Act::PayAtPickUp, Locale::ZhCn) => "取货时我自己付",
        (Act::PayAtPickUp, Locale::En) => "I pay at pick-up",
        (Act::Cancel, Locale::ZhCn) => "不要这一单了",
        (Act::Cancel, Locale::En) => "Call it off",
    }
}

/// A title, what follows, and the word of yes.
pub(super) fn question(act: Act, locale: Locale) -> (&'static str, &'static str, &'static str) {
    match (act, locale) {
        (Act::PayAtPickUp, Locale::ZhCn) => {
            ("取货时您自己付？", "家人就不用付了，我们会告诉他们。", "好，取货时我自己付")
        }
        (Act::PayAtPickUp, Locale::En) => {
            ("Pay when you pick it up?", "Nobody else has to pay then. We will tell them.", "Yes, I pay at pick-up")
        }
        (Act::Cancel, Locale::ZhCn) => {
            ("不要这一单了？", "取消以后不能恢复，可以重新再订。家人已经付的钱会退给家人。", "对，不要了")
        }
        (Act::Cancel, Locale::En) => (
            "Call this order off?",
            "It does not come back, but you can order again. What somebody pays meanwhile goes back to them.",
            "Yes, call it off",
        ),
    }
}

/// A mandate, what is left of it this month, and the word of taking it back.
pub(super) fn mandate(shown: &MandateShown, reader: Id<kinds::Person>, locale: Locale) -> (String, String, String) {
    let (order, month, left) = (shown.mandate.per_order, shown.mandate.per_month, shown.left);
    let (payer, senior) = (&shown.payer_name, &shown.senior_name);
    let is_senior = shown.mandate.senior == reader;
    match (locale, is_senior) {
        (Locale::ZhCn, true) => (
            format!("{payer}替您付：每单最多 {order}，每月最多 {month}。"),
            format!("这个月还剩 {left}。"),
            format!("不用{payer}替我付了"),
        ),
        (Locale::ZhCn, false) => (
            format!("您替{senior}付：每单最多 {order}，每月最多 {month}。"),
            format!("这个月还剩 {left}。"),
            format!("不再替{senior}付了"),
        ),
        (Locale::En, true) => (
            format!("{payer} pays for you: at most {order} an order and {month} a month."),
            format!("{left} are left this month."),
            format!("{payer} need not pay for me"),
        ),
        (Locale::En, false) => (
            format!("You pay for {senior}: at most {order} an order and {month} a month."),
            format!("{left} are left this month."),
            format!("Stop paying for {senior}"),
        ),
    }
}

pub(super) fn nowhere(locale: Locale) -> (&'static str, &'static str) {
    match locale {
        Locale::ZhCn => ("打不开这个链接", "请在手机里重新打开一次您的订单。"),
        Locale::En => ("This link leads nowhere", "Please open your orders once more from your phone."),
    }
}

pub(super) fn not_there(locale: Locale) -> (&'static str, &'static str) {
    match locale {
        Locale::ZhCn => ("没有找到", "请回到您的订单再看一看。"),
        Locale::En => ("Not found", "Please go back to your orders."),
    }
}

pub(super) fn forged(locale: Locale) -> (&'static str, &'static str) {
    match locale {
        Locale::ZhCn => ("没有做任何改动", "请回到您的订单，再按一次。"),
        Locale::En => ("Nothing was changed", "Please go back to your orders and press once more."),
    }
}

pub(super) fn sold_out(locale: Locale) -> (&'static str, &'static str) {
    match locale {
        Locale::ZhCn => ("卖完了", "您要的东西这次已经卖完，没有订上，也不用付钱。"),
        Locale::En => {
            ("Sold out", "What you wanted is gone this time. Nothing was ordered, and there is nothing to pay.")
        }
    }
}
