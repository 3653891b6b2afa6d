use ::accounts::RequestErasureRefusal;
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::erasure::{Erasure, ErasureBasis};
use crate::schema::user_error::user_error;
use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct RequestErasureMutation;

/// How you want to be forgotten.
#[derive(InputObject)]
struct RequestErasureInput {
    /// `COOLING_OFF`: as soon as possible. `TRANSACTIONS`: your name stays sealed beside your purchases for the legal period, so
    /// that you can still prove a claim; nobody sees it meanwhile.
    basis: ErasureBasis,
}

/// What became of asking.
#[derive(SimpleObject, Default)]
struct RequestErasurePayload {
    /// The erasure under way; null when refused.
    erasure: Option<Erasure>,
    /// What was refused.
    user_errors: Vec<RequestErasureUserError>,
}

user_error! {
    /// Why nothing was begun.
    RequestErasureUserError(RequestErasureErrorCode)
}

/// The refusals of `requestErasure`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RequestErasureErrorCode {
    /// Others belong to your household: hand it over to another adult first.
    OwnerMustHandOver,
    /// You are under fourteen: your guardian asks the operator.
    GuardianNeeded,
}

#[Object]
impl RequestErasureMutation {
    /// Begins to forget you. Every session ends at once, this one too; to change your mind, sign in again before `blocksAt` and
    /// call `cancelErasure`. Your household keeps its points.
    async fn request_erasure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How.")] input: RequestErasureInput,
    ) -> Nullable<RequestErasurePayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let code = match app(ctx).request_erasure(principal, input.basis.into()).await? {
                Ok(erasure) => {
                    let erasure = Some(erasure.into());
                    return Ok(Some(RequestErasurePayload { erasure, user_errors: Vec::new() }));
                }
                Err(RequestErasureRefusal::OwnerMustHandOver) => RequestErasureErrorCode::OwnerMustHandOver,
                Err(RequestErasureRefusal::GuardianNeeded) => RequestErasureErrorCode::GuardianNeeded,
            };
            Ok(Some(RequestErasurePayload::refused(code, locale)))
        })
        .await
    }
}

impl RequestErasurePayload {
    fn refused(code: RequestErasureErrorCode, locale: Locale) -> Self {
        let (zh, en) = match code {
            RequestErasureErrorCode::OwnerMustHandOver => (
                "您是户主,请先把家庭户转交给另一位成人成员。",
                "You own the household: please hand it over to another adult first.",
            ),
            RequestErasureErrorCode::GuardianNeeded => {
                ("未满十四周岁请由监护人联系客服办理。", "You are under fourteen: please have your guardian ask us.")
            }
        };
        let message = locale.choose(zh, en);
        let error = RequestErasureUserError { code, message: message.to_owned(), field: None, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
