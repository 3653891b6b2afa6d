use async_graphql::{Context, Enum, Object, SimpleObject};
use kernel::Locale;

use crate::schema::user_error::user_error;
use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct SignOutMutation;

/// What became of signing out.
#[derive(SimpleObject)]
struct SignOutPayload {
    /// True when the token of this request is worth nothing any more; null when refused.
    is_signed_out: Option<bool>,
    /// What was refused.
    user_errors: Vec<SignOutUserError>,
}

user_error! {
    /// Why nobody was signed out.
    SignOutUserError(SignOutErrorCode)
}

/// The refusals of `signOut`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SignOutErrorCode {
    /// The request came without a token.
    NotSignedIn,
}

#[Object]
impl SignOutMutation {
    /// Ends the session of the token that came with this request. Other servers may believe it for another second.
    async fn sign_out(&self, ctx: &Context<'_>) -> Nullable<SignOutPayload> {
        nullable(async {
            let session = session(ctx);
            let (Some(principal), Some(token)) = (session.principal(), session.token()) else {
                return Ok(Some(SignOutPayload::not_signed_in(session.locale())));
            };
            app(ctx).sign_out(principal, token).await?;
            Ok(Some(SignOutPayload { is_signed_out: Some(true), user_errors: Vec::new() }))
        })
        .await
    }
}

impl SignOutPayload {
    fn not_signed_in(locale: Locale) -> Self {
        let message = match locale {
            Locale::ZhCn => "您还没有登录。",
            Locale::En => "Nobody is signed in.",
        };
        let code = SignOutErrorCode::NotSignedIn;
        let error = SignOutUserError { code, message: message.to_owned(), field: None, retryable: false };
        Self { is_signed_out: None, user_errors: vec![error] }
    }
}
