use app::accounts::NotSignedIn;
use async_graphql::{Context, Enum, Object, SimpleObject};
use kernel::{Fault, Locale};

use crate::schema::user_error::user_error;
use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct RevokeOtherSessionsMutation;

/// What became of ending all other sessions.
#[derive(SimpleObject)]
struct RevokeOtherSessionsPayload {
    /// How many sessions were ended; null when refused.
    revoked_count: Option<i32>,
    /// What was refused.
    user_errors: Vec<RevokeOtherSessionsUserError>,
}

user_error! {
    /// Why no session was ended.
    RevokeOtherSessionsUserError(RevokeOtherSessionsErrorCode)
}

/// The refusals of `revokeOtherSessions`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RevokeOtherSessionsErrorCode {
    /// The request came without a token, or with one that has just been revoked.
    NotSignedIn,
}

#[Object]
impl RevokeOtherSessionsMutation {
    /// Ends all your sessions but the one you ask with. Every server has heard of it within a second.
    async fn revoke_other_sessions(&self, ctx: &Context<'_>) -> Nullable<RevokeOtherSessionsPayload> {
        nullable(async {
            let session = session(ctx);
            let Some(principal) = session.principal() else {
                return Ok(Some(RevokeOtherSessionsPayload::not_signed_in(session.locale())));
            };
            Ok(Some(match app(ctx).revoke_other_sessions(principal).await? {
                Ok(count) => {
                    let count = i32::try_from(count);
                    let count = count.map_err(|_| Fault::inconsistent("count more sessions than anybody opens"))?;
                    RevokeOtherSessionsPayload { revoked_count: Some(count), user_errors: Vec::new() }
                }
                Err(NotSignedIn) => RevokeOtherSessionsPayload::not_signed_in(session.locale()),
            }))
        })
        .await
    }
}

impl RevokeOtherSessionsPayload {
    fn not_signed_in(locale: Locale) -> Self {
        let message = match locale {
            Locale::ZhCn => "您还没有登录。",
            Locale::En => "Nobody is signed in.",
        };
        let code = RevokeOtherSessionsErrorCode::NotSignedIn;
        let error = RevokeOtherSessionsUserError { code, message: message.to_owned(), field: None, retryable: false };
        Self { revoked_count: None, user_errors: vec![error] }
    }
}
