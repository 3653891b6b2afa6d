use db::idempotency::InputHash;
use kernel::{BusinessDate, EmailAddress, ExternalRef, Label};

use crate::{Relation, Role};

/// A person of a household, as the operator's own list tells it: one row, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdRow {
    /// The operator's number of the household.
    pub household: ExternalRef,
    /// Its name; absent when the list names none.
    pub household_name: Option<Label>,
    /// The community it lives in.
    pub community: Option<Label>,
    /// The operator's number of the person: unique over all households.
    pub person: ExternalRef,
    /// The person's name.
    pub person_name: Label,
    /// What the person is in the household.
    pub role: Role,
    /// The day of birth.
    pub born_on: Option<BusinessDate>,
    /// Where sign-in codes go: at most one person has an address.
    pub email: Option<EmailAddress>,
    /// The community this person leads as 团长.
    pub leads: Option<Label>,
    /// Whose relative this person is. The senior's own row may come later, but within the same batch.
    pub kin: Option<Kin>,
}

impl HouseholdRow {
    /// The hash of the row, to tell the same news from a contradiction.
    #[must_use]
    pub fn content_hash(&self) -> InputHash {
        let told = |text: Option<String>| text.unwrap_or_default();
        let kin = self.kin.as_ref().map(|kin| format!("{} {}", kin.senior, kin.relation.word()));
        let parts = [
            self.household.to_string(),
            told(self.household_name.as_ref().map(Label::to_string)),
            told(self.community.as_ref().map(Label::to_string)),
            self.person.to_string(),
            self.person_name.to_string(),
            self.role.word().to_owned(),
            told(self.born_on.map(|day| day.to_string())),
            told(self.email.as_ref().map(|email| email.as_str().to_owned())),
            told(self.leads.as_ref().map(Label::to_string)),
            told(kin),
        ];
        InputHash::of(&parts.each_ref().map(String::as_str))
    }
}

/// Whose relative a person is, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kin {
    /// The operator's number of the senior.
    pub senior: ExternalRef,
    /// What the person is to the senior.
    pub relation: Relation,
}

/// What became of a row that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// Something new came to be.
    New,
    /// Everything it says was known: nothing changed.
    Duplicate,
}

/// A fact about a person that a later row tells differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonField {
    /// Which household.
    Household,
    /// The name.
    Name,
    /// The role.
    Role,
    /// The day of birth.
    BornOn,
    /// The mail address.
    Email,
    /// The community the person leads.
    Leads,
    /// Whose relative the person is.
    Kin,
}

impl PersonField {
    /// The column that tells it.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Name => "person_name",
            Self::Role => "role",
            Self::BornOn => "born_on",
            Self::Email => "email",
            Self::Leads => "leads",
            Self::Kin => "relative_of",
        }
    }
}

/// A fact about a household that a later row tells differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HouseholdField {
    /// The name.
    Name,
    /// The community.
    Community,
}

impl HouseholdField {
    /// The column that tells it.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Name => "household_name",
            Self::Community => "community",
        }
    }
}

/// Why a row was not taken. Nothing of it was: neither the person nor, if it was new, the household.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportHouseholdRefusal {
    /// The person is known with other facts. An import adds people; it never rewrites them.
    #[error("this person is known with another {}", field.column())]
    PersonDiffers {
        /// The first fact that differs.
        field: PersonField,
    },
    /// The household is known with other facts.
    #[error("this household is known with another {}", field.column())]
    HouseholdDiffers {
        /// The first fact that differs.
        field: HouseholdField,
    },
    /// Another person has this mail address.
    #[error("this mail address belongs to another person")]
    AddressTaken,
    /// Somebody else owns the household.
    #[error("this household has an owner already")]
    SecondOwner,
    /// Nobody has the number of the senior, neither before nor in this batch.
    #[error("no person {senior} is known, whose relative this person would be")]
    UnknownRelative {
        /// The number.
        senior: ExternalRef,
    },
    /// A person cannot be their own relative.
    #[error("this person would be their own relative")]
    OwnRelative,
    /// Born after today.
    #[error("the day of birth is still to come")]
    NotYetBorn,
}

impl ImportHouseholdRefusal {
    /// The column that holds what was refused.
    #[must_use]
    pub const fn column(&self) -> &'static str {
        match self {
            Self::PersonDiffers { field } => field.column(),
            Self::HouseholdDiffers { field } => field.column(),
            Self::AddressTaken => "email",
            Self::SecondOwner => "role",
            Self::UnknownRelative { .. } | Self::OwnRelative => "relative_of",
            Self::NotYetBorn => "born_on",
        }
    }
}
