use ::entitlements::{GrantRefusal, NotForThem};
use ::ledger::SpendRefusal;
use app::entitlements::{RedeemPerk, RedeemPerkRefusal};
use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use kernel::{Id, IdempotencyKey, Locale, kinds};

use super::Grant;
use crate::schema::{
    accounts::Household,
    ids,
    ledger::StatementLine,
    nullable::{Nullable, nullable},
    scalars::{Instant, LocalDate, points},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct RedeemPerkMutation;

/// Which perk, and which act.
#[derive(InputObject)]
struct RedeemPerkInput {
    /// The perk, from `perks`.
    perk_id: ID,
    /// Your own text for this very act, 16 to 64 visible ASCII characters, such as a UUID. Sent again with the same perk it
    /// answers again and spends nothing; `extensions.idempotentReplay` then says so.
    idempotency_key: String,
}

/// What became of redeeming a perk.
#[derive(SimpleObject, Default)]
#[graphql(complex)]
struct RedeemPerkPayload {
    #[graphql(skip)]
    posting_id: Option<Id<kinds::Posting>>,
    #[graphql(skip)]
    household_id: Option<Id<kinds::Household>>,
    /// The right the household has now; null when refused.
    grant: Option<Grant>,
    /// How many points are missing, when there are not enough; null otherwise.
    short_by: Option<i32>,
    /// The day on which enough pending points will have become available, when there are not enough now; null when that is
    /// not in sight, and otherwise.
    matures_on: Option<LocalDate>,
    /// The last day on which points that have lapsed just now could be spent, when there would have been enough with them; null
    /// otherwise.
    expired_on: Option<LocalDate>,
    /// How many points are set aside for something unfinished, when there are not enough: they may come back. Null otherwise.
    held: Option<i32>,
    /// How many points the household owes, when that is what stands in the way; null otherwise.
    owed: Option<i32>,
    /// How many of this perk a household may have, when it has as many; null otherwise.
    limit: Option<u32>,
    /// How many households wait for one already, when it is sold out: `joinWaitingList` takes you in after them. Null otherwise.
    waiting: Option<u32>,
    /// When it opens, when that is still to come; null otherwise.
    opens_at: Option<Instant>,
    /// Until when the household gets no seat at a gathering, when that is what stands in the way; null otherwise.
    barred_until: Option<Instant>,
    /// How many years whoever redeems it must be, when that is what stands in the way; null otherwise.
    min_age: Option<u32>,
    /// How many more points you may spend until Monday, when that is less than the perk costs; null otherwise.
    left_this_week: Option<i32>,
    /// What was refused. Nothing moved then.
    user_errors: Vec<RedeemPerkUserError>,
}

user_error! {
    /// Why a perk was not redeemed.
    RedeemPerkUserError(RedeemPerkErrorCode)
}

/// The refusals of `redeemPerk`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RedeemPerkErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used for another perk.
    IdempotencyKeyReused,
    /// You belong to no household.
    NoHousehold,
    /// Children do not spend the household's points.
    NotAllowed,
    /// The household's owner lets you spend none of its points.
    NotEntrusted,
    /// It costs more than you may still spend this week: `leftThisWeek`. The week begins on Monday.
    WeeklyLimit,
    /// There is no such perk.
    NoSuchPerk,
    /// The perk is not on offer now.
    PerkClosed,
    /// The perk is not on offer yet: `opensAt`.
    NotYetOpen,
    /// The household let two seats at gatherings stand empty within 90 days, and gets no other until `barredUntil`.
    Barred,
    /// The perk is for households of another community.
    OtherCommunity,
    /// The perk is for older members, or your birth date is not known: `minAge`.
    TooYoung,
    /// The last one is gone, or kept for those who wait: `waiting`. See `joinWaitingList`.
    SoldOut,
    /// The household has as many of it as it may: `limit`.
    LimitReached,
    /// The household owes points: `owed`. The next points earned pay that first.
    OwesPoints,
    /// Not enough points are available today: `shortBy` are missing, `held` are set aside, `maturesOn` may say when they are there.
    InsufficientPoints,
    /// As INSUFFICIENT_POINTS, but there would have been enough, had some not lapsed just now: their last day was `expiredOn`.
    Expired,
}

