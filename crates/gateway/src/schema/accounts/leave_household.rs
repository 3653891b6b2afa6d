use app::accounts::{ChangeVersion, LeaveRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::points,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct LeaveHouseholdMutation;

/// By which preview, and which act.
#[derive(InputObject)]
struct LeaveHouseholdInput {
    /// The `version` of `previewLeave`.
    version: String,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same version it answers again.
    idempotency_key: String,
}

/// What became of leaving.
#[derive(SimpleObject, Default)]
struct LeaveHouseholdPayload {
    /// The household of your own that you have now, to be asked for in the next request; null when refused.
    household_id: Option<ID>,
    /// How many points moved there; null when refused.
    points_moved: Option<i32>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<LeaveHouseholdUserError>,
}

#[Object]
impl LeaveHouseholdMutation {
    /// Leaves your household exactly as `previewLeave` said: you have a household of your own then, with the free points you brought.
    async fn leave_household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By which preview, and which act.")] input: LeaveHouseholdInput,
    ) -> Nullable<LeaveHouseholdPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| Ok(Some(LeaveHouseholdPayload::refused(code, session.locale())));
            let Ok(key) = input.idempotency_key.parse::<IdempotencyKey>() else {
                return refused(LeaveHouseholdErrorCode::BadIdempotencyKey);
            };
            match app(ctx).leave_household(principal, &ChangeVersion::told(&input.version), &key).await? {
                Ok(left) => {
                    if left.is_replay {
                        session.note_replay();
                    }
                    Ok(Some(LeaveHouseholdPayload {
                        household_id: Some(ids::write(left.founded)),
                        points_moved: Some(points(left.moved)?),
                        user_errors: Vec::new(),
                    }))
                }
                Err(LeaveRefusal::NothingToLeave) => refused(LeaveHouseholdErrorCode::NothingToLeave),
                Err(LeaveRefusal::NotAllowed) => refused(LeaveHouseholdErrorCode::NotAllowed),
                Err(LeaveRefusal::OwnerStays) => refused(LeaveHouseholdErrorCode::OwnerStays),
                Err(LeaveRefusal::Stale) => refused(LeaveHouseholdErrorCode::Stale),
                Err(LeaveRefusal::IdempotencyKeyReused) => refused(LeaveHouseholdErrorCode::IdempotencyKeyReused),
            }
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    LeaveHouseholdUserError(LeaveHouseholdErrorCode)
}

/// The refusals of `leaveHousehold`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum LeaveHouseholdErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used with another version.
    IdempotencyKeyReused,
    /// You belong to no household, or nobody else does.
    NothingToLeave,
    /// A child does not leave alone.
    NotAllowed,
    /// An owner offers the household to another, and leaves once it is accepted.
    OwnerStays,
    /// The household changed since the preview. Look again, and decide again.
    Stale,
}

impl LeaveHouseholdPayload {
    fn refused(code: LeaveHouseholdErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            LeaveHouseholdErrorCode::BadIdempotencyKey | LeaveHouseholdErrorCode::IdempotencyKeyReused => {
                input_field("idempotencyKey")
            }
            LeaveHouseholdErrorCode::NothingToLeave
            | LeaveHouseholdErrorCode::NotAllowed
            | LeaveHouseholdErrorCode::OwnerStays => None,
            LeaveHouseholdErrorCode::Stale => input_field("version"),
        };
        let retryable = matches!(code, LeaveHouseholdErrorCode::OwnerStays);
        let error = LeaveHouseholdUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: LeaveHouseholdErrorCode) -> (&'static str, &'static str) {
    match code {
        LeaveHouseholdErrorCode::BadIdempotencyKey => {
            ("请求编号格式不对,请重试。", "The idempotency key must be 16 to 64 visible ASCII characters.")
        }
        LeaveHouseholdErrorCode::IdempotencyKeyReused => {
            ("这个请求编号已用于另一次操作。", "This idempotency key was used for something else.")
        }
        LeaveHouseholdErrorCode::NothingToLeave => ("您没有可以离开的家。", "There is no household to leave."),
        LeaveHouseholdErrorCode::NotAllowed => ("未成年成员不能自己离开。", "A child does not leave alone."),
        LeaveHouseholdErrorCode::OwnerStays => (
            "您是户主。请先把户主身份转给家里另一位成年人,对方接受后再离开。",
            "You own this household. Hand it over to another grown-up first, and leave once it is accepted.",
        ),
        LeaveHouseholdErrorCode::Stale => {
            ("情况已经变化,请重新查看后再决定。", "Things changed since you looked. Please look again.")
        }
    }
}
