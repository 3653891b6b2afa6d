use ::familypay::RevokeMandateRefusal;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct RevokeMandateMutation;

/// Which mandate.
#[derive(InputObject)]
struct RevokeMandateInput {
    /// The mandate, from `mandates`.
    mandate_id: ID,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct RevokeMandatePayload {
    /// True when it was taken back now; null when refused.
    is_revoked: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<RevokeMandateUserError>,
}

user_error! {
    /// Why nothing was done.
    RevokeMandateUserError(RevokeMandateErrorCode)
}

/// The refusals of `revokeMandate`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RevokeMandateErrorCode {
    /// There is no such mandate of yours.
    NoSuchMandate,
    /// It was taken back before.
    AlreadyRevoked,
}

use RevokeMandateErrorCode as Code;

#[Object]
impl RevokeMandateMutation {
    /// Takes a mandate back, from either side, at once and for good.
    async fn revoke_mandate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mandate.")] input: RevokeMandateInput,
    ) -> Nullable<RevokeMandatePayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let Some(mandate) = ids::read(&input.mandate_id)? else {
                return Ok(Some(RevokeMandatePayload::refused(Code::NoSuchMandate, locale)));
            };
            let payload = match app(ctx).revoke_mandate(principal, mandate).await? {
                Ok(_) => RevokeMandatePayload { is_revoked: Some(true), ..Default::default() },
                Err(RevokeMandateRefusal::NotYours) => RevokeMandatePayload::refused(Code::NoSuchMandate, locale),
                Err(RevokeMandateRefusal::AlreadyRevoked) => {
                    RevokeMandatePayload::refused(Code::AlreadyRevoked, locale)
                }
            };
            Ok(Some(payload))
        })
        .await
    }
}

impl RevokeMandatePayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field, retryable) = explained(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = RevokeMandateUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English, the field at fault, and whether the very same request may succeed later.
const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>, bool) {
    match code {
        Code::NoSuchMandate => ("没有这份额度。", "There is no such mandate.", Some("mandateId"), false),
        Code::AlreadyRevoked => ("已经收回了。", "It was taken back before.", None, false),
    }
}
