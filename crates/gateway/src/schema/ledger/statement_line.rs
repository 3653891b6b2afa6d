use ::ledger::{Account, Posting};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use kernel::{Actor, Id, Label, Locale, kinds};

use crate::schema::{
    accounts::Person,
    ids,
    money::Money,
    scalars::{Instant, LocalDate, points, signed_points},
    session::session,
};

pub(in crate::schema) struct StatementLine(Posting);

/// What kind of cause changed an account.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "PostingKind")]
enum PostingKind {
    /// An order was paid: points came in.
    Earn,
    /// The order was picked up: its points got their first day. Nothing came in or went out.
    Schedule,
    /// A perk was redeemed: points were spent.
    Redeem,
    /// An order was refunded: what it had earned was taken back.
    Clawback,
    /// A lot's last day ended: its points lapsed.
    Lapse,
    /// A redemption was taken back: its points returned with their age.
    Restore,
    /// What the household owed was waived, in whole or in part.
    Forgive,
    /// The operator gave or took points by decision.
    Adjust,
    /// Points went to another household.
    MoveOut,
    /// Points came from another household.
    MoveIn,
}

/// Who caused something.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ActorKind {
    /// Nobody signed in.
    Anonymous,
    /// A member of the household.
    Member,
    /// The operator's order system.
    OrderSystem,
    /// The operator.
    Operator,
    /// Somebody of the operator's staff.
    Staff,
    /// The calendar: what falls due by itself.
    System,
}

/// A place points move from or to.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AccountKind {
    /// A lot of this household.
    Lot,
    /// What this household owes.
    Owed,
    /// The program, which issues points and takes them back.
    Issued,
    /// The program, for points that were spent.
    Redeemed,
    /// The program, for points that lapsed.
    Lapsed,
    /// The program, for points given and taken by decision.
    Adjusted,
    /// The program, for debts it waived.
    Forgiven,
    /// Another household.
    Moved,
}

/// Points that moved from one place to another.
#[derive(SimpleObject)]
struct Transfer {
    /// How many.
    points: i32,
    /// Where they were.
    from: AccountKind,
    /// The lot they left, when they left one.
    from_lot_id: Option<ID>,
    /// Where they are now.
    to: AccountKind,
    /// The lot they came into, when they came into one.
    to_lot_id: Option<ID>,
}

impl From<Posting> for StatementLine {
    fn from(posting: Posting) -> Self {
        Self(posting)
    }
}

/// One change of an account and its cause. Never edited: a mistake is corrected by another line.
#[Object]
impl StatementLine {
    /// The line's id.
    pub(in crate::schema) async fn id(&self) -> ID {
        ids::write(self.0.cause.id)
    }

    /// What kind of cause it is.
    async fn kind(&self) -> PostingKind {
        match self.0.kind {
            ::ledger::PostingKind::Earn => PostingKind::Earn,
            ::ledger::PostingKind::Schedule => PostingKind::Schedule,
            ::ledger::PostingKind::Redeem => PostingKind::Redeem,
            ::ledger::PostingKind::Clawback => PostingKind::Clawback,
            ::ledger::PostingKind::Lapse => PostingKind::Lapse,
            ::ledger::PostingKind::Restore => PostingKind::Restore,
            ::ledger::PostingKind::Forgive => PostingKind::Forgive,
            ::ledger::PostingKind::Adjust => PostingKind::Adjust,
            ::ledger::PostingKind::MoveOut => PostingKind::MoveOut,
            ::ledger::PostingKind::MoveIn => PostingKind::MoveIn,
        }
    }

    /// How many points richer the household is by it: negative for what was spent, taken back or lapsed. Debt counts as less
    /// than nothing, so points that paid a debt are in it too.
    async fn points(&self) -> Result<i32> {
        signed_points(self.0.net_points())
    }

    /// The cause as a sentence, in Chinese, or in English when `Accept-Language` asks for it.
    async fn cause(&self, ctx: &Context<'_>) -> String {
        sentence(&self.0, session(ctx).locale())
    }

    /// The cause by its id: an order, a grant, an order and a refund, a lot.
    async fn reference(&self) -> &str {
        &self.0.cause.reference
    }

    /// The cash that earned; null for anything but an earn.
    async fn basis(&self) -> Option<Money> {
        self.0.earn.as_ref().map(|earn| earn.basis.into())
    }

    /// The day it counts for, in the operator's time zone.
    async fn business_date(&self) -> LocalDate {
        LocalDate(self.0.cause.business_date)
    }

    /// When it was written.
    async fn posted_at(&self) -> Instant {
        Instant(self.0.cause.posted_at)
    }

    /// What kind of actor caused it.
    async fn actor(&self) -> ActorKind {
        match self.0.cause.actor {
            Actor::Anonymous => ActorKind::Anonymous,
            Actor::Member(_) => ActorKind::Member,
            Actor::OrderSystem => ActorKind::OrderSystem,
            Actor::Operator => ActorKind::Operator,
            Actor::Staff(_) => ActorKind::Staff,
            Actor::System => ActorKind::System,
        }
    }

