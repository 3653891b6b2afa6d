//! What happened to people, for others to react to.

use db::outbox::Event;
use kernel::{Id, Locale, kinds};
use serde::{Deserialize, Serialize};

use crate::Role;

/// A person became a member of a household. Names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberJoined {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the person.
    pub person_id: String,
    /// What the person is there.
    pub role: &'static str,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl MemberJoined {
    /// The event of a new membership.
    #[must_use]
    pub fn new(household: Id<kinds::Household>, person: Id<kinds::Person>, role: Role) -> Self {
        Self {
            household_id: household.to_string(),
            person_id: person.to_string(),
            role: role.word(),
            household: Some(household),
        }
    }
}

impl Event for MemberJoined {
    const KIND: &'static str = "accounts.member_joined.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// Somebody asked for a code to sign in with. Carries neither the code nor the address: the reaction finds both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInCodeRequested {
    /// The challenge, in its text form.
    pub challenge_id: String,
    /// The reader's language, as a language tag.
    pub locale: String,
}

impl SignInCodeRequested {
    /// The fact about a challenge.
    #[must_use]
    pub fn new(challenge: Id<kinds::Challenge>, locale: Locale) -> Self {
        Self { challenge_id: challenge.to_string(), locale: locale.tag().to_owned() }
    }
}

impl Event for SignInCodeRequested {
    const KIND: &'static str = "accounts.sign_in_code_requested.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        None
    }
}
