use ::accounts::Password;
use app::staff::{ChangeStaffPassword, WrongStaffCredentials};
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct ChangeStaffPasswordMutation;

/// The password you have, a second factor, and the password you want.
#[derive(InputObject)]
struct ChangeStaffPasswordInput {
    /// The password you have.
    current_password: String,
    /// The authenticator's six digits, or a recovery code. A code that was used to sign in is not taken again.
    code: String,
    /// The password you want, 12 to 128 characters.
    new_password: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct ChangeStaffPasswordPayload {
    /// True when the new password is the one to sign in with, and every session of yours has ended, this one too; null when refused.
    is_changed: Option<bool>,
    /// What was refused. Nothing changed then, but a wrong password or code counts as a try to sign in.
    user_errors: Vec<ChangeStaffPasswordUserError>,
}

user_error! {
    /// Why a password is not changed.
    ChangeStaffPasswordUserError(ChangeStaffPasswordErrorCode)
}

/// The refusals of `changeStaffPassword`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ChangeStaffPasswordErrorCode {
    /// The password or the code is wrong, or too many tries failed.
    WrongCredentials,
    /// The new password is too short or too long.
    BadPassword,
}

use ChangeStaffPasswordErrorCode as Code;

#[Object]
impl ChangeStaffPasswordMutation {
    /// Changes your password as one of the staff. Every session of yours ends, also this one: sign in again.
    async fn change_staff_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password you have, a second factor, and the password you want.")]
        input: ChangeStaffPasswordInput,
    ) -> Nullable<ChangeStaffPasswordPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let Ok(new) = Password::parse(&input.new_password) else {
                return Ok(Some(ChangeStaffPasswordPayload::refused(Code::BadPassword, locale)));
            };
            let change = ChangeStaffPassword { current: input.current_password, code: input.code, new };
            Ok(Some(match app(ctx).change_staff_password(principal, change).await? {
                Ok(()) => ChangeStaffPasswordPayload { is_changed: Some(true), user_errors: Vec::new() },
                Err(WrongStaffCredentials) => ChangeStaffPasswordPayload::refused(Code::WrongCredentials, locale),
            }))
        })
        .await
    }
}

impl ChangeStaffPasswordPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::WrongCredentials => (
                "密码或动态口令不正确,或尝试次数过多。",
                "The password or the code is not right, or too many tries failed.",
                None,
            ),
            Code::BadPassword => (
                "新密码需为 12 至 128 个字符。",
                "The new password must have 12 to 128 characters.",
                input_field("newPassword"),
            ),
        };
        let message = locale.choose(zh, en);
        let error = ChangeStaffPasswordUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