    /// Which member caused it; null when it was no member.
    async fn person(&self) -> Option<Person> {
        self.0.cause.actor.person().map(Person::new)
    }

    /// All points of the household after it, pending and held ones included.
    async fn balance_after(&self) -> Result<i32> {
        points(self.0.balance_after)
    }

    /// What the household owed after it.
    async fn owed_after(&self) -> Result<i32> {
        points(self.0.owed_after)
    }

    /// Why, in the operator's words; for points that lapsed when a hold ended, which hold and when. Null for other lines.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_ref().map(Label::as_str)
    }

    /// The line this one belongs to: the earn that is scheduled or taken back, the redemption that is restored. Null for other
    /// lines, and when that line is another household's, from before points moved here.
    async fn corrects_id(&self) -> Option<ID> {
        self.0.corrects.filter(|_| self.0.counterpart.is_none()).map(ids::write)
    }

    /// The moves it is made of, lot by lot, in the order they were made.
    async fn transfers(&self) -> Result<Vec<Transfer>> {
        let transfers = self.0.transfers.iter().map(|transfer| {
            let (from, from_lot) = place(transfer.from);
            let (to, to_lot) = place(transfer.to);
            let points = points(transfer.points)?;
            Ok(Transfer { points, from, from_lot_id: from_lot.map(ids::write), to, to_lot_id: to_lot.map(ids::write) })
        });
        transfers.collect()
    }
}

fn place(account: Account) -> (AccountKind, Option<Id<kinds::Lot>>) {
    match account {
        Account::Lot(lot) => (AccountKind::Lot, Some(lot)),
        Account::Owed => (AccountKind::Owed, None),
        Account::Issued => (AccountKind::Issued, None),
        Account::Redeemed => (AccountKind::Redeemed, None),
        Account::Lapsed => (AccountKind::Lapsed, None),
        Account::Adjusted => (AccountKind::Adjusted, None),
        Account::Forgiven => (AccountKind::Forgiven, None),
        Account::Moved => (AccountKind::Moved, None),
    }
}

fn sentence(posting: &Posting, locale: Locale) -> String {
    let points = posting.points;
    let basis = posting.earn.as_ref().map(|earn| earn.basis.to_string()).unwrap_or_default();
    match (posting.kind, locale) {
        (::ledger::PostingKind::Earn, Locale::ZhCn) => format!("订单实付 {basis},获得 {points} 积分"),
        (::ledger::PostingKind::Earn, Locale::En) => format!("Paid {basis} for an order: {points} points earned"),
        (::ledger::PostingKind::Schedule, Locale::ZhCn) => format!("订单已提货,{points} 积分的可用日期已确定"),
        (::ledger::PostingKind::Schedule, Locale::En) => {
            format!("Order picked up: {points} points now have the day they become available")
        }
        (::ledger::PostingKind::Redeem, Locale::ZhCn) => format!("兑换权益,使用 {points} 积分"),
        (::ledger::PostingKind::Redeem, Locale::En) => format!("Perk redeemed for {points} points"),
        (::ledger::PostingKind::Clawback, Locale::ZhCn) => format!("订单退款,收回 {points} 积分"),
        (::ledger::PostingKind::Clawback, Locale::En) => format!("Order refunded: {points} points taken back"),
        (::ledger::PostingKind::Lapse, Locale::ZhCn) if posting.reason.is_some() => {
            format!("冻结已结束,{points} 积分在冻结期间过了最后可用日,随之失效")
        }
        (::ledger::PostingKind::Lapse, Locale::En) if posting.reason.is_some() => {
            format!("A hold ended: {points} of its points lapsed, as their last day had come meanwhile")
        }
        (::ledger::PostingKind::Lapse, Locale::ZhCn) => format!("{points} 积分到期失效"),
        (::ledger::PostingKind::Lapse, Locale::En) => format!("{points} points lapsed"),
        (::ledger::PostingKind::Restore, Locale::ZhCn) => format!("兑换已取消,退回 {points} 积分"),
        (::ledger::PostingKind::Restore, Locale::En) => format!("Redemption cancelled: {points} points returned"),
        (::ledger::PostingKind::Forgive, Locale::ZhCn) => format!("免除所欠 {points} 积分"),
        (::ledger::PostingKind::Forgive, Locale::En) => format!("{points} owed points waived"),
        (::ledger::PostingKind::Adjust, Locale::ZhCn) => format!("人工调整 {points} 积分"),
        (::ledger::PostingKind::Adjust, Locale::En) => format!("{points} points adjusted"),
        (::ledger::PostingKind::MoveOut, Locale::ZhCn) => format!("{points} 积分转到另一家庭"),
        (::ledger::PostingKind::MoveOut, Locale::En) => format!("{points} points moved to another household"),
        (::ledger::PostingKind::MoveIn, Locale::ZhCn) => format!("{points} 积分从另一家庭转入"),
        (::ledger::PostingKind::MoveIn, Locale::En) => format!("{points} points moved from another household"),
    }
}
