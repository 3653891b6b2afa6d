use app::staff::{AuthenticatorReplaced, ReplaceAuthenticator, WrongStaffCredentials};
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::user_error::user_error;
use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct ReplaceAuthenticatorMutation;

/// The password you have, and what you have left of your second factor.
#[derive(InputObject)]
struct ReplaceAuthenticatorInput {
    /// The password you have.
    current_password: String,
    /// A recovery code, or the old authenticator's six digits. A code that was used to sign in is not taken again.
    code: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct ReplaceAuthenticatorPayload {
    /// What your authenticator app reads, shown once; null when refused. Every session of yours has ended then, this one too.
    authenticator_url: Option<String>,
    /// Your new recovery codes, each good once, shown once; null when refused. Those from before are worth nothing.
    recovery_codes: Option<Vec<String>>,
    /// What was refused. Nothing changed then, but a wrong password or code counts as a try to sign in.
    user_errors: Vec<ReplaceAuthenticatorUserError>,
}

user_error! {
    /// Why nothing changed.
    ReplaceAuthenticatorUserError(ReplaceAuthenticatorErrorCode)
}

/// The refusals of `replaceAuthenticator`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ReplaceAuthenticatorErrorCode {
    /// The password or the code is wrong, or too many tries failed.
    WrongCredentials,
}

use ReplaceAuthenticatorErrorCode as Code;

#[Object]
impl ReplaceAuthenticatorMutation {
    /// Gives you a new authenticator and new recovery codes as one of the staff, when you have another phone. Every session of yours ends,
    /// also this one: sign in again.
    async fn replace_authenticator(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password you have, and what you have left of your second factor.")]
        input: ReplaceAuthenticatorInput,
    ) -> Nullable<ReplaceAuthenticatorPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let replace = ReplaceAuthenticator { password: input.current_password, code: input.code };
            Ok(Some(match app(ctx).replace_authenticator(principal, replace).await? {
                Ok(AuthenticatorReplaced { authenticator_url, recovery_codes }) => ReplaceAuthenticatorPayload {
                    authenticator_url: Some(authenticator_url),
                    recovery_codes: Some(recovery_codes.iter().map(::accounts::RecoveryCode::to_text).collect()),
                    user_errors: Vec::new(),
                },
                Err(WrongStaffCredentials) => ReplaceAuthenticatorPayload::refused(Code::WrongCredentials, locale),
            }))
        })
        .await
    }
}

impl ReplaceAuthenticatorPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en) = match code {
            Code::WrongCredentials => (
                "密码或动态口令不正确,或尝试次数过多。",
                "The password or the code is not right, or too many tries failed.",
            ),
        };
        let message = locale.choose(zh, en);
        let error = ReplaceAuthenticatorUserError { code, message: message.to_owned(), field: None, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
