use ::accounts::InviteRefusal;
use app::accounts::Invite;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{EmailAddress, Label, Locale};

use super::kin::{KinRelation, KinSide};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct InviteKinMutation;

/// Whom to invite.
#[derive(InputObject)]
struct InviteKinInput {
    /// The mail address of the person. It is used for this mail, never shown, and forgotten with the answer.
    address: String,
    /// What you call the person, up to 120 characters; the mail begins with it.
    name: String,
    /// Which of the two is the senior.
    invites: KinSide,
    /// What the relative is to the senior.
    relation: KinRelation,
}

/// What became of inviting. The same whether or not the address is known.
#[derive(SimpleObject, Default)]
struct InviteKinPayload {
    /// The invitation's id, to withdraw it by; null when refused. It opens nothing: the secret is in the mail.
    invitation_id: Option<ID>,
    /// What was refused. No mail is sent then.
    user_errors: Vec<InviteKinUserError>,
}

#[Object]
impl InviteKinMutation {
    /// Invites somebody, usually of another household, to be linked with you as kin. Both households keep their own points. Anybody of a
    /// household but a child may.
    async fn invite_kin(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: InviteKinInput,
    ) -> Nullable<InviteKinPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let locale = session.locale();
            let refused = |code| Ok(Some(InviteKinPayload::refused(code, locale)));
            let Ok(address) = input.address.parse::<EmailAddress>() else {
                return refused(InviteKinErrorCode::BadAddress);
            };
            let Ok(name) = input.name.parse::<Label>() else { return refused(InviteKinErrorCode::BadName) };
            let invite = Invite { address, name, locale };
            let invited = app(ctx).invite_kin(principal, &invite, input.invites.into(), input.relation.into()).await?;
            match invited {
                Ok(id) => Ok(Some(InviteKinPayload { invitation_id: Some(ids::write(id)), user_errors: Vec::new() })),
                Err(InviteRefusal::NotAllowed) => refused(InviteKinErrorCode::NotAllowed),
                Err(InviteRefusal::AlreadyInvited) => refused(InviteKinErrorCode::AlreadyInvited),
                Err(InviteRefusal::TooMany) => refused(InviteKinErrorCode::TooManyInvitations),
            }
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    InviteKinUserError(InviteKinErrorCode)
}

/// The refusals of `inviteKin`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum InviteKinErrorCode {
    /// You belong to no household, or are a child.
    NotAllowed,
    /// The text is not a mail address.
    BadAddress,
    /// The name is empty, longer than 120 characters, or has characters that cannot be seen.
    BadName,
    /// This address was invited as something else and has not answered. Withdraw that invitation first.
    AlreadyInvited,
    /// Ten invitations of the household wait for an answer, or it made twenty within a day.
    TooManyInvitations,
}

impl InviteKinPayload {
    fn refused(code: InviteKinErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            InviteKinErrorCode::NotAllowed | InviteKinErrorCode::TooManyInvitations => None,
            InviteKinErrorCode::BadAddress | InviteKinErrorCode::AlreadyInvited => input_field("address"),
            InviteKinErrorCode::BadName => input_field("name"),
        };
        let retryable = matches!(code, InviteKinErrorCode::TooManyInvitations);
        let error = InviteKinUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: InviteKinErrorCode) -> (&'static str, &'static str) {
    match code {
        InviteKinErrorCode::NotAllowed => {
            ("您需要先加入家庭户;未成年成员不能邀请。", "You need to belong to a household, and not as a child.")
        }
        InviteKinErrorCode::BadAddress => ("这不是有效的邮箱地址。", "This is not a mail address."),
        InviteKinErrorCode::BadName => {
            ("请填写称呼,不超过一百二十个字。", "Please give a name of at most 120 characters.")
        }
        InviteKinErrorCode::AlreadyInvited => (
            "已经用别的身份邀请过这个邮箱,请先撤回那次邀请。",
            "This address was invited as something else. Withdraw that invitation first.",
        ),
        InviteKinErrorCode::TooManyInvitations => (
            "邀请太多了,请等对方答复或明天再试。",
            "There are too many invitations. Wait for an answer, or try again tomorrow.",
        ),
    }
}
