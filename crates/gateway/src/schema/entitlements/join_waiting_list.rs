use ::entitlements::{GrantRefusal, JoinRefusal, NotForThem};
use app::entitlements::JoinWaitingListRefusal;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::WaitingPlace;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct JoinWaitingListMutation;

/// Which list.
#[derive(InputObject)]
struct JoinWaitingListInput {
    /// The perk that is waited for, from `perks`.
    perk_id: ID,
}

/// What became of joining.
#[derive(SimpleObject, Default)]
struct JoinWaitingListPayload {
    /// The household's place, new or as it was; null when refused.
    place: Option<WaitingPlace>,
    /// When the perk opens, where that is still to come; null otherwise.
    opens_at: Option<Instant>,
    /// How many of this perk a household may have, when it has as many; null otherwise.
    limit: Option<u32>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<JoinWaitingListUserError>,
}

user_error! {
    /// Why there is no place.
    JoinWaitingListUserError(JoinWaitingListErrorCode)
}

/// The refusals of `joinWaitingList`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum JoinWaitingListErrorCode {
    /// You belong to no household.
    NoHousehold,
    /// You may spend none of the household's points.
    NotAllowed,
    /// There is no such perk.
    NoSuchPerk,
    /// There is one to redeem, for you or for anybody: redeem it.
    NotSoldOut,
    /// As many wait as may.
    ListFull,
    /// The perk is not on offer any more.
    PerkClosed,
    /// The perk is not on offer yet: `opensAt`.
    NotYetOpen,
    /// The household let two seats at gatherings stand empty within 90 days, and gets no other for a while.
    Barred,
    /// The perk is for households of another community.
    OtherCommunity,
    /// The perk is for older members, or your birth date is not known.
    TooYoung,
    /// The household has as many of it as it may: `limit`.
    LimitReached,
}

use JoinWaitingListErrorCode as Code;

#[Object]
impl JoinWaitingListMutation {
    /// Joins the waiting list of a perk that is sold out, for the household. No points are set aside: when one comes free, it is kept for
    /// two hours for whoever is next, who is told by mail and redeems it. Sent again it answers the same place.
    async fn join_waiting_list(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which list.")] input: JoinWaitingListInput,
    ) -> Nullable<JoinWaitingListPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let Some(perk) = ids::read(&input.perk_id)? else {
                return Ok(Some(JoinWaitingListPayload::refused(Code::NoSuchPerk, locale)));
            };
            match app(ctx).join_waiting_list(principal, perk).await? {
                Ok(place) => {
                    let place = app(ctx).place_in_line(place).await?.into();
                    Ok(Some(JoinWaitingListPayload { place: Some(place), ..Default::default() }))
                }
                Err(refusal) => Ok(Some(JoinWaitingListPayload::explain(refusal, locale))),
            }
        })
        .await
    }
}

impl JoinWaitingListPayload {
    fn explain(refusal: JoinWaitingListRefusal, locale: Locale) -> Self {
        let refused = |code| Self::refused(code, locale);
        match refusal {
            JoinWaitingListRefusal::NoHousehold => refused(Code::NoHousehold),
            JoinWaitingListRefusal::NotAllowed => refused(Code::NotAllowed),
            JoinWaitingListRefusal::NoSuchPerk => refused(Code::NoSuchPerk),
            JoinWaitingListRefusal::NotJoined(JoinRefusal::ListFull) => refused(Code::ListFull),
            JoinWaitingListRefusal::NotJoined(JoinRefusal::NotSoldOut) => refused(Code::NotSoldOut),
            JoinWaitingListRefusal::NotJoined(JoinRefusal::NotGranted(refusal)) => match refusal {
                GrantRefusal::PerkClosed => refused(Code::PerkClosed),
                GrantRefusal::NotYetOpen { opens_at } => {
                    Self { opens_at: Some(Instant(opens_at)), ..refused(Code::NotYetOpen) }
                }
                GrantRefusal::Barred { .. } => refused(Code::Barred),
                GrantRefusal::NotForThem(NotForThem::OtherCommunity) => refused(Code::OtherCommunity),
                GrantRefusal::NotForThem(NotForThem::TooYoung { .. }) => refused(Code::TooYoung),
                // Sold out is why somebody joins: it refuses nobody.
                GrantRefusal::SoldOut { .. } => refused(Code::ListFull),
                GrantRefusal::LimitReached { limit } => Self { limit: Some(limit), ..refused(Code::LimitReached) },
            },
        }
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field, retryable) = explained(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = JoinWaitingListUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English, the field at fault, and whether the very same request may succeed later.
const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>, bool) {
    match code {
        Code::NoHousehold => ("您还没有加入家庭户。", "You do not belong to a household yet.", None, false),
        Code::NotAllowed => (
            "您不能使用家庭积分,请家里的大人来候补。",
            "You may spend none of the household's points. Please ask an adult at home.",
            None,
            false,
        ),
        Code::NoSuchPerk => ("没有这项权益。", "There is no such perk.", Some("perkId"), false),
        Code::NotSoldOut => ("现在就有,直接兑换吧。", "There is one to redeem now.", Some("perkId"), true),
        Code::ListFull => ("候补名单已满。", "The waiting list is full.", Some("perkId"), true),
        Code::PerkClosed => ("这项权益目前不开放。", "This perk is not on offer any more.", Some("perkId"), true),
        Code::NotYetOpen => ("这项权益还没有开放。", "This perk is not on offer yet.", Some("perkId"), true),
        Code::Barred => (
            "您家近期两次兑换了活动名额却没有到场,暂时不能再候补。",
            "Your household let two seats stand empty lately, and gets no other for a while.",
            Some("perkId"),
            true,
        ),
        Code::OtherCommunity => {
            ("这项权益只面向其他社区。", "This perk is for another community.", Some("perkId"), false)
        }
        Code::TooYoung => (
            "您没有达到年龄要求,或者还没有登记生日。",
            "This perk is for older members, or your birth date is not known.",
            Some("perkId"),
            true,
        ),
        Code::LimitReached => (
            "您家已经兑换到这项权益的上限。",
            "Your household has as many of this perk as it may have.",
            Some("perkId"),
            true,
        ),
    }
}
