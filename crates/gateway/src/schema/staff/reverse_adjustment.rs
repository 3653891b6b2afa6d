use ::ledger::AdjustRefusal;
use app::{
    ledger::{Acted, ReverseAdjustment, ReverseAdjustmentRefusal},
    staff::NotAllowed,
};
use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Label, Locale};

use super::Approval;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::points,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct ReverseAdjustmentMutation;

/// Which adjustment, and why it is undone.
#[derive(InputObject)]
struct ReverseAdjustmentInput {
    /// Whose.
    household_id: ID,
    /// The statement line of the adjustment.
    posting_id: ID,
    /// Why, 1 to 120 characters: kept for good, and shown to the household.
    reason: String,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same input it answers again and
    /// changes nothing.
    idempotency_key: String,
}

/// What became of reversing an adjustment.
#[derive(SimpleObject, Default)]
struct ReverseAdjustmentPayload {
    /// The statement line it made; null while it waits, and when refused.
    posting_id: Option<ID>,
    /// What waits for a second person; null when it was done at once, and when refused.
    approval: Option<Approval>,
    /// How many points could be taken, when fewer are free than were to be taken; null otherwise.
    free: Option<i32>,
    /// What was refused. Nothing moved then.
    user_errors: Vec<ReverseAdjustmentUserError>,
}

user_error! {
    /// Why an adjustment was not reversed.
    ReverseAdjustmentUserError(ReverseAdjustmentErrorCode)
}

/// The refusals of `reverseAdjustment`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ReverseAdjustmentErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used for another reversal.
    IdempotencyKeyReused,
    /// The reason is empty, too long, or holds characters that cannot be seen.
    BadReason,
    /// None of your roles reverses adjustments.
    NotAllowed,
    /// The household has no such adjustment; a reversal is none.
    NoSuchAdjustment,
    /// It was reversed before.
    AlreadyReversed,
    /// Fewer points are free than would be taken: `free`.
    TooFewPoints,
    /// The household would hold more points than can be shown.
    WalletFull,
    /// As many acts you proposed wait as may.
    TooManyPending,
}

use ReverseAdjustmentErrorCode as Code;

#[Object]
impl ReverseAdjustmentMutation {
    /// Undoes an adjustment by posting its reverse; nothing is ever deleted. For the role finance: up to the operator's limit at once,
    /// beyond it with a second person: see `decideApproval`.
    async fn reverse_adjustment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which adjustment, and why it is undone.")] input: ReverseAdjustmentInput,
    ) -> Nullable<ReverseAdjustmentPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let reverse = match read(&input)? {
                Ok(reverse) => reverse,
                Err(code) => return Ok(Some(ReverseAdjustmentPayload::refused(code, locale))),
            };
            let acted = match app(ctx).reverse_adjustment(principal, &reverse).await? {
                Ok(acted) => acted,
                Err(refusal) => return ReverseAdjustmentPayload::explain(refusal, locale).map(Some),
            };
            if acted.is_replay {
                session.note_replay();
            }
            Ok(Some(match acted.acted {
                Acted::Done(posting) => {
                    ReverseAdjustmentPayload { posting_id: Some(ids::write(posting.cause.id)), ..Default::default() }
                }
                Acted::Waiting(approval) => {
                    ReverseAdjustmentPayload { approval: Some((*approval).into()), ..Default::default() }
                }
            }))
        })
        .await
    }
}

fn read(input: &ReverseAdjustmentInput) -> Result<Result<ReverseAdjustment, Code>, Error> {
    let Ok(idempotency_key) = input.idempotency_key.parse::<IdempotencyKey>() else {
        return Ok(Err(Code::BadIdempotencyKey));
    };
    let Ok(reason) = input.reason.parse::<Label>() else { return Ok(Err(Code::BadReason)) };
    let Some(household) = ids::read(&input.household_id)? else { return Ok(Err(Code::NoSuchAdjustment)) };
    let Some(posting) = ids::read(&input.posting_id)? else { return Ok(Err(Code::NoSuchAdjustment)) };
    Ok(Ok(ReverseAdjustment { household, posting, reason, idempotency_key }))
}

impl ReverseAdjustmentPayload {
    fn explain(refusal: ReverseAdjustmentRefusal, locale: Locale) -> Result<Self, Error> {
        let refused = |code| Ok(Self::refused(code, locale));
        match refusal {
            ReverseAdjustmentRefusal::NotAllowed(NotAllowed) => refused(Code::NotAllowed),
            ReverseAdjustmentRefusal::NoSuchAdjustment => refused(Code::NoSuchAdjustment),
            ReverseAdjustmentRefusal::AlreadyReversed => refused(Code::AlreadyReversed),
            ReverseAdjustmentRefusal::IdempotencyKeyReused => refused(Code::IdempotencyKeyReused),
            ReverseAdjustmentRefusal::TooManyPending(_) => refused(Code::TooManyPending),
            ReverseAdjustmentRefusal::NotAdjusted(AdjustRefusal::TooFew { free }) => {
                Ok(Self { free: Some(points(free)?), ..Self::refused(Code::TooFewPoints, locale) })
            }
            ReverseAdjustmentRefusal::NotAdjusted(AdjustRefusal::WalletFull(_)) => refused(Code::WalletFull),
        }
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field, retryable) = explained(code);
        let message = locale.choose(zh, en);
        let error = ReverseAdjustmentUserError {
            code,
            message: message.to_owned(),
            field: field.and_then(input_field),
            retryable,
        };
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
        Code::NotAllowed => ("您的岗位无权撤销调整。", "None of your roles reverses adjustments.", None, false),
        Code::NoSuchAdjustment => ("没有这笔调整。", "There is no such adjustment.", Some("postingId"), false),
        Code::AlreadyReversed => {
            ("这笔调整已经撤销过。", "The adjustment was reversed before.", Some("postingId"), false)
        }
        Code::TooFewPoints => ("该家庭可扣的积分不够。", "The household has fewer points to take.", None, true),
        Code::WalletFull => ("该家庭的积分已达上限。", "The household cannot hold that many points.", None, true),
        Code::TooManyPending => {
            ("您提交的待审批事项太多,请先等待处理。", "Too many acts you proposed still wait.", None, true)
        }
    }
}