#[Object]
impl RedeemPerkMutation {
    /// Spends the household's points on a perk, at once or not at all. Any member may, as far as the owner lets them; nobody
    /// under fourteen.
    async fn redeem_perk(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which perk, and which act.")] input: RedeemPerkInput,
    ) -> Nullable<RedeemPerkPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let locale = session.locale();
            let Ok(idempotency_key) = input.idempotency_key.parse::<IdempotencyKey>() else {
                return Ok(Some(RedeemPerkPayload::refused(RedeemPerkErrorCode::BadIdempotencyKey, locale)));
            };
            let Some(perk) = ids::read(&input.perk_id)? else {
                return Ok(Some(RedeemPerkPayload::refused(RedeemPerkErrorCode::NoSuchPerk, locale)));
            };
            let answer = app(ctx).redeem_perk(principal, &RedeemPerk { perk, idempotency_key }).await?;
            let redeemed = match answer {
                Ok(redeemed) => redeemed,
                Err(refusal) => return RedeemPerkPayload::explain(refusal, locale).map(Some),
            };
            if redeemed.is_replay {
                session.note_replay();
            }
            Ok(Some(RedeemPerkPayload {
                posting_id: Some(redeemed.grant.posting),
                household_id: Some(redeemed.grant.household),
                grant: Some(redeemed.grant.into()),
                ..RedeemPerkPayload::default()
            }))
        })
        .await
    }
}

#[ComplexObject]
impl RedeemPerkPayload {
    /// The statement line that paid for it; null when refused.
    async fn posting(&self, ctx: &Context<'_>) -> Nullable<StatementLine> {
        nullable(async {
            let Some(posting) = self.posting_id else { return Ok(None) };
            Ok(app(ctx).find_posting(session(ctx).signed_in()?, posting).await?.map(StatementLine::from))
        })
        .await
    }

    /// The household that paid, as it stands now; null when refused.
    async fn household(&self) -> Option<Household> {
        self.household_id.map(Household::new)
    }
}

impl RedeemPerkPayload {
    /// A refusal with what helps the next step.
    fn explain(refusal: RedeemPerkRefusal, locale: Locale) -> Result<Self> {
        let refused = |code| Self::refused(code, locale);
        Ok(match refusal {
            RedeemPerkRefusal::NoHousehold => refused(RedeemPerkErrorCode::NoHousehold),
            RedeemPerkRefusal::NotAllowed => refused(RedeemPerkErrorCode::NotAllowed),
            RedeemPerkRefusal::NotEntrusted => refused(RedeemPerkErrorCode::NotEntrusted),
            RedeemPerkRefusal::WeeklyLimit { left, .. } => {
                Self { left_this_week: Some(points(left)?), ..refused(RedeemPerkErrorCode::WeeklyLimit) }
            }
            RedeemPerkRefusal::NoSuchPerk => refused(RedeemPerkErrorCode::NoSuchPerk),
            RedeemPerkRefusal::IdempotencyKeyReused => refused(RedeemPerkErrorCode::IdempotencyKeyReused),
            RedeemPerkRefusal::NotGranted(refusal) => Self::explain_grant(refusal, locale),
            RedeemPerkRefusal::NotSpent(SpendRefusal::OwesPoints { owed }) => {
                Self { owed: Some(points(owed)?), ..refused(RedeemPerkErrorCode::OwesPoints) }
            }
            RedeemPerkRefusal::NotSpent(SpendRefusal::InsufficientPoints { short_by, held, matures_on }) => Self {
                short_by: Some(points(short_by)?),
                held: Some(points(held)?),
                matures_on: matures_on.map(LocalDate),
                ..refused(RedeemPerkErrorCode::InsufficientPoints)
            },
            RedeemPerkRefusal::NotSpent(SpendRefusal::Expired { short_by, held, matures_on, last_day }) => Self {
                short_by: Some(points(short_by)?),
                held: Some(points(held)?),
                matures_on: matures_on.map(LocalDate),
                expired_on: Some(LocalDate(last_day)),
                ..refused(RedeemPerkErrorCode::Expired)
            },
        })
    }

    fn explain_grant(refusal: GrantRefusal, locale: Locale) -> Self {
        let refused = |code| Self::refused(code, locale);
        match refusal {
            GrantRefusal::PerkClosed => refused(RedeemPerkErrorCode::PerkClosed),
            GrantRefusal::NotYetOpen { opens_at } => {
                Self { opens_at: Some(Instant(opens_at)), ..refused(RedeemPerkErrorCode::NotYetOpen) }
            }
            GrantRefusal::Barred { until } => {
                Self { barred_until: Some(Instant(until)), ..refused(RedeemPerkErrorCode::Barred) }
            }
            GrantRefusal::NotForThem(NotForThem::OtherCommunity) => refused(RedeemPerkErrorCode::OtherCommunity),
            GrantRefusal::NotForThem(NotForThem::TooYoung { min_age }) => {
                Self { min_age: Some(min_age), ..refused(RedeemPerkErrorCode::TooYoung) }
            }
            GrantRefusal::SoldOut { waiting } => {
                Self { waiting: Some(waiting), ..refused(RedeemPerkErrorCode::SoldOut) }
            }
            GrantRefusal::LimitReached { limit } => {
                Self { limit: Some(limit), ..refused(RedeemPerkErrorCode::LimitReached) }
            }
        }
    }

