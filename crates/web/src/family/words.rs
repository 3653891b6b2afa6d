//! What a request says to its payer, in Chinese and in English: plain, kind, and nothing that hurries.

use app::familypay::{
    DeclineReason, PayLine, PayRequestBook, PayRequestByLink, PayRequestState, RefundState, StoredRefund,
};
use kernel::{Id, Locale, Timestamp, Zone, kinds};

/// A title, and a sentence.
type Message = (&'static str, &'static str);

/// How a request stands for one payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// They are asked: they may pay, or pass it on.
    YourTurn,
    /// They passed it on, and may pay all the same.
    PassedOn,
    /// Somebody before them is asked.
    NotYet,
    /// Somebody else is at the cashier until then.
    ElsewhereUntil(Timestamp),
    /// They paid.
    PaidByYou,
    /// Somebody else paid.
    PaidBy(Id<kinds::Person>),
    /// Its time is over, or all passed it on: the senior pays at pick-up, or calls it off.
    Over,
    /// The senior called it off, or pays at pick-up.
    NotNeeded,
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
            PayRequestState::Claimed { by, .. } if by == seen.payer => theirs,
            PayRequestState::Claimed { until, .. } => Self::ElsewhereUntil(until),
            PayRequestState::Paid | PayRequestState::RefundedPartly | PayRequestState::Refunded => {
                match seen.shown.paid_by {
                    Some(payer) if payer != seen.payer => Self::PaidBy(payer),
                    _ => Self::PaidByYou,
                }
            }
            PayRequestState::Declined | PayRequestState::Expired => Self::Over,
            PayRequestState::Draft | PayRequestState::Cancelled | PayRequestState::PayAtPickUp => Self::NotNeeded,
        }
    }

    /// Whether the cashier is open to them.
    pub(super) fn may_pay(self) -> bool {
        matches!(self, Self::YourTurn | Self::PassedOn)
    }
}

/// What is so, as a title and a sentence.
pub(super) fn standing(it: &Standing, seen: &PayRequestByLink, zone: Zone, locale: Locale) -> (String, String) {
    let senior = seen.shown.asked_by_name.as_str();
    let name = |payer: Id<kinds::Person>| {
        let payers = seen.shown.book.request.payers().iter().zip(&seen.shown.payer_names);
        payers.into_iter().find(|(person, _)| **person == payer).map_or("", |(_, name)| name.as_str())
    };
    let back = match seen.shown.state {
        PayRequestState::RefundedPartly => format!("{}", seen.shown.book.request.refunded()),
        PayRequestState::Refunded => format!("{}", seen.shown.book.request.amount()),
        _ => String::new(),
    };
    match (it, locale) {
        (Standing::YourTurn, Locale::ZhCn) => (format!("{senior}想买这些"), "想请您帮忙付款。".to_owned()),
        (Standing::YourTurn, Locale::En) => {
            (format!("{senior} would like these"), "You are asked to pay for them.".to_owned())
        }
        (Standing::PassedOn, Locale::ZhCn) => {
            (format!("{senior}想买这些"), "您已转给别的家人。您想付，也还可以付。".to_owned())
        }
        (Standing::PassedOn, Locale::En) => {
            (format!("{senior} would like these"), "You passed it on. You may still pay if you like.".to_owned())
        }
        (Standing::NotYet, Locale::ZhCn) => {
            ("还不用您付款".to_owned(), format!("{senior}先请了别的家人。需要您时，会再告诉您。"))
        }
        (Standing::NotYet, Locale::En) => (
            "Nothing to pay yet".to_owned(),
            format!("{senior} asked somebody else first. You will hear if you are needed."),
        ),
        (Standing::ElsewhereUntil(until), Locale::ZhCn) => {
            ("别的家人正在付款".to_owned(), format!("如果没有付成，{}以后您可以付。", moment(*until, zone, locale)))
        }
        (Standing::ElsewhereUntil(until), Locale::En) => (
            "Somebody else is paying".to_owned(),
            format!("If they do not, you may after {}.", moment(*until, zone, locale)),
        ),
        (Standing::PaidByYou, Locale::ZhCn) if back.is_empty() => {
            ("您已付款，谢谢".to_owned(), format!("{senior}已经收到消息。"))
        }
        (Standing::PaidByYou, Locale::En) if back.is_empty() => {
            ("You have paid. Thank you".to_owned(), format!("{senior} has been told."))
        }
        (Standing::PaidByYou, Locale::ZhCn) => ("您已付款".to_owned(), format!("其中 {back} 已退回给您。")),
        (Standing::PaidByYou, Locale::En) => ("You have paid".to_owned(), format!("{back} of it went back to you.")),
        (Standing::PaidBy(payer), Locale::ZhCn) => (format!("{}已付款", name(*payer)), "您不用再付了。".to_owned()),
        (Standing::PaidBy(payer), Locale::En) => {
            (format!("{} has paid", name(*payer)), "There is nothing left to pay.".to_owned())
        }
        (Standing::Over, Locale::ZhCn) => {
            ("这个链接已过期".to_owned(), format!("现在不能付款了。{senior}可以取货时自己付。"))
        }
        (Standing::Over, Locale::En) => {
            ("This link has expired".to_owned(), format!("It takes no money any more. {senior} can pay at pick-up."))
        }
        (Standing::NotNeeded, Locale::ZhCn) => ("不用付款了".to_owned(), format!("{senior}不再需要您付这一单。")),
        (Standing::NotNeeded, Locale::En) => {
            ("Nothing to pay".to_owned(), format!("{senior} does not need you to pay this any more."))
        }
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

pub(super) fn too_many_attempts(locale: Locale) -> Message {
    match locale {
        Locale::ZhCn => ("试的次数太多了", "请给家里打个电话，可以取货时再付。"),
        Locale::En => ("Tried too often", "Please call home: it can be paid at pick-up."),
    }
}

/// A day and a time of day in the operator's zone.
fn moment(at: Timestamp, zone: Zone, locale: Locale) -> String {
    let pattern = match locale {
        Locale::ZhCn => "%-m月%-d日 %H:%M",
        Locale::En => "%-d %B, %H:%M",
    };
    zone.local(at).format(pattern).to_string()
}
