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
pub(in crate::schema) struct InviteHouseholdMutation;

/// Whom to invite.
#[derive(InputObject)]
struct InviteHouseholdInput {
    /// The mail address of the owner of the other household. It is used for this mail, never shown, and forgotten with the answer.
    address: String,
    /// What you call the person, up to 120 characters; the mail begins with it.
    name: String,
}

/// What became of inviting. The same whether or not the address is known.
#[derive(SimpleObject, Default)]
struct InviteHouseholdPayload {
    /// The invitation's id, to withdraw it by; null when refused. It opens nothing: the secret is in the mail.
    invitation_id: Option<ID>,
    /// What was refused. No mail is sent then.
    user_errors: Vec<InviteHouseholdUserError>,
}

#[Object]
impl InviteHouseholdMutation {
    /// Asks by mail the owner of another household to bring it along into yours: both become one, and yours lives on. Only its owner may.
    /// The mail holds a secret link, good for fourteen days; whoever accepts sees in `previewMerge` what your household owes.
    async fn invite_household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: InviteHouseholdInput,
    ) -> Nullable<InviteHouseholdPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let locale = session.locale();
            let refused = |code| Ok(Some(InviteHouseholdPayload::refused(code, locale)));
            let Ok(address) = input.address.parse::<EmailAddress>() else {
                return refused(InviteHouseholdErrorCode::BadAddress);
            };
            let Ok(name) = input.name.parse::<Label>() else { return refused(InviteHouseholdErrorCode::BadName) };
            let invite = Invite { address, name, locale };
            let invited = app(ctx).invite_household(principal, &invite).await?;
            match invited {
                Ok(id) => {
                    Ok(Some(InviteHouseholdPayload { invitation_id: Some(ids::write(id)), user_errors: Vec::new() }))
                }
                Err(InviteRefusal::NotAllowed) => refused(InviteHouseholdErrorCode::NotAllowed),
                Err(InviteRefusal::AlreadyInvited) => refused(InviteHouseholdErrorCode::AlreadyInvited),
                Err(InviteRefusal::TooMany) => refused(InviteHouseholdErrorCode::TooManyInvitations),
            }
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    InviteHouseholdUserError(InviteHouseholdErrorCode)
}

/// The refusals of `inviteHousehold`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum InviteHouseholdErrorCode {
    /// You own no household.
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

impl InviteHouseholdPayload {
    fn refused(code: InviteHouseholdErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            InviteHouseholdErrorCode::NotAllowed | InviteHouseholdErrorCode::TooManyInvitations => None,
            InviteHouseholdErrorCode::BadAddress | InviteHouseholdErrorCode::AlreadyInvited => input_field("address"),
            InviteHouseholdErrorCode::BadName => input_field("name"),
        };
        let retryable = matches!(code, InviteHouseholdErrorCode::TooManyInvitations);
        let error = InviteHouseholdUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: InviteHouseholdErrorCode) -> (&'static str, &'static str) {
    match code {
        InviteHouseholdErrorCode::NotAllowed => {
            ("只有户主可以邀请另一个家合并。", "Only the owner of a household invites another to merge with it.")
        }
        InviteHouseholdErrorCode::BadAddress => ("这不是有效的邮箱地址。", "This is not a mail address."),
        InviteHouseholdErrorCode::BadName => {
            ("请填写称呼,不超过一百二十个字。", "Please give a name of at most 120 characters.")
        }
        InviteHouseholdErrorCode::AlreadyInvited => (
            "已经用别的身份邀请过这个邮箱,请先撤回那次邀请。",
            "This address was invited as something else. Withdraw that invitation first.",
        ),
        InviteHouseholdErrorCode::TooManyInvitations => (
            "邀请太多了,请等对方答复或明天再试。",
            "There are too many invitations. Wait for an answer, or try again tomorrow.",
        ),
    }
}