    fn refused(code: RedeemPerkErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            RedeemPerkErrorCode::BadIdempotencyKey | RedeemPerkErrorCode::IdempotencyKeyReused => {
                input_field("idempotencyKey")
            }
            RedeemPerkErrorCode::NoSuchPerk
            | RedeemPerkErrorCode::PerkClosed
            | RedeemPerkErrorCode::NotYetOpen
            | RedeemPerkErrorCode::Barred
            | RedeemPerkErrorCode::OtherCommunity
            | RedeemPerkErrorCode::TooYoung
            | RedeemPerkErrorCode::SoldOut
            | RedeemPerkErrorCode::LimitReached => input_field("perkId"),
            RedeemPerkErrorCode::NoHousehold
            | RedeemPerkErrorCode::NotAllowed
            | RedeemPerkErrorCode::NotEntrusted
            | RedeemPerkErrorCode::WeeklyLimit
            | RedeemPerkErrorCode::OwesPoints
            | RedeemPerkErrorCode::InsufficientPoints
            | RedeemPerkErrorCode::Expired => None,
        };
        // What time, earning or a restock can mend; refusals are not kept under the key.
        let retryable = matches!(
            code,
            RedeemPerkErrorCode::PerkClosed
                | RedeemPerkErrorCode::NotYetOpen
                | RedeemPerkErrorCode::Barred
                | RedeemPerkErrorCode::SoldOut
                | RedeemPerkErrorCode::OwesPoints
                | RedeemPerkErrorCode::WeeklyLimit
                | RedeemPerkErrorCode::InsufficientPoints
                | RedeemPerkErrorCode::Expired
        );
        let error = RedeemPerkUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: RedeemPerkErrorCode) -> (&'static str, &'static str) {
    match code {
        RedeemPerkErrorCode::BadIdempotencyKey => {
            ("请求编号格式不对,请重试。", "The idempotency key must be 16 to 64 visible ASCII characters.")
        }
        RedeemPerkErrorCode::IdempotencyKeyReused => {
            ("这个请求编号已用于另一次兑换。", "This idempotency key was used for another redemption.")
        }
        RedeemPerkErrorCode::NoHousehold => ("您还没有加入家庭户。", "You do not belong to a household yet."),
        RedeemPerkErrorCode::NotAllowed => (
            "未成年成员不能使用家庭积分,请家里的大人来兑换。",
            "Children cannot spend the household's points. Please ask an adult at home.",
        ),
        RedeemPerkErrorCode::NotEntrusted => (
            "户主没有开放您使用家庭积分,请和户主商量。",
            "The owner of your household lets you spend none of its points. Please talk to them.",
        ),
        RedeemPerkErrorCode::WeeklyLimit => (
            "超过了您本周可以使用的积分,下周一重新计算。",
            "This is more than you may still spend this week. The count starts again on Monday.",
        ),
        RedeemPerkErrorCode::NoSuchPerk => ("没有这项权益。", "There is no such perk."),
        RedeemPerkErrorCode::PerkClosed => ("这项权益目前不开放兑换。", "This perk is not on offer at the moment."),
        RedeemPerkErrorCode::NotYetOpen => ("这项权益还没有开放兑换。", "This perk is not on offer yet."),
        RedeemPerkErrorCode::Barred => (
            "您家近期两次兑换了活动名额却没有到场,暂时不能再兑换。",
            "Your household let two seats stand empty lately, and gets no other for a while.",
        ),
        RedeemPerkErrorCode::OtherCommunity => ("这项权益只面向其他社区。", "This perk is for another community."),
        RedeemPerkErrorCode::TooYoung => (
            "您没有达到年龄要求,或者还没有登记生日。",
            "This perk is for older members, or your birth date is not known.",
        ),
        RedeemPerkErrorCode::SoldOut => {
            ("这项权益已经兑完了,可以加入候补。", "The last one is gone. You can join the waiting list.")
        }
        RedeemPerkErrorCode::LimitReached => {
            ("您家已经兑换到这项权益的上限。", "Your household has as many of this perk as it may have.")
        }
        RedeemPerkErrorCode::OwesPoints => (
            "您家目前欠积分,下次获得的积分会先补上,之后就能兑换。",
            "Your household owes points. The next points earned settle that first.",
        ),
        RedeemPerkErrorCode::InsufficientPoints => ("可用积分不够。", "There are not enough points available."),
        RedeemPerkErrorCode::Expired => (
            "一部分积分刚刚到期失效,可用积分不够。",
            "Some points have just lapsed, so there are not enough available.",
        ),
    }
}
