use app::privacy::{WithdrawConsent, WithdrawConsentRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::consent::{Consent, ConsentPurpose};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct WithdrawConsentMutation;

/// What is no longer agreed to.
#[derive(InputObject)]
struct WithdrawConsentInput {
    /// For what.
    purpose: ConsentPurpose,
    /// The child you are guardian of; omitted for yourself.
    person_id: Option<ID>,
}

/// What became of withdrawing.
#[derive(SimpleObject, Default)]
struct WithdrawConsentPayload {
    /// The consent, withdrawn now; null when refused.
    consent: Option<Consent>,
    /// What was refused.
    user_errors: Vec<WithdrawConsentUserError>,
}

user_error! {
    /// Why nothing was withdrawn.
    WithdrawConsentUserError(WithdrawConsentErrorCode)
}

/// The refusals of `withdrawConsent`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum WithdrawConsentErrorCode {
    /// There is no such person, or you are not the guardian of that child.
    NoSuchPerson,
    /// No consent to this purpose stands.
    NotGiven,
}

#[Object]
impl WithdrawConsentMutation {
    /// Ends a consent at once. Withdrawing `HEALTH_TAGS` deletes the health tags in the same act. Ordering and points go on.
    async fn withdraw_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WithdrawConsentInput,
    ) -> Nullable<WithdrawConsentPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let refused = |code| Ok(Some(WithdrawConsentPayload::refused(code, locale)));
            let person = match input.person_id.as_ref().map(ids::read).transpose()? {
                Some(None) => return refused(WithdrawConsentErrorCode::NoSuchPerson),
                named => named.flatten(),
            };
            let command = WithdrawConsent { person, purpose: input.purpose.into() };
            match app(ctx).withdraw_consent(principal, &command).await? {
                Ok(consent) => {
                    Ok(Some(WithdrawConsentPayload { consent: Some(consent.into()), user_errors: Vec::new() }))
                }
                Err(WithdrawConsentRefusal::NoSuchPerson) => refused(WithdrawConsentErrorCode::NoSuchPerson),
                Err(WithdrawConsentRefusal::NotGiven) => refused(WithdrawConsentErrorCode::NotGiven),
            }
        })
        .await
    }
}

impl WithdrawConsentPayload {
    fn refused(code: WithdrawConsentErrorCode, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            WithdrawConsentErrorCode::NoSuchPerson => {
                ("没有这位成员。", "There is no such person.", input_field("personId"))
            }
            WithdrawConsentErrorCode::NotGiven => {
                ("这一项没有可以撤回的同意。", "There is no consent to withdraw.", input_field("purpose"))
            }
        };
        let message = locale.choose(zh, en);
        let error = WithdrawConsentUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
