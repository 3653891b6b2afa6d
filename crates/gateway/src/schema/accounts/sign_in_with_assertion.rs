use app::accounts::{SignInWithAssertion, SignedIn};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::{
    identity::{IdentityRefusal, Vouched},
    schema::{
        ids,
        nullable::{Nullable, nullable},
        scalars::Instant,
        session::{app, identity, session},
        user_error::{input_field, user_error},
    },
};

#[derive(Default)]
pub(in crate::schema) struct SignInWithAssertionMutation;

/// What the operator's identity provider says of somebody.
#[derive(InputObject)]
struct SignInWithAssertionInput {
    /// A signed JSON Web Token of the operator's identity provider, at most 8 KiB: EdDSA or RS256, with `kid`, `iss`, `aud`, `sub` (the
    /// operator's number of the person), `iat`, `exp` (at most 15 minutes later) and `jti`. Each is good once.
    assertion: String,
}

/// What became of signing in.
#[derive(SimpleObject)]
struct SignInWithAssertionPayload {
    /// Send it with every request from now on: `Authorization: Bearer …`. Shown this once; null when refused.
    token: Option<String>,
    /// From this instant on the token is worth nothing; null when refused.
    expires_at: Option<Instant>,
    /// Who signed in; null when refused.
    person_id: Option<ID>,
    /// What was refused.
    user_errors: Vec<SignInWithAssertionUserError>,
}

user_error! {
    /// Why nobody was signed in.
    SignInWithAssertionUserError(SignInWithAssertionErrorCode)
}

/// The refusals of `signInWithAssertion`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SignInWithAssertionErrorCode {
    /// This operator signs nobody in by an identity of its own: use `signIn`.
    NotOffered,
    /// The assertion is not right, no longer good, used before, or of somebody who is not known here: all one, so that guessing teaches
    /// nothing.
    NotAccepted,
    /// The identity provider cannot be asked for its keys at the moment.
    Unavailable,
}

#[Object]
impl SignInWithAssertionMutation {
    /// Signs in with an assertion of the operator's own identity provider and hands out a token. Anyone may try.
    async fn sign_in_with_assertion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assertion.")] input: SignInWithAssertionInput,
    ) -> Nullable<SignInWithAssertionPayload> {
        nullable(async {
            let (app, locale) = (app(ctx), session(ctx).locale());
            let refused = |code| Ok(Some(SignInWithAssertionPayload::refused(code, locale)));
            let Some(identity) = identity(ctx) else {
                return refused(SignInWithAssertionErrorCode::NotOffered);
            };
            let vouched = match identity.judge(&input.assertion, app.db().clock().now()).await {
                Ok(vouched) => vouched,
                Err(IdentityRefusal::NotAccepted) => return refused(SignInWithAssertionErrorCode::NotAccepted),
                Err(IdentityRefusal::Unavailable) => return refused(SignInWithAssertionErrorCode::Unavailable),
            };
            let Vouched { person, assertion_id, ends_at } = vouched;
            let command = SignInWithAssertion { person, assertion_id, ends_at, locale };
            match app.sign_in_with_assertion(&command).await? {
                Ok(SignedIn { token, expires_at, person }) => Ok(Some(SignInWithAssertionPayload {
                    token: Some(token.to_text()),
                    expires_at: Some(Instant(expires_at)),
                    person_id: Some(ids::write(person)),
                    user_errors: Vec::new(),
                })),
                Err(_) => refused(SignInWithAssertionErrorCode::NotAccepted),
            }
        })
        .await
    }
}

impl SignInWithAssertionPayload {
    fn refused(code: SignInWithAssertionErrorCode, locale: Locale) -> Self {
        let message = match (code, locale) {
            (SignInWithAssertionErrorCode::NotOffered, Locale::ZhCn) => "这里不能用运营方的账号登录,请用邮箱验证码。",
            (SignInWithAssertionErrorCode::NotOffered, Locale::En) => {
                "You cannot sign in by the operator's own account here. Please ask for a code."
            }
            (SignInWithAssertionErrorCode::NotAccepted, Locale::ZhCn) => "登录凭证不正确或已失效,请重新登录。",
            (SignInWithAssertionErrorCode::NotAccepted, Locale::En) => {
                "This proof of who you are is wrong or no longer good. Please sign in again."
            }
            (SignInWithAssertionErrorCode::Unavailable, Locale::ZhCn) => "暂时无法核对登录凭证,请稍后再试。",
            (SignInWithAssertionErrorCode::Unavailable, Locale::En) => {
                "Who you are cannot be checked at the moment. Please try again soon."
            }
        };
        let field = match code {
            SignInWithAssertionErrorCode::NotAccepted => input_field("assertion"),
            SignInWithAssertionErrorCode::NotOffered | SignInWithAssertionErrorCode::Unavailable => None,
        };
        let retryable = code == SignInWithAssertionErrorCode::Unavailable;
        let error = SignInWithAssertionUserError { code, message: message.to_owned(), field, retryable };
        Self { token: None, expires_at: None, person_id: None, user_errors: vec![error] }
    }
}
