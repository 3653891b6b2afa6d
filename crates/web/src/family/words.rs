//! What a request says to its payer, in Chinese and in English: plain, kind, and nothing that hurries.

use app::familypay::{
    DeclineReason, PayLine, PayRequestBook, PayRequestByLink, PayRequestState, RefundState, StoredRefund,
};
use kernel::{Id, Locale, Money, Timestamp, Zone, kinds};

/// A title, and a sentence.
type Message = (&'static str, &'static str);

/// How a request stands for one payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// They are asked: they may pay, or pass it on.
    YourTurn,
    /// They passed it on, and may pay all the same.
    PassedOn,
    /// They were at the cashier, and nothing has come in yet.
    AtCashier,
    /// Somebody before them is asked.
    NotYet,
    /// Somebody else is at the cashier until then.
    ElsewhereUntil(Timestamp),
    /// They paid.
    PaidByYou,
    /// Somebody else paid; nobody by name where that is not known.
    PaidBy(Option<Id<kinds::Person>>),
    /// Its time is over: the senior pays at pick-up, or calls it off.
    Expired,
    /// All passed it on: the senior pays at pick-up, or calls it off.
    DeclinedByAll,
    /// The senior called it off.
    CalledOff,
    /// The senior pays at pick-up.
    AtPickUp,
}

impl Standing {
    /// How it stands for whoever has the link.
    pub(super) fn of(seen: &PayRequestByLink) -> Self {
        let request = &seen.shown.book.request;
        let theirs = match request.current_payer() {
            Some(current) if current == seen.payer => Self::YourTurn,
            _ => Self::PassedOn,
        };
        match seen.shown.state {
            _ if !seen.is_asked && seen.shown.state.is_waiting() => Self::NotYet,
            PayRequestState::Asked => theirs,
            PayRequestState::Claimed { by, .. } if by == seen.payer => Self::AtCashier,
            PayRequestState::Claimed { until, .. } => Self::ElsewhereUntil(until),
            PayRequestState::Paid | PayRequestState::RefundedPartly | PayRequestState::Refunded => {
                match seen.shown.paid_by {
                    Some(payer) if payer == seen.payer => Self::PaidByYou,
                    payer => Self::PaidBy(payer),
                }
            }
            PayRequestState::Declined => Self::DeclinedByAll,
            PayRequestState::Expired => Self::Expired,
            PayRequestState::Draft | PayRequestState::Cancelled => Self::CalledOff,
            PayRequestState::PayAtPickUp => Self::AtPickUp,
        }
    }

    /// Whether the cashier is open to them.
    pub(super) fn may_pay(self) -> bool {
        matches!(self, Self::YourTurn | Self::PassedOn | Self::AtCashier)
    }

    /// Whether what is asked for is shown: not before they are asked.
    pub(super) fn shows_goods(self) -> bool {
        self != Self::NotYet
    }
}

/// What is so, as a title and a sentence.
pub(super) fn standing(it: &Standing, seen: &PayRequestByLink, zone: Zone, locale: Locale) -> (String, String) {
    let senior = seen.shown.asked_by_name.as_str();
    let payers = || seen.shown.book.request.payers().iter().zip(&seen.shown.payer_names);
    let somebody = match locale {
        Locale::ZhCn => "家人",
        Locale::En => "Somebody of the family",
    };
    let name = match it {
        Standing::PaidBy(Some(payer)) => {
            payers().find(|(person, _)| *person == payer).map_or(somebody, |(_, name)| name.as_str())
        }
        _ => somebody,
    };
    let back = match seen.shown.state {
        PayRequestState::RefundedPartly => Some(seen.shown.book.request.refunded()),
        PayRequestState::Refunded => Some(seen.shown.book.request.amount()),
        _ => None,
    };
    let until = match it {
        Standing::ElsewhereUntil(until) => moment(*until, zone, locale),
        _ => String::new(),
    };
    match locale {
        Locale::ZhCn => in_chinese(*it, senior, name, back, &until),
        Locale::En => in_english(*it, senior, name, back, &until),
    }
}

