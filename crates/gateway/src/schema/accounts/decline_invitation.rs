use app::accounts::NoSuchInvitation;
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct DeclineInvitationMutation;

/// Which invitation.
#[derive(InputObject)]
struct DeclineInvitationInput {
    /// The secret from the mail, 32 hexadecimal digits; blanks and dashes do no harm.
    token: String,
}

/// What became of declining an invitation.
#[derive(SimpleObject, Default)]
struct DeclineInvitationPayload {
    /// True when it is declined, now or before; null when refused.
    is_declined: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<DeclineInvitationUserError>,
}

#[Object]
impl DeclineInvitationMutation {
    /// Says no to the invitation of a link. Whoever has the link may, without signing in.
    async fn decline_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation.")] input: DeclineInvitationInput,
    ) -> Nullable<DeclineInvitationPayload> {
        nullable(async {
            let session = session(ctx);
            Ok(Some(match app(ctx).decline_invitation(&input.token).await? {
                Ok(()) => DeclineInvitationPayload { is_declined: Some(true), user_errors: Vec::new() },
                Err(NoSuchInvitation) => {
                    DeclineInvitationPayload::refused(DeclineInvitationErrorCode::NoSuchInvitation, session.locale())
                }
            }))
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    DeclineInvitationUserError(DeclineInvitationErrorCode)
}

/// The refusals of `declineInvitation`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DeclineInvitationErrorCode {
    /// The secret is wrong, or the invitation has ended.
    NoSuchInvitation,
}

impl DeclineInvitationPayload {
    fn refused(code: DeclineInvitationErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = input_field("token");
        let retryable = false;
        let error = DeclineInvitationUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: DeclineInvitationErrorCode) -> (&'static str, &'static str) {
    match code {
        DeclineInvitationErrorCode::NoSuchInvitation => ("邀请无效或已结束。", "This invitation is not good any more."),
    }
}
