use ::familypay::EndRefusal;
use app::familypay::EndRequestRefusal;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::PayRequest;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct PayAtPickUpMutation;

/// Which request.
#[derive(InputObject)]
struct PayAtPickUpInput {
    /// The request, from `payRequests`.
    pay_request_id: ID,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct PayAtPickUpPayload {
    /// The request as it is now; null when refused.
    pay_request: Option<PayRequest>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<PayAtPickUpUserError>,
}

user_error! {
    /// Why nothing was done.
    PayAtPickUpUserError(PayAtPickUpErrorCode)
}

/// The refusals of `payAtPickUp`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum PayAtPickUpErrorCode {
    /// There is no such request of your household's.
    NoSuchRequest,
    /// It has been paid.
    AlreadyPaid,
    /// It has ended.
    Ended,
    /// The order is closed.
    Closed,
    /// Its goods are gone.
    SoldOut,
}

use PayAtPickUpErrorCode as Code;

#[Object]
impl PayAtPickUpMutation {
    /// Pays the order when it is picked up, instead of asking: until it closes, whatever relatives answered.
    async fn pay_at_pick_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] input: PayAtPickUpInput,
    ) -> Nullable<PayAtPickUpPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let Some(request) = ids::read(&input.pay_request_id)? else {
                return Ok(Some(PayAtPickUpPayload::refused(Code::NoSuchRequest, locale)));
            };
            match app(ctx).pay_at_pick_up(principal, request).await? {
                Ok(()) => {
                    let shown = app(ctx).find_pay_request(principal, request).await?;
                    Ok(Some(PayAtPickUpPayload { pay_request: shown.map(PayRequest::from), ..Default::default() }))
                }
                Err(refusal) => Ok(Some(PayAtPickUpPayload::explain(refusal, locale))),
            }
        })
        .await
    }
}

impl PayAtPickUpPayload {
    fn explain(refusal: EndRequestRefusal, locale: Locale) -> Self {
        let code = match refusal {
            EndRequestRefusal::NoSuchRequest => Code::NoSuchRequest,
            EndRequestRefusal::NotNow(EndRefusal::AlreadyPaid) => Code::AlreadyPaid,
            EndRequestRefusal::NotNow(EndRefusal::Ended) => Code::Ended,
            EndRequestRefusal::Closed => Code::Closed,
            EndRequestRefusal::SoldOut => Code::SoldOut,
        };
        Self::refused(code, locale)
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field, retryable) = explained(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = PayAtPickUpUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English, the field at fault, and whether the very same request may succeed later.
const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>, bool) {
    match code {
        Code::NoSuchRequest => ("没有这笔请求。", "There is no such request.", Some("payRequestId"), false),
        Code::AlreadyPaid => ("已经付好了。", "It has been paid.", None, false),
        Code::Ended => ("这笔已经结束了。", "It has ended.", None, false),
        Code::Closed => ("已经截单了。", "The order is closed.", None, false),
        Code::SoldOut => ("东西已经卖完了。", "Its goods are gone.", None, true),
    }
}
