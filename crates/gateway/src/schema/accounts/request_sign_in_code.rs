use ::accounts::TooManyCodes;
use app::accounts::RequestSignInCode;
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::{EmailAddress, Locale};

use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct RequestSignInCodeMutation;

/// To whom a sign-in code is sent.
#[derive(InputObject)]
struct RequestSignInCodeInput {
    /// The mail address the operator knows the person by.
    address: String,
}

/// What became of asking for a code.
#[derive(SimpleObject)]
struct RequestSignInCodePayload {
    /// How many seconds until the next code can be had, when too many were asked for; null otherwise.
    retry_after_seconds: Option<i64>,
    /// What was refused. Empty also for an address nobody has: nothing is told about who is known.
    user_errors: Vec<RequestSignInCodeUserError>,
}

user_error! {
    /// Why no code is sent.
    RequestSignInCodeUserError(RequestSignInCodeErrorCode)
}

/// The refusals of `requestSignInCode`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RequestSignInCodeErrorCode {
    /// The text is not a mail address.
    BadAddress,
    /// Too many codes were asked for with this address within an hour; `retryAfterSeconds` says when the next can be had.
    TooManyCodes,
}

#[Object]
impl RequestSignInCodeMutation {
    /// Mails a six-digit sign-in code, good for ten minutes, five tries and one use. Anyone may ask; the answer is the same
    /// whether or not the address is known.
    async fn request_sign_in_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom.")] input: RequestSignInCodeInput,
    ) -> Nullable<RequestSignInCodePayload> {
        nullable(async {
            let locale = session(ctx).locale();
            let Ok(address) = input.address.parse::<EmailAddress>() else {
                return Ok(Some(RequestSignInCodePayload::refused(
                    RequestSignInCodeErrorCode::BadAddress,
                    None,
                    locale,
                )));
            };
            let answer = app(ctx).request_sign_in_code(RequestSignInCode { address, locale }).await?;
            Ok(Some(match answer {
                Ok(()) => RequestSignInCodePayload { retry_after_seconds: None, user_errors: Vec::new() },
                Err(TooManyCodes { retry_after }) => {
                    // Rounded up, so that waiting so long is enough.
                    let seconds = (retry_after.num_milliseconds() + 999) / 1_000;
                    session(ctx).note_retry_after(seconds.unsigned_abs());
                    RequestSignInCodePayload::refused(RequestSignInCodeErrorCode::TooManyCodes, Some(seconds), locale)
                }
            }))
        })
        .await
    }
}

impl RequestSignInCodePayload {
    fn refused(code: RequestSignInCodeErrorCode, retry_after_seconds: Option<i64>, locale: Locale) -> Self {
        let message = match (code, locale) {
            (RequestSignInCodeErrorCode::BadAddress, Locale::ZhCn) => "这不是有效的邮箱地址。",
            (RequestSignInCodeErrorCode::BadAddress, Locale::En) => "This is not a mail address.",
            (RequestSignInCodeErrorCode::TooManyCodes, Locale::ZhCn) => "获取验证码太频繁,请稍后再试。",
            (RequestSignInCodeErrorCode::TooManyCodes, Locale::En) => {
                "Too many codes were asked for. Please wait a while."
            }
        };
        let (field, retryable) = match code {
            RequestSignInCodeErrorCode::BadAddress => (input_field("address"), false),
            RequestSignInCodeErrorCode::TooManyCodes => (None, true),
        };
        let error = RequestSignInCodeUserError { code, message: message.to_owned(), field, retryable };
        Self { retry_after_seconds, user_errors: vec![error] }
    }
}
