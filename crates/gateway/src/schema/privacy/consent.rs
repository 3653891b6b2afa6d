use ::accounts::{Policy, Purpose};
use async_graphql::{Context, Enum, Object, SimpleObject};

use crate::schema::{scalars::Instant, session::session};

/// What personal data may be used for, each with a consent of its own. Ordering and points need none.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum ConsentPurpose {
    /// Keeping health tags and using them so that nothing unsuitable is offered (健康标签).
    HealthTags,
    /// Showing one's health tags to the owner and the adults of one's household (家人可见).
    FamilyView,
    /// Choosing offers by what was bought (个性化推荐).
    PersonalisedOffers,
    /// Being contacted about offers (营销联系).
    MarketingContact,
}

impl From<Purpose> for ConsentPurpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::HealthTags => Self::HealthTags,
            Purpose::FamilyView => Self::FamilyView,
            Purpose::PersonalisedOffers => Self::PersonalisedOffers,
            Purpose::MarketingContact => Self::MarketingContact,
        }
    }
}

impl From<ConsentPurpose> for Purpose {
    fn from(purpose: ConsentPurpose) -> Self {
        match purpose {
            ConsentPurpose::HealthTags => Self::HealthTags,
            ConsentPurpose::FamilyView => Self::FamilyView,
            ConsentPurpose::PersonalisedOffers => Self::PersonalisedOffers,
            ConsentPurpose::MarketingContact => Self::MarketingContact,
        }
    }
}

/// A person agreed to one purpose, in one wording.
#[derive(SimpleObject)]
pub(in crate::schema) struct Consent {
    /// For what.
    purpose: ConsentPurpose,
    /// Which version of the policy was agreed to.
    policy_version: i32,
    /// When it was given.
    given_at: Instant,
    /// Whether a guardian gave it, for a child.
    is_given_by_guardian: bool,
    /// Since when it is worth nothing; null while it stands.
    withdrawn_at: Option<Instant>,
    /// Whether data may be used by it now: it stands, and its wording still covers what is done. When it stands and does not cover,
    /// show the policy in force and ask again.
    is_covering: bool,
}

impl From<::accounts::Consent> for Consent {
    fn from(consent: ::accounts::Consent) -> Self {
        Self {
            purpose: consent.purpose.into(),
            policy_version: i32::from(consent.policy_version),
            given_at: Instant(consent.given_at),
            is_given_by_guardian: consent.given_by != consent.person,
            withdrawn_at: consent.withdrawn_at.map(Instant),
            is_covering: consent.covers(),
        }
    }
}

/// What a person must be shown before agreeing to a purpose.
#[derive(SimpleObject)]
struct ConsentPolicy {
    /// For which purpose.
    purpose: ConsentPurpose,
    /// The version in force; `giveConsent` takes no other.
    version: i32,
    /// The wording, in the reader's language.
    text: String,
    /// Whether a guardian may agree to it for a child under fourteen.
    is_for_children: bool,
}

#[derive(Default)]
pub(in crate::schema) struct ConsentsQuery;

#[Object]
impl ConsentsQuery {
    /// What people are asked to agree to, one policy per purpose, in the wording now in force.
    async fn consent_policies(&self, ctx: &Context<'_>) -> Vec<ConsentPolicy> {
        let locale = session(ctx).locale();
        let policy = |purpose: Purpose| {
            let policy = Policy::in_force(purpose);
            ConsentPolicy {
                purpose: purpose.into(),
                version: i32::from(policy.version),
                text: policy.text(locale).to_owned(),
                is_for_children: purpose.is_for_children(),
            }
        };
        Purpose::ALL.into_iter().map(policy).collect()
    }
}
