use app::accounts::RevokeSessionRefusal;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct RevokeSessionMutation;

/// Which session to end.
#[derive(InputObject)]
struct RevokeSessionInput {
    /// The session's id, as `me { sessions { id } }` tells it.
    session_id: ID,
}

/// What became of ending a session.
#[derive(SimpleObject)]
struct RevokeSessionPayload {
    /// True when the session's token is worth nothing any more; null when refused.
    is_revoked: Option<bool>,
    /// What was refused.
    user_errors: Vec<RevokeSessionUserError>,
}

user_error! {
    /// Why no session was ended.
    RevokeSessionUserError(RevokeSessionErrorCode)
}

/// The refusals of `revokeSession`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RevokeSessionErrorCode {
    /// The request came without a token, or with one that has just been revoked.
    NotSignedIn,
    /// You have no such open session: never, no longer, or it is somebody else's.
    NoSuchSession,
}

#[Object]
impl RevokeSessionMutation {
    /// Ends one of your own sessions, such as that of a lost phone; also the one you ask with. Every server has heard of it within a
    /// second.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: RevokeSessionInput,
    ) -> Nullable<RevokeSessionPayload> {
        nullable(async {
            let session = session(ctx);
            let Some(principal) = session.principal() else {
                return Ok(Some(RevokeSessionPayload::refused(RevokeSessionErrorCode::NotSignedIn, session.locale())));
            };
            let answer = match ids::read(&input.session_id)? {
                Some(id) => app(ctx).revoke_session(principal, id).await?,
                None => Err(RevokeSessionRefusal::NoSuchSession),
            };
            Ok(Some(match answer {
                Ok(()) => RevokeSessionPayload { is_revoked: Some(true), user_errors: Vec::new() },
                Err(refusal) => RevokeSessionPayload::refused(refusal.into(), session.locale()),
            }))
        })
        .await
    }
}

impl From<RevokeSessionRefusal> for RevokeSessionErrorCode {
    fn from(refusal: RevokeSessionRefusal) -> Self {
        match refusal {
            RevokeSessionRefusal::NotSignedIn => Self::NotSignedIn,
            RevokeSessionRefusal::NoSuchSession => Self::NoSuchSession,
        }
    }
}

impl RevokeSessionPayload {
    fn refused(code: RevokeSessionErrorCode, locale: Locale) -> Self {
        let (message, field) = match (code, locale) {
            (RevokeSessionErrorCode::NotSignedIn, Locale::ZhCn) => ("您还没有登录。", None),
            (RevokeSessionErrorCode::NotSignedIn, Locale::En) => ("Nobody is signed in.", None),
            (RevokeSessionErrorCode::NoSuchSession, Locale::ZhCn) => {
                ("没有找到这个登录会话,可能已经退出。", input_field("sessionId"))
            }
            (RevokeSessionErrorCode::NoSuchSession, Locale::En) => {
                ("You have no such session; it may have ended already.", input_field("sessionId"))
            }
        };
        let error = RevokeSessionUserError { code, message: message.to_owned(), field, retryable: false };
        Self { is_revoked: None, user_errors: vec![error] }
    }
}