fn in_chinese(it: Standing, senior: &str, payer: &str, back: Option<Money>, until: &str) -> (String, String) {
    match (it, back) {
        (Standing::YourTurn, _) => (format!("{senior}想买这些"), "想请您帮忙付款。".to_owned()),
        (Standing::PassedOn, _) => (format!("{senior}想买这些"), "您已转给别的家人。您想付，也还可以付。".to_owned()),
        (Standing::AtCashier, _) => {
            ("付款还没有到账".to_owned(), "如果刚才已经付了，不用再付，过一会儿再打开这一页看看。".to_owned())
        }
        (Standing::NotYet, _) => ("还不用您付款".to_owned(), format!("{senior}先请了别的家人。需要您时，会再告诉您。")),
        (Standing::ElsewhereUntil(_), _) => {
            ("别的家人正在付款".to_owned(), format!("如果没有付成，{until}以后您可以付。"))
        }
        (Standing::PaidByYou, None) => ("您已付款，谢谢".to_owned(), format!("{senior}已经收到消息。")),
        (Standing::PaidByYou, Some(back)) => ("您已付款".to_owned(), format!("其中 {back} 已退回给您。")),
        (Standing::PaidBy(_), _) => (format!("{payer}已付款"), "您不用再付了。".to_owned()),
        (Standing::Expired, _) => ("这个链接已过期".to_owned(), format!("现在不能付款了。{senior}可以取货时自己付。")),
        (Standing::DeclinedByAll, _) => {
            ("已经告诉家里".to_owned(), format!("这次家人都不方便付，{senior}可以取货时自己付。"))
        }
        (Standing::CalledOff, _) => ("不用付款了".to_owned(), format!("{senior}取消了这一单。")),
        (Standing::AtPickUp, _) => ("不用付款了".to_owned(), format!("{senior}取货时自己付。")),
    }
}

fn in_english(it: Standing, senior: &str, payer: &str, back: Option<Money>, until: &str) -> (String, String) {
    match (it, back) {
        (Standing::YourTurn, _) => (format!("{senior} would like these"), "You are asked to pay for them.".to_owned()),
        (Standing::PassedOn, _) => {
            (format!("{senior} would like these"), "You passed it on. You may still pay if you like.".to_owned())
        }
        (Standing::AtCashier, _) => (
            "Your payment has not come in yet".to_owned(),
            "If you have just paid, do not pay again: open this page again in a while.".to_owned(),
        ),
        (Standing::NotYet, _) => (
            "Nothing to pay yet".to_owned(),
            format!("{senior} asked somebody else first. You will hear if you are needed."),
        ),
        (Standing::ElsewhereUntil(_), _) => {
            ("Somebody else is paying".to_owned(), format!("If they do not, you may after {until}."))
        }
        (Standing::PaidByYou, None) => ("You have paid. Thank you".to_owned(), format!("{senior} has been told.")),
        (Standing::PaidByYou, Some(back)) => ("You have paid".to_owned(), format!("{back} of it went back to you.")),
        (Standing::PaidBy(_), _) => (format!("{payer} has paid"), "There is nothing left to pay.".to_owned()),
        (Standing::Expired, _) => {
            ("This link has expired".to_owned(), format!("It takes no money any more. {senior} can pay at pick-up."))
        }
        (Standing::DeclinedByAll, _) => {
            (format!("{senior} has been told"), "Nobody could pay this time. It can be paid at pick-up.".to_owned())
        }
        (Standing::CalledOff, _) => ("Nothing to pay".to_owned(), format!("{senior} called this order off.")),
        (Standing::AtPickUp, _) => ("Nothing to pay".to_owned(), format!("{senior} pays at pick-up.")),
    }
}

/// A line as what it is and what it costs.
pub(super) fn line(line: &PayLine, locale: Locale) -> (String, String) {
    let what = match locale {
        Locale::ZhCn => format!("{} {}{}", line.name, line.quantity, line.unit),
        Locale::En => format!("{}, {} {}", line.name, line.quantity, line.unit),
    };
    (what, line.amount.to_string())
}

/// Until when it can be paid, and where it is picked up.
pub(super) fn facts(book: &PayRequestBook, may_pay: bool, zone: Zone, locale: Locale) -> Vec<(&'static str, String)> {
    let (until, pick_up) = match locale {
        Locale::ZhCn => ("付款截止", "自提地点"),
        Locale::En => ("Pay until", "Pick up at"),
    };
    let deadline = book.request.deadline().filter(|_| may_pay).map(|deadline| (until, moment(deadline, zone, locale)));
    let place = book.pick_up.as_ref().map(|place| (pick_up, place.to_string()));
    deadline.into_iter().chain(place).collect()
}

