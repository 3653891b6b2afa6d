use ::accounts::PartRefusal;
use app::accounts::UndoMergeRefusal;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::{Instant, points},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct UndoMergeMutation;

/// Which merge, and which act.
#[derive(InputObject)]
struct UndoMergeInput {
    /// The id of the household that went into yours, or of the one you brought along: `previewMerge` showed it.
    household_id: ID,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same household it answers again.
    idempotency_key: String,
}

/// What became of undoing a merge.
#[derive(SimpleObject, Default)]
struct UndoMergePayload {
    /// The household that stands for itself again; null when refused.
    household_id: Option<ID>,
    /// How many points went back to it; null when refused.
    points_returned: Option<i32>,
    /// Until when it could be undone, when that is what stands in the way; null otherwise.
    until: Option<Instant>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<UndoMergeUserError>,
}

#[Object]
impl UndoMergeMutation {
    /// Makes two households of one again, within seven days, as either who owned one of the two: members, points and rights are where they
    /// were. What was earned since stays with the household that lived on. Refused once points were spent.
    async fn undo_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which merge, and which act.")] input: UndoMergeInput,
    ) -> Nullable<UndoMergePayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| UndoMergePayload::refused(code, session.locale());
            let Ok(key) = input.idempotency_key.parse::<IdempotencyKey>() else {
                return Ok(Some(refused(UndoMergeErrorCode::BadIdempotencyKey)));
            };
            let Some(merged) = ids::read(&input.household_id)? else {
                return Ok(Some(refused(UndoMergeErrorCode::NoSuchMerge)));
            };
            Ok(Some(match app(ctx).undo_merge(principal, merged, &key).await? {
                Ok(undone) => {
                    if undone.is_replay {
                        session.note_replay();
                    }
                    UndoMergePayload {
                        household_id: Some(ids::write(undone.household)),
                        points_returned: Some(points(undone.moved)?),
                        ..UndoMergePayload::default()
                    }
                }
                Err(UndoMergeRefusal::NotParted(PartRefusal::TooLate { until })) => {
                    UndoMergePayload { until: Some(Instant(until)), ..refused(UndoMergeErrorCode::TooLate) }
                }
                Err(UndoMergeRefusal::NotParted(PartRefusal::NothingToUndo)) => {
                    refused(UndoMergeErrorCode::NoSuchMerge)
                }
                Err(UndoMergeRefusal::NotParted(PartRefusal::MembersMoved)) => {
                    refused(UndoMergeErrorCode::MembersMoved)
                }
                Err(UndoMergeRefusal::SpentSince) => refused(UndoMergeErrorCode::SpentSince),
                Err(UndoMergeRefusal::IdempotencyKeyReused) => refused(UndoMergeErrorCode::IdempotencyKeyReused),
            }))
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    UndoMergeUserError(UndoMergeErrorCode)
}

/// The refusals of `undoMerge`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum UndoMergeErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used with another household.
    IdempotencyKeyReused,
    /// No household of this id went into yours, or you owned neither of the two.
    NoSuchMerge,
    /// The seven days are over: `until` says when they were.
    TooLate,
    /// Points were spent, held, refunded or given back since, so that what came along cannot be told apart any more.
    SpentSince,
    /// Somebody who came along left since, or owns the household now.
    MembersMoved,
}

impl UndoMergePayload {
    fn refused(code: UndoMergeErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            UndoMergeErrorCode::BadIdempotencyKey | UndoMergeErrorCode::IdempotencyKeyReused => {
                input_field("idempotencyKey")
            }
            UndoMergeErrorCode::NoSuchMerge => input_field("householdId"),
            UndoMergeErrorCode::TooLate | UndoMergeErrorCode::SpentSince | UndoMergeErrorCode::MembersMoved => None,
        };
        let retryable = matches!(code, UndoMergeErrorCode::MembersMoved);
        let error = UndoMergeUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: UndoMergeErrorCode) -> (&'static str, &'static str) {
    match code {
        UndoMergeErrorCode::BadIdempotencyKey => {
            ("请求编号格式不对,请重试。", "The idempotency key must be 16 to 64 visible ASCII characters.")
        }
        UndoMergeErrorCode::IdempotencyKeyReused => {
            ("这个请求编号已用于另一次操作。", "This idempotency key was used for something else.")
        }
        UndoMergeErrorCode::NoSuchMerge => ("没有可以撤销的合并。", "There is no such merge for you to undo."),
        UndoMergeErrorCode::TooLate => {
            ("合并已超过七天,不能撤销了。", "More than seven days have passed since the merge.")
        }
        UndoMergeErrorCode::SpentSince => (
            "合并之后积分已有使用或退还,不能撤销了。",
            "Points were spent or taken back since the merge, so it cannot be undone any more.",
        ),
        UndoMergeErrorCode::MembersMoved => {
            ("合并过来的成员已有变动,不能撤销。", "Somebody who came along left since, or owns the household now.")
        }
    }
}
