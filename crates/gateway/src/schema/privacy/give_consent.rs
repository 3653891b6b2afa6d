use ::accounts::{ConsentChannel, GiveConsentRefusal};
use app::privacy::GiveConsent;
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
pub(in crate::schema) struct GiveConsentMutation;

/// What is agreed to.
#[derive(InputObject)]
struct GiveConsentInput {
    /// For what.
    purpose: ConsentPurpose,
    /// The version of the policy that was shown: `consentPolicies` has the one in force.
    policy_version: i32,
    /// The child you are guardian of; omitted for yourself.
    person_id: Option<ID>,
}

/// What became of agreeing.
#[derive(SimpleObject, Default)]
struct GiveConsentPayload {
    /// The consent that stands now; null when refused.
    consent: Option<Consent>,
    /// What was refused.
    user_errors: Vec<GiveConsentUserError>,
}

user_error! {
    /// Why no consent was kept.
    GiveConsentUserError(GiveConsentErrorCode)
}

/// The refusals of `giveConsent`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum GiveConsentErrorCode {
    /// There is no such person, or you are not the guardian of that child.
    NoSuchPerson,
    /// You are under fourteen: an adult of your household gives consent for you.
    GuardianNeeded,
    /// Nobody may agree to this purpose for a child.
    NotForChildren,
    /// Another version of the policy is in force: show that one and ask again.
    PolicyNotInForce,
}

#[Object]
impl GiveConsentMutation {
    /// Agrees to one purpose, for yourself or for a child under fourteen whose guardian you are. Again is the same as once.
    async fn give_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To what.")] input: GiveConsentInput,
    ) -> Nullable<GiveConsentPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let refused = |code| Ok(Some(GiveConsentPayload::refused(code, locale)));
            let person = match input.person_id.as_ref().map(ids::read).transpose()? {
                Some(None) => return refused(GiveConsentErrorCode::NoSuchPerson),
                named => named.flatten(),
            };
            let Ok(policy_version) = u16::try_from(input.policy_version) else {
                return refused(GiveConsentErrorCode::PolicyNotInForce);
            };
            let purpose = input.purpose.into();
            let command = GiveConsent { person, purpose, policy_version, channel: ConsentChannel::App };
            match app(ctx).give_consent(principal, &command).await? {
                Ok(consent) => Ok(Some(GiveConsentPayload { consent: Some(consent.into()), user_errors: Vec::new() })),
                Err(GiveConsentRefusal::NoSuchPerson) => refused(GiveConsentErrorCode::NoSuchPerson),
                Err(GiveConsentRefusal::GuardianNeeded) => refused(GiveConsentErrorCode::GuardianNeeded),
                Err(GiveConsentRefusal::NotForChildren) => refused(GiveConsentErrorCode::NotForChildren),
                Err(GiveConsentRefusal::PolicyNotInForce { .. }) => refused(GiveConsentErrorCode::PolicyNotInForce),
            }
        })
        .await
    }
}

impl GiveConsentPayload {
    fn refused(code: GiveConsentErrorCode, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            GiveConsentErrorCode::NoSuchPerson => {
                ("没有这位成员。", "There is no such person.", input_field("personId"))
            }
            GiveConsentErrorCode::GuardianNeeded => (
                "未满十四周岁需要由家里的大人来同意。",
                "You are under fourteen: please ask an adult at home to agree for you.",
                None,
            ),
            GiveConsentErrorCode::NotForChildren => (
                "这一项不适用于未满十四周岁的儿童。",
                "This purpose is not for children under fourteen.",
                input_field("purpose"),
            ),
            GiveConsentErrorCode::PolicyNotInForce => (
                "说明已更新,请阅读新的说明后再同意。",
                "The policy has changed. Please read the one in force and agree to that.",
                input_field("policyVersion"),
            ),
        };
        let message = locale.choose(zh, en);
        let error = GiveConsentUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
