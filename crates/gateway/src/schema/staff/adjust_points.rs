use ::ledger::AdjustRefusal;
use app::{
    ledger::{Acted, AdjustPoints, AdjustPointsRefusal, StaffAdjustRefusal},
    staff::NotAllowed,
};
use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Label, Locale, Points};

use super::{Adjustment, Approval};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::points,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct AdjustPointsMutation;

/// Whose points, which way, how many, and why.
#[derive(InputObject)]
struct AdjustPointsInput {
    /// Whose.
    household_id: ID,
    /// Which way.
    adjustment: Adjustment,
    /// How many: at least one.
    points: i32,
    /// Why, 1 to 120 characters: kept for good, and shown to the household.
    reason: String,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same input it answers again and
    /// changes nothing.
    idempotency_key: String,
}

/// What became of adjusting points.
#[derive(SimpleObject, Default)]
struct AdjustPointsPayload {
    /// The statement line it made; null while it waits, and when refused.
    posting_id: Option<ID>,
    /// What waits for a second person; null when it was done at once, and when refused.
    approval: Option<Approval>,
    /// How many points could be taken, when fewer are free than were to be taken; null otherwise.
    free: Option<i32>,
    /// What was refused. Nothing moved then.
    user_errors: Vec<AdjustPointsUserError>,
}

user_error! {
    /// Why points were not adjusted.
    AdjustPointsUserError(AdjustPointsErrorCode)
}

/// The refusals of `adjustPoints`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AdjustPointsErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used for another adjustment.
    IdempotencyKeyReused,
    /// The reason is empty, too long, or holds characters that cannot be seen.
    BadReason,
    /// The number of points is below one.
    BadAmount,
    /// None of your roles adjusts points.
    NotAllowed,
    /// There is no such household.
    NoSuchHousehold,
    /// Fewer points are free than would be taken: `free`.
    TooFewPoints,
    /// The household would hold more points than can be shown.
    WalletFull,
    /// As many acts you proposed wait as may.
    TooManyPending,
}

use AdjustPointsErrorCode as Code;

#[Object]
impl AdjustPointsMutation {
    /// Gives or takes points by decision. Up to the operator's limit the role finance does it at once; beyond it, and whatever support
    /// wants, waits for a second person with the role finance: see `decideApproval`.
    async fn adjust_points(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose points, which way, how many, and why.")] input: AdjustPointsInput,
    ) -> Nullable<AdjustPointsPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let adjust = match read(&input)? {
                Ok(adjust) => adjust,
                Err(code) => return Ok(Some(AdjustPointsPayload::refused(code, locale))),
            };
            let acted = match app(ctx).adjust_points_by_staff(principal, &adjust).await? {
                Ok(acted) => acted,
                Err(refusal) => return AdjustPointsPayload::explain(refusal, locale).map(Some),
            };
            if acted.is_replay {
                session.note_replay();
            }
            Ok(Some(match acted.acted {
                Acted::Done(posting) => {
                    AdjustPointsPayload { posting_id: Some(ids::write(posting.cause.id)), ..Default::default() }
                }
                Acted::Waiting(approval) => {
                    AdjustPointsPayload { approval: Some((*approval).into()), ..Default::default() }
                }
            }))
        })
        .await
    }
}

fn read(input: &AdjustPointsInput) -> Result<Result<AdjustPoints, Code>, Error> {
    let Ok(idempotency_key) = input.idempotency_key.parse::<IdempotencyKey>() else {
        return Ok(Err(Code::BadIdempotencyKey));
    };
    let Ok(reason) = input.reason.parse::<Label>() else { return Ok(Err(Code::BadReason)) };
    let points = Points::new(i64::from(input.points)).filter(|points| !points.is_zero());
    let Some(points) = points else { return Ok(Err(Code::BadAmount)) };
    let Some(household) = ids::read(&input.household_id)? else { return Ok(Err(Code::NoSuchHousehold)) };
    let adjustment = input.adjustment.into();
    Ok(Ok(AdjustPoints { household, adjustment, points, reason, idempotency_key }))
}

impl AdjustPointsPayload {
    fn explain(refusal: StaffAdjustRefusal, locale: Locale) -> Result<Self, Error> {
        let refused = |code| Ok(Self::refused(code, locale));
        match refusal {
            StaffAdjustRefusal::NotAllowed(NotAllowed) => refused(Code::NotAllowed),
            StaffAdjustRefusal::TooManyPending(_) => refused(Code::TooManyPending),
            StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::NoSuchHousehold) => refused(Code::NoSuchHousehold),
            StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::NoPoints) => refused(Code::BadAmount),
            StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::IdempotencyKeyReused) => {
                refused(Code::IdempotencyKeyReused)
            }
            StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::NotAdjusted(AdjustRefusal::TooFew { free })) => {
                Ok(Self { free: Some(points(free)?), ..Self::refused(Code::TooFewPoints, locale) })
            }
            StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::NotAdjusted(AdjustRefusal::WalletFull(_))) => {
                refused(Code::WalletFull)
            }
        }
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field, retryable) = explained(code);
        let message = locale.choose(zh, en);
        let error =
            AdjustPointsUserError { code, message: message.to_owned(), field: field.and_then(input_field), retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English, the field at fault, and whether the very same request may succeed later.
const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>, bool) {
    match code {
        Code::BadIdempotencyKey => (
            "请求编号格式不对,请重试。",
            "The idempotency key must be 16 to 64 visible ASCII characters.",
            Some("idempotencyKey"),
            false,
        ),
        Code::IdempotencyKeyReused => (
            "这个请求编号已用于另一次操作。",
            "This idempotency key was used for another act.",
            Some("idempotencyKey"),
            false,
        ),
        Code::BadReason => ("请写明原因。", "Please give a reason of 1 to 120 characters.", Some("reason"), false),
        Code::BadAmount => ("积分必须大于零。", "The number of points must be at least one.", Some("points"), false),
        Code::NotAllowed => ("您的岗位无权调整积分。", "None of your roles adjusts points.", None, false),
        Code::NoSuchHousehold => ("没有这个家庭户。", "There is no such household.", Some("householdId"), false),
        Code::TooFewPoints => {
            ("该家庭可扣的积分不够。", "The household has fewer points to take.", Some("points"), true)
        }
        Code::WalletFull => {
            ("该家庭的积分已达上限。", "The household cannot hold that many points.", Some("points"), true)
        }
        Code::TooManyPending => {
            ("您提交的待审批事项太多,请先等待处理。", "Too many acts you proposed still wait.", None, true)
        }
    }
}
