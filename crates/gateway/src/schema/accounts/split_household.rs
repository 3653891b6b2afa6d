use app::accounts::{ChangeVersion, SplitRefusal};
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
pub(in crate::schema) struct SplitHouseholdMutation;

/// By which preview, and which act.
#[derive(InputObject)]
struct SplitHouseholdInput {
    /// The `version` of `previewSplit`.
    version: String,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same version it answers again.
    idempotency_key: String,
}

/// What became of splitting.
#[derive(SimpleObject, Default)]
struct SplitHouseholdPayload {
    /// The household you own now, to be asked for in the next request; null when refused.
    household_id: Option<ID>,
    /// How many points moved there; null when refused.
    points_moved: Option<i32>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<SplitHouseholdUserError>,
}

#[Object]
impl SplitHouseholdMutation {
    /// Goes to a household of your own with those the offer names, exactly as `previewSplit` said: each takes the free points they brought.
    /// Within seven days `undoSplit` brings everybody back, if the new household spent nothing.
    async fn split_household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By which preview, and which act.")] input: SplitHouseholdInput,
    ) -> Nullable<SplitHouseholdPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| Ok(Some(SplitHouseholdPayload::refused(code, session.locale())));
            let Ok(key) = input.idempotency_key.parse::<IdempotencyKey>() else {
                return refused(SplitHouseholdErrorCode::BadIdempotencyKey);
            };
            match app(ctx).split_household(principal, &ChangeVersion::told(&input.version), &key).await? {
                Ok(split) => {
                    if split.is_replay {
                        session.note_replay();
                    }
                    Ok(Some(SplitHouseholdPayload {
                        household_id: Some(ids::write(split.household)),
                        points_moved: Some(points(split.moved)?),
                        user_errors: Vec::new(),
                    }))
                }
                Err(SplitRefusal::NoSuchOffer) => refused(SplitHouseholdErrorCode::NoSuchOffer),
                Err(SplitRefusal::Stale) => refused(SplitHouseholdErrorCode::Stale),
                Err(SplitRefusal::IdempotencyKeyReused) => refused(SplitHouseholdErrorCode::IdempotencyKeyReused),
            }
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    SplitHouseholdUserError(SplitHouseholdErrorCode)
}

/// The refusals of `splitHousehold`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SplitHouseholdErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used with another version.
    IdempotencyKeyReused,
    /// Nothing was offered to you, or not any more: it lapsed, the owner changed, or somebody named left.
    NoSuchOffer,
    /// The household changed since the preview. Look again, and decide again.
    Stale,
}

impl SplitHouseholdPayload {
    fn refused(code: SplitHouseholdErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            SplitHouseholdErrorCode::BadIdempotencyKey | SplitHouseholdErrorCode::IdempotencyKeyReused => {
                input_field("idempotencyKey")
            }
            SplitHouseholdErrorCode::NoSuchOffer => None,
            SplitHouseholdErrorCode::Stale => input_field("version"),
        };
        let retryable = false;
        let error = SplitHouseholdUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: SplitHouseholdErrorCode) -> (&'static str, &'static str) {
    match code {
        SplitHouseholdErrorCode::BadIdempotencyKey => {
            ("请求编号格式不对,请重试。", "The idempotency key must be 16 to 64 visible ASCII characters.")
        }
        SplitHouseholdErrorCode::IdempotencyKeyReused => {
            ("这个请求编号已用于另一次操作。", "This idempotency key was used for something else.")
        }
        SplitHouseholdErrorCode::NoSuchOffer => {
            ("没有给您的分家提议,或已失效。", "There is no such offer for you any more.")
        }
        SplitHouseholdErrorCode::Stale => {
            ("情况已经变化,请重新查看后再决定。", "Things changed since you looked. Please look again.")
        }
    }
}
