use app::accounts::{AcceptOwnershipRefusal, ChangeVersion};
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct AcceptOwnershipMutation;

/// By which preview.
#[derive(InputObject)]
struct AcceptOwnershipInput {
    /// The `version` of `previewOwnership`.
    version: String,
}

/// What became of accepting a household.
#[derive(SimpleObject, Default)]
struct AcceptOwnershipPayload {
    /// True when you are the owner now; null when refused.
    is_owner: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<AcceptOwnershipUserError>,
}

#[Object]
impl AcceptOwnershipMutation {
    /// Becomes the owner of the household that was offered to you, exactly as `previewOwnership` said. Who offered it is an adult member then.
    async fn accept_ownership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By which preview.")] input: AcceptOwnershipInput,
    ) -> Nullable<AcceptOwnershipPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| AcceptOwnershipPayload::refused(code, session.locale());
            Ok(Some(match app(ctx).accept_ownership(principal, &ChangeVersion::told(&input.version)).await? {
                Ok(_) => AcceptOwnershipPayload { is_owner: Some(true), user_errors: Vec::new() },
                Err(AcceptOwnershipRefusal::NoSuchOffer) => refused(AcceptOwnershipErrorCode::NoSuchOffer),
                Err(AcceptOwnershipRefusal::Stale) => refused(AcceptOwnershipErrorCode::Stale),
            }))
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    AcceptOwnershipUserError(AcceptOwnershipErrorCode)
}

/// The refusals of `acceptOwnership`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AcceptOwnershipErrorCode {
    /// No household is offered to you, or not any more.
    NoSuchOffer,
    /// The household changed since the preview. Look again, and decide again.
    Stale,
}

impl AcceptOwnershipPayload {
    fn refused(code: AcceptOwnershipErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            AcceptOwnershipErrorCode::NoSuchOffer => None,
            AcceptOwnershipErrorCode::Stale => input_field("version"),
        };
        let retryable = false;
        let error = AcceptOwnershipUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: AcceptOwnershipErrorCode) -> (&'static str, &'static str) {
    match code {
        AcceptOwnershipErrorCode::NoSuchOffer => {
            ("没有转让给您的户主身份,或已经过期。", "No household is offered to you, or not any more.")
        }
        AcceptOwnershipErrorCode::Stale => {
            ("情况已经变化,请重新查看后再决定。", "Things changed since you looked. Please look again.")
        }
    }
}
