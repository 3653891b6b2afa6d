use ::ledger::{Account, Posting};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use kernel::{Actor, Id, Label, Locale, kinds};

use super::contribution::{Contribution, PageLots};
use crate::schema::{
    accounts::Person,
    ids,
    money::Money,
    scalars::{Instant, LocalDate, points, signed_points},
    session::session,
};

pub(in crate::schema) struct StatementLine {
    posting: Posting,
    page: PageLots,
}

/// What kind of cause changed an account.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "PostingKind")]
enum PostingKind {
    /// An order was paid: points came in.
    Earn,
    /// The order was picked up: its points got their first day. Nothing came in or went out.
    Schedule,
    /// A perk was redeemed, or an order was paid with points: points were spent.
    Redeem,
    /// An order was refunded: what it had earned was taken back.
    Clawback,
    /// A lot's last day ended: its points lapsed.
    Lapse,
    /// A redemption was taken back, or an order that was paid with points refunded: the points returned with their age.
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
pub(in crate::schema) enum ActorKind {
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

impl From<Actor> for ActorKind {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::Anonymous => Self::Anonymous,
            Actor::Member(_) => Self::Member,
            Actor::OrderSystem => Self::OrderSystem,
            Actor::Operator => Self::Operator,
            Actor::Staff(_) => Self::Staff,
            Actor::System => Self::System,
        }
    }
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
        let page = PageLots::of(std::slice::from_ref(&posting));
        Self { posting, page }
    }
}

impl StatementLine {
    /// A line among others, who ask together for what they all need.
    pub(in crate::schema) fn of_page(posting: Posting, page: &PageLots) -> Self {
        Self { posting, page: page.clone() }
    }

    /// Whose points it used; shared with the grant they paid for.
    pub(in crate::schema) async fn contributions_of(&self, ctx: &Context<'_>) -> Result<Vec<Contribution>> {
        self.page.contributions(ctx, &self.posting).await
    }
}

/// One change of an account and its cause. Never edited: a mistake is corrected by another line.
#[Object]
impl StatementLine {
    /// The line's id.
    pub(in crate::schema) async fn id(&self) -> ID {
        ids::write(self.posting.cause.id)
    }

    /// What kind of cause it is.
    async fn kind(&self) -> PostingKind {
        match self.posting.kind {
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
        signed_points(self.posting.net_points())
    }

    /// The cause as a sentence, in Chinese, or in English when `Accept-Language` asks for it.
    async fn cause(&self, ctx: &Context<'_>) -> String {
        sentence(&self.posting, session(ctx).locale())
    }

    /// The cause by its id: an order, a grant, an order and a refund, a lot.
    async fn reference(&self) -> &str {
        &self.posting.cause.reference
    }

    /// The cash that earned; null for anything but an earn.
    async fn basis(&self) -> Option<Money> {
        self.posting.earn.as_ref().map(|earn| earn.basis.into())
    }

    /// The day it counts for, in the operator's time zone.
    async fn business_date(&self) -> LocalDate {
        LocalDate(self.posting.cause.business_date)
    }

    /// When it was written.
    async fn posted_at(&self) -> Instant {
        Instant(self.posting.cause.posted_at)
    }

    /// What kind of actor caused it.
    async fn actor(&self) -> ActorKind {
        self.posting.cause.actor.into()
    }

    /// Which member caused it; null when it was no member.
    async fn person(&self) -> Option<Person> {
        self.posting.cause.actor.person().map(Person::new)
    }

    /// All points of the household after it, pending and held ones included.
    async fn balance_after(&self) -> Result<i32> {
        points(self.posting.balance_after)
    }

    /// What the household owed after it.
    async fn owed_after(&self) -> Result<i32> {
        points(self.posting.owed_after)
    }

    /// Why, in the operator's words; for points that lapsed when a hold ended, which hold and when. Null for other lines.
    async fn reason(&self) -> Option<&str> {
        self.posting.reason.as_ref().map(Label::as_str)
    }

    /// The line this one belongs to: the earn that is scheduled or taken back, the redemption that is restored. Null for other
    /// lines, and when that line is another household's, from before points moved here.
    async fn corrects_id(&self) -> Option<ID> {
        self.posting.corrects.filter(|_| self.posting.counterpart.is_none()).map(ids::write)
    }

    /// Whose points it used, by whoever had brought them into the pool, in the order they were drawn: of a redemption, and of whatever
    /// else took points out of lots. Empty for what only brought points.
    async fn contributions(&self, ctx: &Context<'_>) -> Result<Vec<Contribution>> {
        self.contributions_of(ctx).await
    }

    /// The moves it is made of, lot by lot, in the order they were made.
    async fn transfers(&self) -> Result<Vec<Transfer>> {
        let transfers = self.posting.transfers.iter().map(|transfer| {
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
        (::ledger::PostingKind::Clawback, Locale::ZhCn) => format!("订单退款,收回 {points} 积分"),
        (::ledger::PostingKind::Clawback, Locale::En) => format!("Order refunded: {points} points taken back"),
        (::ledger::PostingKind::Lapse, Locale::ZhCn) if posting.reason.is_some() => {
            format!("冻结已结束,{points} 积分在冻结期间过了最后可用日,随之失效")
        }
        (::ledger::PostingKind::Lapse, Locale::En) if posting.reason.is_some() => {
            format!("A hold ended: {points} of its points lapsed, as their last day had come meanwhile")
        }
        (::ledger::PostingKind::Redeem | ::ledger::PostingKind::Restore, locale) => spending(posting, locale),
        (::ledger::PostingKind::Lapse, Locale::ZhCn) => format!("{points} 积分到期失效"),
        (::ledger::PostingKind::Lapse, Locale::En) => format!("{points} points lapsed"),
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

/// Points spent or given back: for an order, which one; else for a perk.
fn spending(posting: &Posting, locale: Locale) -> String {
    let points = posting.points;
    // The order's id stands first; a hold's or a refund's may follow.
    let order = posting.cause.reference.split(' ').next().and_then(|first| first.parse::<Id<kinds::Order>>().ok());
    match (posting.kind == ::ledger::PostingKind::Redeem, order, locale) {
        (true, Some(order), Locale::ZhCn) => format!("订单 {order} 用 {points} 积分支付"),
        (true, Some(order), Locale::En) => format!("Order {order} paid with {points} points"),
        (true, None, Locale::ZhCn) => format!("兑换权益,使用 {points} 积分"),
        (true, None, Locale::En) => format!("Perk redeemed for {points} points"),
        (false, Some(order), Locale::ZhCn) => format!("订单 {order} 退款,退回 {points} 积分"),
        (false, Some(order), Locale::En) => format!("Order {order} refunded: {points} points returned"),
        (false, None, Locale::ZhCn) => format!("兑换已取消,退回 {points} 积分"),
        (false, None, Locale::En) => format!("Redemption cancelled: {points} points returned"),
    }
}
