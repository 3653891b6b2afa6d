//! What a statement calls things.

use app::ledger::MonthlyLine;
use kernel::{Actor, Id, Locale, kinds};
use ledger::{Posting, PostingKind};

/// What a posting is called.
pub(crate) fn what(posting: &Posting, locale: Locale) -> &'static str {
    let (zh_cn, en) = match posting.kind {
        PostingKind::Redeem if order_of(posting).is_some() => ("订单用积分支付", "Order paid with points"),
        PostingKind::Restore if order_of(posting).is_some() => ("订单退回积分", "Points of an order returned"),
        PostingKind::Earn => ("订单获得", "Order paid"),
        PostingKind::Schedule => ("订单已提货", "Order picked up"),
        PostingKind::Redeem => ("兑换权益", "Perk redeemed"),
        PostingKind::Clawback => ("订单退款", "Order refunded"),
        PostingKind::Lapse => ("到期失效", "Lapsed"),
        PostingKind::Restore => ("兑换已取消", "Redemption cancelled"),
        PostingKind::Forgive => ("免除欠积分", "Debt waived"),
        PostingKind::Adjust => ("人工调整", "Adjusted"),
        PostingKind::MoveOut => ("转到另一家庭", "Moved to another household"),
        PostingKind::MoveIn => ("从另一家庭转入", "Moved from another household"),
    };
    in_language(locale, zh_cn, en)
}

/// The order that points were spent for or came back from: its id stands first in the reference.
fn order_of(posting: &Posting) -> Option<Id<kinds::Order>> {
    posting.cause.reference.split(' ').next().and_then(|first| first.parse().ok())
}

/// What else is worth knowing of a line; empty when nothing is.
pub(crate) fn detail(posting: &Posting, locale: Locale) -> String {
    let points = grouped(posting.points.get());
    match (posting.kind, &posting.earn) {
        (PostingKind::Earn, Some(earn)) => {
            let basis = earn.basis;
            in_language(locale, &format!("实付 {basis}"), &format!("{basis} paid")).to_owned()
        }
        (PostingKind::Schedule, _) => {
            in_language(locale, &format!("{points} 积分有了可用日期"), &format!("{points} points got their first day"))
                .to_owned()
        }
        (PostingKind::Redeem | PostingKind::Restore, _) => {
            order_of(posting).map_or(String::new(), |order| order.to_string())
        }
        (PostingKind::Lapse, _) if posting.reason.is_some() => {
            in_language(locale, "冻结结束", "a hold ended").to_owned()
        }
        _ => String::new(),
    }
}

pub(super) fn who(line: &MonthlyLine, locale: Locale) -> String {
    match (&line.person, line.posting.cause.actor) {
        (Some(name), _) => name.to_string(),
        (None, Actor::Member(_) | Actor::Anonymous) => in_language(locale, "成员", "a member").to_owned(),
        (None, Actor::OrderSystem) => in_language(locale, "订单系统", "order system").to_owned(),
        (None, Actor::Operator) => in_language(locale, "运营方", "operator").to_owned(),
        (None, Actor::Staff(_)) => in_language(locale, "工作人员", "staff").to_owned(),
        (None, Actor::System) => in_language(locale, "日历", "calendar").to_owned(),
    }
}

pub(super) fn left_out(count: &str, locale: Locale) -> String {
    in_language(locale, &format!("另有 {count} 笔未列出"), &format!("{count} more lines are left out")).to_owned()
}

fn in_language<'a>(locale: Locale, zh_cn: &'a str, en: &'a str) -> &'a str {
    locale.choose(zh_cn, en)
}

/// A number with its thousands set apart.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
