use std::{fmt, str::FromStr};

use chrono::Months;
use kernel::{BusinessDate, Id, Timestamp, kinds};

use crate::{Policy, Role};

/// Below this age a guardian gives consent (Personal Information Protection Law, articles 28 and 31).
pub const CONSENT_AGE_YEARS: u32 = 14;

/// What personal data may be used for, each with a consent of its own. Ordering and points need none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Keeping health tags and using them in rules.
    HealthTags,
    /// Showing one's health tags to the owner and the adults of one's household.
    FamilyView,
    /// Choosing offers by what was bought.
    PersonalisedOffers,
    /// Being contacted about offers.
    MarketingContact,
}

/// A word that names no variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none of the words known here")]
pub struct UnknownWord;

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::HealthTags, Self::FamilyView, Self::PersonalisedOffers, Self::MarketingContact];

    /// The word as stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HealthTags => "health_tags",
            Self::FamilyView => "family_view",
            Self::PersonalisedOffers => "personalised_offers",
            Self::MarketingContact => "marketing_contact",
        }
    }

    /// Whether it may be consented to for a child under [`CONSENT_AGE_YEARS`]: nobody advertises to children.
    #[must_use]
    pub const fn is_for_children(self) -> bool {
        match self {
            Self::HealthTags | Self::FamilyView => true,
            Self::PersonalisedOffers | Self::MarketingContact => false,
        }
    }
}

impl FromStr for Purpose {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|purpose| purpose.word() == word).ok_or(UnknownWord)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// By which way a consent reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsentChannel {
    /// A consumer app, signed in.
    App,
    /// A page of ours, signed in.
    Page,
}

impl ConsentChannel {
    /// The word as stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Page => "page",
        }
    }
}

impl FromStr for ConsentChannel {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::App, Self::Page].into_iter().find(|channel| channel.word() == word).ok_or(UnknownWord)
    }
}

/// Somebody agreed to one purpose as one version of its policy words it. Withdrawn ones are kept: they prove what once held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: Id<kinds::Consent>,
    /// Whose data.
    pub person: Id<kinds::Person>,
    /// For what.
    pub purpose: Purpose,
    /// Which wording was agreed to.
    pub policy_version: u16,
    /// By which way.
    pub channel: ConsentChannel,
    /// Who gave it: the person, or the guardian of a child.
    pub given_by: Id<kinds::Person>,
    /// When.
    pub given_at: Timestamp,
    /// Since when it is worth nothing; `None` while it stands.
    pub withdrawn_at: Option<Timestamp>,
}

impl Consent {
    /// Whether data may be used by it: it stands, and its wording still covers what is done.
    #[must_use]
    pub fn covers(&self) -> bool {
        self.withdrawn_at.is_none() && self.policy_version >= Policy::in_force(self.purpose).oldest_covering
    }
}

/// A person as far as a consent looks at one, locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// Who.
    pub person: Id<kinds::Person>,
    /// The day of birth, when it is known.
    pub born_on: Option<BusinessDate>,
    /// Where the person belongs, as what.
    pub household: Option<(Id<kinds::Household>, Role)>,
}

impl Party {
    /// Whether a guardian speaks for the person: up to the end of the fourteenth birthday, as Chinese courts count. Whose day of
    /// birth nobody knows is under age when the household says so.
    #[must_use]
    pub fn needs_guardian(&self, today: BusinessDate) -> bool {
        match self.born_on {
            Some(born_on) => {
                born_on.checked_add_months(Months::new(12 * CONSENT_AGE_YEARS)).is_none_or(|birthday| today <= birthday)
            }
            None => self.household.is_some_and(|(_, role)| role == Role::Child),
        }
    }

    /// Whether this person may decide about another's data as guardian: of one household, the one of age, the other not.
    #[must_use]
    pub fn is_guardian_of(&self, ward: &Self, today: BusinessDate) -> bool {
        let (Some((own, role)), Some((theirs, _))) = (self.household, ward.household) else { return false };
        let is_of_age = role != Role::Child && !self.needs_guardian(today);
        self.person != ward.person && own == theirs && is_of_age && ward.needs_guardian(today)
    }
}

/// Why a consent was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GiveConsentRefusal {
    /// Nobody of that id, or nobody whose guardian this is: the two answer alike.
    #[error("there is no such person")]
    NoSuchPerson,
    /// Under fourteen: an adult of the household gives it.
    #[error("a guardian gives consent for a child under {CONSENT_AGE_YEARS}")]
    GuardianNeeded,
    /// Nobody may consent to this for a child.
    #[error("this purpose is not for children under {CONSENT_AGE_YEARS}")]
    NotForChildren,
    /// Another wording is in force: show that one.
    #[error("policy version {in_force} is in force")]
    PolicyNotInForce {
        /// The version to show.
        in_force: u16,
    },
}

/// Whether `by` may agree to a purpose for `about`, having been shown a version of its policy.
///
/// # Errors
/// [`GiveConsentRefusal`].
pub fn check_consent(
    by: &Party,
    about: &Party,
    purpose: Purpose,
    policy_version: u16,
    today: BusinessDate,
) -> Result<(), GiveConsentRefusal> {
    let is_ward = about.needs_guardian(today);
    match (by.person == about.person, is_ward) {
        (true, true) => return Err(GiveConsentRefusal::GuardianNeeded),
        (false, _) if !by.is_guardian_of(about, today) => return Err(GiveConsentRefusal::NoSuchPerson),
        (true, false) | (false, _) => {}
    }
    if is_ward && !purpose.is_for_children() {
        return Err(GiveConsentRefusal::NotForChildren);
    }
    let in_force = Policy::in_force(purpose).version;
    if policy_version != in_force {
        return Err(GiveConsentRefusal::PolicyNotInForce { in_force });
    }
    Ok(())
}

/// Whether `by` may withdraw what `about` agreed to: always one's own, whatever the age, and a guardian what a child's is.
#[must_use]
pub fn may_withdraw(by: &Party, about: &Party, today: BusinessDate) -> bool {
    by.person == about.person || by.is_guardian_of(about, today)
}

#[cfg(test)]
mod tests;
