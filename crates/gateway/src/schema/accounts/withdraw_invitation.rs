use app::accounts::NoSuchInvitation;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct WithdrawInvitationMutation;

/// Which invitation.
#[derive(InputObject)]
struct WithdrawInvitationInput {
    /// Its id, from `household { invitations { id } }`.
    invitation_id: ID,
}

/// What became of withdrawing an invitation.
#[derive(SimpleObject, Default)]
struct WithdrawInvitationPayload {
    /// True when it is withdrawn, now or before; null when refused.
    is_withdrawn: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<WithdrawInvitationUserError>,
}

#[Object]
impl WithdrawInvitationMutation {
    /// Takes back an invitation that waits. Whoever made it may, and the owner and adults of the household.
    async fn withdraw_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation.")] input: WithdrawInvitationInput,
    ) -> Nullable<WithdrawInvitationPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let none = || {
                let code = WithdrawInvitationErrorCode::NoSuchInvitation;
                Ok(Some(WithdrawInvitationPayload::refused(code, session.locale())))
            };
            let Some(id) = ids::read(&input.invitation_id)? else { return none() };
            match app(ctx).withdraw_invitation(principal, id).await? {
                Ok(()) => Ok(Some(WithdrawInvitationPayload { is_withdrawn: Some(true), user_errors: Vec::new() })),
                Err(NoSuchInvitation) => none(),
            }
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    WithdrawInvitationUserError(WithdrawInvitationErrorCode)
}

/// The refusals of `withdrawInvitation`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum WithdrawInvitationErrorCode {
    /// There is no such invitation that waits, or it is not yours to withdraw.
    NoSuchInvitation,
}

impl WithdrawInvitationPayload {
    fn refused(code: WithdrawInvitationErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = input_field("invitationId");
        let retryable = false;
        let error = WithdrawInvitationUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: WithdrawInvitationErrorCode) -> (&'static str, &'static str) {
    match code {
        WithdrawInvitationErrorCode::NoSuchInvitation => {
            ("没有这个待答复的邀请。", "There is no such invitation waiting.")
        }
    }
}