/// A payment that was not needed, and where it is.
pub(super) fn surplus(refund: &StoredRefund, locale: Locale) -> String {
    let amount = refund.amount;
    match (refund.state, locale) {
        (RefundState::Succeeded, Locale::ZhCn) => format!("您付的 {amount} 不需要，已原路退回。"),
        (RefundState::Succeeded, Locale::En) => format!("Your {amount} was not needed and went back the way it came."),
        (RefundState::Failed, Locale::ZhCn) => format!("您付的 {amount} 不需要，但退回没有成功，客服会联系您。"),
        (RefundState::Failed, Locale::En) => {
            format!("Your {amount} was not needed, but could not be sent back. Support will be in touch.")
        }
        (RefundState::ToSend | RefundState::Sent, Locale::ZhCn) => format!("您付的 {amount} 不需要，正在原路退回。"),
        (RefundState::ToSend | RefundState::Sent, Locale::En) => {
            format!("Your {amount} was not needed and is on its way back.")
        }
    }
}

/// A kind reason to pass it on.
pub(super) fn reason(reason: DeclineReason, locale: Locale) -> &'static str {
    match (reason, locale) {
        (DeclineReason::Busy, Locale::ZhCn) => "我现在不方便付",
        (DeclineReason::Busy, Locale::En) => "I cannot pay just now",
        (DeclineReason::NotNeeded, Locale::ZhCn) => "家里已经有了",
        (DeclineReason::NotNeeded, Locale::En) => "We have this at home",
        (DeclineReason::TalkFirst, Locale::ZhCn) => "我先打个电话商量",
        (DeclineReason::TalkFirst, Locale::En) => "Let us talk first",
        (DeclineReason::SomebodyElse, Locale::ZhCn) => "请别的家人来付",
        (DeclineReason::SomebodyElse, Locale::En) => "Please ask somebody else",
    }
}

pub(super) fn nowhere(locale: Locale) -> Message {
    match locale {
        Locale::ZhCn => ("打不开这个链接", "请从最新的消息里再打开一次。"),
        Locale::En => ("This link leads nowhere", "Please open it again from the latest message."),
    }
}

pub(super) fn too_often(locale: Locale) -> Message {
    match locale {
        Locale::ZhCn => ("打开得太快了", "请过一分钟再打开。付过的钱不会丢。"),
        Locale::En => ("Opened too often", "Please wait a minute. Money that was paid is not lost."),
    }
}

pub(super) fn broken(locale: Locale) -> Message {
    match locale {
        Locale::ZhCn => ("暂时打不开", "请过一会儿再试。付过的钱不会丢。"),
        Locale::En => ("Not just now", "Please try again later. Money that was paid is not lost."),
    }
}

pub(super) fn no_provider(locale: Locale) -> Message {
    match locale {
        Locale::ZhCn => ("现在不能付款", "这里还没有开通付款。"),
        Locale::En => ("Nothing can be paid now", "No way to pay is set up here."),
    }
}

pub(super) fn provider_away(locale: Locale) -> Message {
    match locale {
        Locale::ZhCn => ("微信暂时没有回应", "钱还没有付。请过几分钟再点付款。"),
        Locale::En => ("WeChat does not answer just now", "Nothing was paid. Please press Pay again in a few minutes."),
    }
}

pub(super) fn too_many_attempts(locale: Locale) -> Message {
    match locale {
        Locale::ZhCn => ("试的次数太多了", "请给家里打个电话，可以取货时再付。"),
        Locale::En => ("Tried too often", "Please call home: it can be paid at pick-up."),
    }
}

/// A day and a time of day in the operator's zone.
pub(super) fn moment(at: Timestamp, zone: Zone, locale: Locale) -> String {
    let pattern = match locale {
        Locale::ZhCn => "%-m月%-d日 %H:%M",
        Locale::En => "%-d %B, %H:%M",
    };
    zone.local(at).format(pattern).to_string()
}
