use app::accounts::{SignIn, SignInRefusal, SignedIn};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{EmailAddress, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct SignInMutation;

/// What proves who somebody is.
#[derive(InputObject)]
struct SignInInput {
    /// The mail address the code was sent to.
    address: String,
    /// The six digits from the newest mail.
    code: String,
}

/// What became of signing in.
#[derive(SimpleObject)]
struct SignInPayload {
    /// Send it with every request from now on: `Authorization: Bearer …`. Shown this once; null when refused.
    token: Option<String>,
    /// From this instant on the token is worth nothing; null when refused.
    expires_at: Option<Instant>,
    /// Who signed in; null when refused.
    person_id: Option<ID>,
    /// What was refused.
    user_errors: Vec<SignInUserError>,
}

user_error! {
    /// Why nobody was signed in.
    SignInUserError(SignInErrorCode)
}

/// The refusals of `signIn`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SignInErrorCode {
    /// The text is not a mail address.
    BadAddress,
    /// The code is wrong, used, ten minutes old, tried too often or was never sent: all one, so that guessing teaches nothing.
    WrongCode,
}

#[Object]
impl SignInMutation {
    /// Signs in with a mailed code and hands out a token. Anyone may try.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address and the code.")] input: SignInInput,
    ) -> Nullable<SignInPayload> {
        nullable(async {
            let locale = session(ctx).locale();
            let Ok(address) = input.address.parse::<EmailAddress>() else {
                return Ok(Some(SignInPayload::refused(SignInErrorCode::BadAddress, locale)));
            };
            let answer = app(ctx).sign_in(SignIn { address, code: input.code, locale }).await?;
            Ok(Some(match answer {
                Ok(SignedIn { token, expires_at, person }) => SignInPayload {
                    token: Some(token.to_text()),
                    expires_at: Some(Instant(expires_at)),
                    person_id: Some(ids::write(person)),
                    user_errors: Vec::new(),
                },
                Err(SignInRefusal::WrongCode) => SignInPayload::refused(SignInErrorCode::WrongCode, locale),
            }))
        })
        .await
    }
}

impl SignInPayload {
    fn refused(code: SignInErrorCode, locale: Locale) -> Self {
        let message = match (code, locale) {
            (SignInErrorCode::BadAddress, Locale::ZhCn) => "这不是有效的邮箱地址。",
            (SignInErrorCode::BadAddress, Locale::En) => "This is not a mail address.",
            (SignInErrorCode::WrongCode, Locale::ZhCn) => "验证码不正确或已失效,请重新获取。",
            (SignInErrorCode::WrongCode, Locale::En) => {
                "This code is wrong or no longer good. Please ask for a new one."
            }
        };
        let field = match code {
            SignInErrorCode::BadAddress => input_field("address"),
            SignInErrorCode::WrongCode => input_field("code"),
        };
        let error = SignInUserError { code, message: message.to_owned(), field, retryable: false };
        Self { token: None, expires_at: None, person_id: None, user_errors: vec![error] }
    }
}
