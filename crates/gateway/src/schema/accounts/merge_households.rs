use app::accounts::{ChangeVersion, MergeRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Locale};
use ledger::MoveRefusal;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::points,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct MergeHouseholdsMutation;

/// Which invitation, by which preview, and which act.
#[derive(InputObject)]
struct MergeHouseholdsInput {
    /// The secret from the mail, 32 hexadecimal digits; blanks and dashes do no harm.
    token: String,
    /// The `version` of `previewMerge`.
    version: String,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same input it answers again.
    idempotency_key: String,
}

/// What became of merging.
#[derive(SimpleObject, Default)]
struct MergeHouseholdsPayload {
    /// The household you all belong to now, to be asked for in the next request; null when refused.
    household_id: Option<ID>,
    /// How many points came along; null when refused.
    points_moved: Option<i32>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<MergeHouseholdsUserError>,
}

#[Object]
impl MergeHouseholdsMutation {
    /// Brings your household into the one that invited it, exactly as `previewMerge` said. Its id stands for the other household from then
    /// on. Within seven days `undoMerge` makes two of one again, if nothing was spent.
    async fn merge_households(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation, by which preview, and which act.")] input: MergeHouseholdsInput,
    ) -> Nullable<MergeHouseholdsPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| Ok(Some(MergeHouseholdsPayload::refused(code, session.locale())));
            let Ok(key) = input.idempotency_key.parse::<IdempotencyKey>() else {
                return refused(MergeHouseholdsErrorCode::BadIdempotencyKey);
            };
            let version = ChangeVersion::told(&input.version);
            match app(ctx).merge_households(principal, &input.token, &version, &key).await? {
                Ok(merged) => {
                    if merged.is_replay {
                        session.note_replay();
                    }
                    Ok(Some(MergeHouseholdsPayload {
                        household_id: Some(ids::write(merged.household)),
                        points_moved: Some(points(merged.moved)?),
                        user_errors: Vec::new(),
                    }))
                }
                Err(refusal) => refused(code_of(refusal)),
            }
        })
        .await
    }
}

const fn code_of(refusal: MergeRefusal) -> MergeHouseholdsErrorCode {
    match refusal {
        MergeRefusal::NoSuchInvitation => MergeHouseholdsErrorCode::NoSuchInvitation,
        MergeRefusal::NotOwner => MergeHouseholdsErrorCode::NotOwner,
        MergeRefusal::SameHousehold => MergeHouseholdsErrorCode::SameHousehold,
        MergeRefusal::OwesPoints { .. } => MergeHouseholdsErrorCode::OwesPoints,
        MergeRefusal::NotMoved(MoveRefusal::PointsHeld { .. }) => MergeHouseholdsErrorCode::PointsHeld,
        MergeRefusal::NotMoved(MoveRefusal::WalletFull(_)) => MergeHouseholdsErrorCode::TooManyPoints,
        // A household without points merges too, and what lapsed since the preview makes it out of date.
        MergeRefusal::NotMoved(MoveRefusal::NothingToMove | MoveRefusal::UsedSince) | MergeRefusal::Stale => {
            MergeHouseholdsErrorCode::Stale
        }
        MergeRefusal::IdempotencyKeyReused => MergeHouseholdsErrorCode::IdempotencyKeyReused,
    }
}

user_error! {
    /// Why it was refused.
    MergeHouseholdsUserError(MergeHouseholdsErrorCode)
}

/// The refusals of `mergeHouseholds`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum MergeHouseholdsErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used with another invitation or version.
    IdempotencyKeyReused,
    /// The secret is wrong, the invitation has ended, is to something else or to another address, or who asked owns the household no more.
    NoSuchInvitation,
    /// You own no household that could go into another.
    NotOwner,
    /// You belong to this household already.
    SameHousehold,
    /// Your household owes points: its next points pay it first.
    OwesPoints,
    /// Some points of your household are set aside for something unfinished.
    PointsHeld,
    /// Both households together would have more points than can be shown.
    TooManyPoints,
    /// A household changed since the preview. Look again, and decide again.
    Stale,
}

impl MergeHouseholdsPayload {
    fn refused(code: MergeHouseholdsErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            MergeHouseholdsErrorCode::BadIdempotencyKey | MergeHouseholdsErrorCode::IdempotencyKeyReused => {
                input_field("idempotencyKey")
            }
            MergeHouseholdsErrorCode::NoSuchInvitation => input_field("token"),
            MergeHouseholdsErrorCode::NotOwner
            | MergeHouseholdsErrorCode::SameHousehold
            | MergeHouseholdsErrorCode::OwesPoints
            | MergeHouseholdsErrorCode::PointsHeld
            | MergeHouseholdsErrorCode::TooManyPoints => None,
            MergeHouseholdsErrorCode::Stale => input_field("version"),
        };
        let retryable = matches!(
            code,
            MergeHouseholdsErrorCode::NotOwner
                | MergeHouseholdsErrorCode::OwesPoints
                | MergeHouseholdsErrorCode::PointsHeld
        );
        let error = MergeHouseholdsUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: MergeHouseholdsErrorCode) -> (&'static str, &'static str) {
    match code {
        MergeHouseholdsErrorCode::BadIdempotencyKey => {
            ("请求编号格式不对,请重试。", "The idempotency key must be 16 to 64 visible ASCII characters.")
        }
        MergeHouseholdsErrorCode::IdempotencyKeyReused => {
            ("这个请求编号已用于另一次操作。", "This idempotency key was used for something else.")
        }
        MergeHouseholdsErrorCode::NoSuchInvitation => (
            "邀请无效或已结束。请用收到邀请的邮箱登录后再试。",
            "This invitation is not good any more, or not for you. Sign in by the address the mail came to.",
        ),
        MergeHouseholdsErrorCode::NotOwner => {
            ("只有户主可以把自己的家并入另一个家。", "Only the owner of a household brings it along.")
        }
        MergeHouseholdsErrorCode::SameHousehold => ("您已经在这个家里了。", "You belong to this household already."),
        MergeHouseholdsErrorCode::OwesPoints => (
            "您的家还欠着积分,等以后的积分还清后再合并。",
            "Your household owes points. Its next points pay that first; merge then.",
        ),
        MergeHouseholdsErrorCode::PointsHeld => (
            "您的家还有冻结中的积分,等用完或解冻后再合并。",
            "Some points of your household are set aside. Wait until that is over.",
        ),
        MergeHouseholdsErrorCode::TooManyPoints => (
            "两家的积分合起来超出上限,请联系客服。",
            "Both households together would have too many points. Please ask us.",
        ),
        MergeHouseholdsErrorCode::Stale => {
            ("情况已经变化,请重新查看后再决定。", "Things changed since you looked. Please look again.")
        }
    }
}
