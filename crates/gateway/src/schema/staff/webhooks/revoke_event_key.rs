use app::webhooks::{Decider, EventKeyRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct RevokeEventKeyMutation;

/// Which key.
#[derive(InputObject)]
struct RevokeEventKeyInput {
    /// Which, from `eventKeys`.
    event_key_id: ID,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct RevokeEventKeyPayload {
    /// True when it is worth nothing any more; null when refused.
    is_revoked: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<RevokeEventKeyUserError>,
}

user_error! {
    /// Why a key was not revoked.
    RevokeEventKeyUserError(RevokeEventKeyErrorCode)
}

/// The refusals of `revokeEventKey`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RevokeEventKeyErrorCode {
    /// You are no admin.
    NotAllowed,
    /// No good key has this id.
    NoSuchEventKey,
}

use RevokeEventKeyErrorCode as Code;

#[Object]
impl RevokeEventKeyMutation {
    /// For admins: makes a key of the order system worth nothing, everywhere within a second.
    async fn revoke_event_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] input: RevokeEventKeyInput,
    ) -> Nullable<RevokeEventKeyPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(RevokeEventKeyPayload::refused(code, locale)));
            let Some(key) = ids::read(&input.event_key_id)? else { return refused(Code::NoSuchEventKey) };
            match app(ctx).revoke_event_key(Decider::Staff(*principal), key).await? {
                Ok(()) => Ok(Some(RevokeEventKeyPayload { is_revoked: Some(true), user_errors: Vec::new() })),
                Err(EventKeyRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(EventKeyRefusal::TooMany | EventKeyRefusal::NoSuchKey) => refused(Code::NoSuchEventKey),
            }
        })
        .await
    }
}

impl RevokeEventKeyPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("只有管理员可以这样做。", "Only admins do this.", None),
            Code::NoSuchEventKey => {
                ("没有这个有效密钥。", "There is no such key, or it was revoked before.", Some("eventKeyId"))
            }
        };
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = RevokeEventKeyUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
