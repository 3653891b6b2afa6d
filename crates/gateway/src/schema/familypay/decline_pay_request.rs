use ::familypay::PayRefusal;
use app::familypay::PayDoor;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::{PayRequest, pay_request::DeclineReason};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct DeclinePayRequestMutation;

/// Which request, and why.
#[derive(InputObject)]
struct DeclinePayRequestInput {
    /// The request, from `payRequests`.
    pay_request_id: ID,
    /// Why, in words that hurt nobody.
    reason: DeclineReason,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct DeclinePayRequestPayload {
    /// The request as it is now; null when refused.
    pay_request: Option<PayRequest>,
    /// Whether somebody else is asked now; null when refused.
    is_passed_on: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<DeclinePayRequestUserError>,
}

user_error! {
    /// Why nothing was done.
    DeclinePayRequestUserError(DeclinePayRequestErrorCode)
}

/// The refusals of `declinePayRequest`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DeclinePayRequestErrorCode {
    /// There is no such request, or it is not your turn.
    NoSuchRequest,
    /// Somebody else is paying it just now.
    ClaimedByAnother,
    /// It has been paid.
    AlreadyPaid,
    /// Its time is over.
    Expired,
    /// It is not to be paid any more.
    Ended,
}

use DeclinePayRequestErrorCode as Code;

#[Object]
impl DeclinePayRequestMutation {
    /// Passes a request on to the next of the senior's relatives, who is asked at once. Only while it is your turn.
    async fn decline_pay_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and why.")] input: DeclinePayRequestInput,
    ) -> Nullable<DeclinePayRequestPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let Some(request) = ids::read(&input.pay_request_id)? else {
                return Ok(Some(DeclinePayRequestPayload::refused(Code::NoSuchRequest, locale)));
            };
            let door = PayDoor::Member(*principal, request);
            match app(ctx).decline_pay_request(&door, input.reason.into()).await? {
                Ok(declined) => {
                    let shown = app(ctx).find_pay_request(principal, request).await?;
                    let is_passed_on = Some(declined.is_passed_on);
                    let pay_request = shown.map(PayRequest::from);
                    Ok(Some(DeclinePayRequestPayload { pay_request, is_passed_on, ..Default::default() }))
                }
                Err(refusal) => Ok(Some(DeclinePayRequestPayload::explain(refusal, locale))),
            }
        })
        .await
    }
}

impl DeclinePayRequestPayload {
    fn explain(refusal: PayRefusal, locale: Locale) -> Self {
        let code = match refusal {
            PayRefusal::NotYours => Code::NoSuchRequest,
            PayRefusal::ClaimedByAnother { .. } => Code::ClaimedByAnother,
            PayRefusal::AlreadyPaid => Code::AlreadyPaid,
            PayRefusal::Expired => Code::Expired,
            PayRefusal::Ended => Code::Ended,
        };
        Self::refused(code, locale)
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field, retryable) = explained(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = DeclinePayRequestUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English, the field at fault, and whether the very same request may succeed later.
const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>, bool) {
    match code {
        Code::NoSuchRequest => (
            "没有这笔请求,或者还没轮到您。",
            "There is no such request, or it is not your turn.",
            Some("payRequestId"),
            false,
        ),
        Code::ClaimedByAnother => ("别的家人正在付。", "Somebody else is paying it just now.", None, true),
        Code::AlreadyPaid => ("已经付好了。", "It has been paid.", None, false),
        Code::Expired => ("已经过了时间。", "Its time is over.", None, false),
        Code::Ended => ("这笔不用付了。", "It need not be paid any more.", None, false),
    }
}
