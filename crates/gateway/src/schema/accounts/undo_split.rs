use ::accounts::PartRefusal;
use app::accounts::UndoSplitRefusal;
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
pub(in crate::schema) struct UndoSplitMutation;

/// Which split, and which act.
#[derive(InputObject)]
struct UndoSplitInput {
    /// The id of the household that was founded by it.
    household_id: ID,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same household it answers again.
    idempotency_key: String,
}

/// What became of undoing a split.
#[derive(SimpleObject, Default)]
struct UndoSplitPayload {
    /// The household all belong to again; null when refused.
    household_id: Option<ID>,
    /// How many points came back; null when refused.
    points_returned: Option<i32>,
    /// Until when it could be undone, when that is what stands in the way; null otherwise.
    until: Option<Instant>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<UndoSplitUserError>,
}

#[Object]
impl UndoSplitMutation {
    /// Brings back who went to a household of their own, within seven days, as either owner: with all points that household has, what it
    /// earned since and what it owes included. Refused once it spent points.
    async fn undo_split(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which split, and which act.")] input: UndoSplitInput,
    ) -> Nullable<UndoSplitPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| UndoSplitPayload::refused(code, session.locale());
            let Ok(key) = input.idempotency_key.parse::<IdempotencyKey>() else {
                return Ok(Some(refused(UndoSplitErrorCode::BadIdempotencyKey)));
            };
            let Some(founded) = ids::read(&input.household_id)? else {
                return Ok(Some(refused(UndoSplitErrorCode::NoSuchSplit)));
            };
            Ok(Some(match app(ctx).undo_split(principal, founded, &key).await? {
                Ok(undone) => {
                    if undone.is_replay {
                        session.note_replay();
                    }
                    UndoSplitPayload {
                        household_id: Some(ids::write(undone.household)),
                        points_returned: Some(points(undone.moved)?),
                        ..UndoSplitPayload::default()
                    }
                }
                Err(UndoSplitRefusal::NotRejoined(PartRefusal::TooLate { until })) => {
                    UndoSplitPayload { until: Some(Instant(until)), ..refused(UndoSplitErrorCode::TooLate) }
                }
                Err(UndoSplitRefusal::NotRejoined(PartRefusal::NothingToUndo)) => {
                    refused(UndoSplitErrorCode::NoSuchSplit)
                }
                Err(UndoSplitRefusal::NotRejoined(PartRefusal::MembersMoved)) => {
                    refused(UndoSplitErrorCode::MembersMoved)
                }
                Err(UndoSplitRefusal::SpentSince) => refused(UndoSplitErrorCode::SpentSince),
                Err(UndoSplitRefusal::IdempotencyKeyReused) => refused(UndoSplitErrorCode::IdempotencyKeyReused),
            }))
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    UndoSplitUserError(UndoSplitErrorCode)
}

/// The refusals of `undoSplit`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum UndoSplitErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used with another household.
    IdempotencyKeyReused,
    /// No household of this id went from yours, or you own neither of the two.
    NoSuchSplit,
    /// The seven days are over: `until` says when they were.
    TooLate,
    /// The new household spent points, or holds some.
    SpentSince,
    /// Somebody joined or left the new household since, or nobody is left in the old one.
    MembersMoved,
}

impl UndoSplitPayload {
    fn refused(code: UndoSplitErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            UndoSplitErrorCode::BadIdempotencyKey | UndoSplitErrorCode::IdempotencyKeyReused => {
                input_field("idempotencyKey")
            }
            UndoSplitErrorCode::NoSuchSplit => input_field("householdId"),
            UndoSplitErrorCode::TooLate | UndoSplitErrorCode::SpentSince | UndoSplitErrorCode::MembersMoved => None,
        };
        let retryable = matches!(code, UndoSplitErrorCode::MembersMoved);
        let error = UndoSplitUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: UndoSplitErrorCode) -> (&'static str, &'static str) {
    match code {
        UndoSplitErrorCode::BadIdempotencyKey => {
            ("请求编号格式不对,请重试。", "The idempotency key must be 16 to 64 visible ASCII characters.")
        }
        UndoSplitErrorCode::IdempotencyKeyReused => {
            ("这个请求编号已用于另一次操作。", "This idempotency key was used for something else.")
        }
        UndoSplitErrorCode::NoSuchSplit => ("没有可以撤销的分家。", "There is no such split for you to undo."),
        UndoSplitErrorCode::TooLate => {
            ("分家已超过七天,不能撤销了。", "More than seven days have passed since the split.")
        }
        UndoSplitErrorCode::SpentSince => (
            "分家之后积分已有使用或冻结,不能撤销。",
            "Points were spent or set aside since the split, so it cannot be undone.",
        ),
        UndoSplitErrorCode::MembersMoved => {
            ("分出去的家成员已有变动,不能撤销。", "Somebody joined or left the new household since.")
        }
    }
}
