use app::staff::{StaffSignIn, StaffSignInRefused, StaffSignedIn};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::StaffRole;
use crate::schema::user_error::user_error;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct StaffSignInMutation;

/// What proves who of the staff somebody is.
#[derive(InputObject)]
struct StaffSignInInput {
    /// The name, as the operator gave it.
    name: String,
    /// The password.
    password: String,
    /// The six digits the authenticator app shows now, or a recovery code. Either works once.
    code: String,
}

/// What became of signing in as staff.
#[derive(SimpleObject)]
struct StaffSignInPayload {
    /// Send it with every request from now on: `Authorization: Bearer …`. Shown this once; null when refused.
    token: Option<String>,
    /// From this instant on the token is worth nothing; null when refused.
    expires_at: Option<Instant>,
    /// Who signed in; null when refused.
    staff_id: Option<ID>,
    /// With which roles; null when refused.
    roles: Option<Vec<StaffRole>>,
    /// What was refused.
    user_errors: Vec<StaffSignInUserError>,
}

user_error! {
    /// Why nobody was signed in as staff.
    StaffSignInUserError(StaffSignInErrorCode)
}

/// The refusals of `staffSignIn`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum StaffSignInErrorCode {
    /// The name, the password or the code is wrong, or the code was used; or five tries failed one after another within the last
    /// quarter of an hour: all one, so that guessing teaches nothing.
    WrongCredentials,
}

#[Object]
impl StaffSignInMutation {
    /// Signs in somebody of the operator's staff and hands out a token. It is worth nothing as a member's, nor a member's here.
    async fn staff_sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Name, password and code.")] input: StaffSignInInput,
    ) -> Nullable<StaffSignInPayload> {
        nullable(async {
            let StaffSignInInput { name, password, code } = input;
            let answer = app(ctx).staff_sign_in(StaffSignIn { name, password, code }).await?;
            Ok(Some(match answer {
                Ok(StaffSignedIn { token, expires_at, staff, roles }) => StaffSignInPayload {
                    token: Some(token.to_text()),
                    expires_at: Some(Instant(expires_at)),
                    staff_id: Some(ids::write(staff)),
                    roles: Some(roles.iter().map(StaffRole::from).collect()),
                    user_errors: Vec::new(),
                },
                Err(StaffSignInRefused::WrongCredentials) => {
                    StaffSignInPayload::refused(StaffSignInErrorCode::WrongCredentials, session(ctx).locale())
                }
            }))
        })
        .await
    }
}

impl StaffSignInPayload {
    fn refused(code: StaffSignInErrorCode, locale: Locale) -> Self {
        let message = match (code, locale) {
            (StaffSignInErrorCode::WrongCredentials, Locale::ZhCn) => {
                "用户名、密码或验证码不正确,或尝试次数过多,请稍后再试。"
            }
            (StaffSignInErrorCode::WrongCredentials, Locale::En) => {
                "The name, the password or the code is wrong, or too many tries failed. Please try again later."
            }
        };
        let error = StaffSignInUserError { code, message: message.to_owned(), field: None, retryable: false };
        Self { token: None, expires_at: None, staff_id: None, roles: None, user_errors: vec![error] }
    }
}
