use ::accounts::InviteRefusal;
use app::accounts::Invite;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{EmailAddress, Label, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct InviteMemberMutation;

/// Whom to invite.
#[derive(InputObject)]
struct InviteMemberInput {
    /// The mail address of the person. It is used for this mail, never shown, and forgotten with the answer.
    address: String,
    /// What you call the person, up to 120 characters; the mail begins with it.
    name: String,
    /// As what the person would belong to your household.
    role: InvitedRole,
}

/// What somebody can be invited to be. Nobody is invited as an owner: an owner hands over.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum InvitedRole {
    /// An adult member.
    Adult,
    /// An older member.
    Senior,
    /// Under age.
    Child,
}

impl From<InvitedRole> for ::accounts::Role {
    fn from(role: InvitedRole) -> Self {
        match role {
            InvitedRole::Adult => Self::Adult,
            InvitedRole::Senior => Self::Senior,
            InvitedRole::Child => Self::Child,
        }
    }
}

/// What became of inviting. The same whether or not the address is known.
#[derive(SimpleObject, Default)]
struct InviteMemberPayload {
    /// The invitation's id, to withdraw it by; null when refused. It opens nothing: the secret is in the mail.
    invitation_id: Option<ID>,
    /// What was refused. No mail is sent then.
    user_errors: Vec<InviteMemberUserError>,
}

#[Object]
impl InviteMemberMutation {
    /// Invites somebody by mail into your household. An owner or an adult may. The mail holds a secret link, good for fourteen days.
    async fn invite_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: InviteMemberInput,
    ) -> Nullable<InviteMemberPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let locale = session.locale();
            let refused = |code| Ok(Some(InviteMemberPayload::refused(code, locale)));
            let Ok(address) = input.address.parse::<EmailAddress>() else {
                return refused(InviteMemberErrorCode::BadAddress);
            };
            let Ok(name) = input.name.parse::<Label>() else { return refused(InviteMemberErrorCode::BadName) };
            let invite = Invite { address, name, locale };
            let invited = app(ctx).invite_member(principal, &invite, input.role.into()).await?;
            match invited {
                Ok(id) => {
                    Ok(Some(InviteMemberPayload { invitation_id: Some(ids::write(id)), user_errors: Vec::new() }))
                }
                Err(InviteRefusal::NotAllowed) => refused(InviteMemberErrorCode::NotAllowed),
                Err(InviteRefusal::AlreadyInvited) => refused(InviteMemberErrorCode::AlreadyInvited),
                Err(InviteRefusal::TooMany) => refused(InviteMemberErrorCode::TooManyInvitations),
            }
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    InviteMemberUserError(InviteMemberErrorCode)
}

/// The refusals of `inviteMember`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum InviteMemberErrorCode {
    /// You are neither the owner nor an adult member of a household.
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

impl InviteMemberPayload {
    fn refused(code: InviteMemberErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            InviteMemberErrorCode::NotAllowed | InviteMemberErrorCode::TooManyInvitations => None,
            InviteMemberErrorCode::BadAddress | InviteMemberErrorCode::AlreadyInvited => input_field("address"),
            InviteMemberErrorCode::BadName => input_field("name"),
        };
        let retryable = matches!(code, InviteMemberErrorCode::TooManyInvitations);
        let error = InviteMemberUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: InviteMemberErrorCode) -> (&'static str, &'static str) {
    match code {
        InviteMemberErrorCode::NotAllowed => {
            ("只有户主和成年成员可以邀请。", "Only the owner and the adults of a household invite members.")
        }
        InviteMemberErrorCode::BadAddress => ("这不是有效的邮箱地址。", "This is not a mail address."),
        InviteMemberErrorCode::BadName => {
            ("请填写称呼,不超过一百二十个字。", "Please give a name of at most 120 characters.")
        }
        InviteMemberErrorCode::AlreadyInvited => (
            "已经用别的身份邀请过这个邮箱,请先撤回那次邀请。",
            "This address was invited as something else. Withdraw that invitation first.",
        ),
        InviteMemberErrorCode::TooManyInvitations => (
            "邀请太多了,请等对方答复或明天再试。",
            "There are too many invitations. Wait for an answer, or try again tomorrow.",
        ),
    }
}
