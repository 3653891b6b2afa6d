//! What happened to people, for others to react to.

mod of_households;

use db::outbox::Event;
use kernel::{Id, Locale, Points, kinds};
use serde::{Deserialize, Serialize};

use crate::{Invitation, InvitationAnswer, OwnershipOffer, Relation, Role, SpendRight};

pub use of_households::{HouseholdDivided, HouseholdsMerged, MemberRemoved, MergeUndone, SplitOffered, SplitUndone};

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

/// An owner decided what a member may spend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendRightSet {
    /// The household, in its text form.
    pub household_id: String,
    /// The member, in its text form.
    pub person_id: String,
    /// `unlimited`, `weekly` or `none`.
    pub right: String,
    /// How many points a week, for `weekly`.
    pub weekly_points: Option<i64>,
}

impl SpendRightSet {
    /// The fact about a member.
    #[must_use]
    pub fn new(household: Id<kinds::Household>, person: Id<kinds::Person>, right: SpendRight) -> Self {
        Self {
            household_id: household.to_string(),
            person_id: person.to_string(),
            right: right.word().to_owned(),
            weekly_points: right.weekly_points().map(Points::get),
        }
    }
}

impl Event for SpendRightSet {
    const KIND: &'static str = "accounts.spend_right_set.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// A member invited somebody. Carries neither a name nor an address: the reaction finds both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationMade {
    /// The household, in its text form.
    pub household_id: String,
    /// The invitation, in its text form.
    pub invitation_id: String,
}

impl InvitationMade {
    /// The fact about an invitation.
    #[must_use]
    pub fn of(invitation: &Invitation) -> Self {
        Self { household_id: invitation.household.to_string(), invitation_id: invitation.id.to_string() }
    }
}

impl Event for InvitationMade {
    const KIND: &'static str = "accounts.invitation_made.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// An invitation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationAnswered {
    /// The household, in its text form.
    pub household_id: String,
    /// The invitation, in its text form.
    pub invitation_id: String,
    /// `accepted`, `declined`, `withdrawn` or `lapsed`.
    pub answer: String,
}

impl InvitationAnswered {
    /// The fact about an invitation.
    #[must_use]
    pub fn of(invitation: &Invitation, answer: InvitationAnswer) -> Self {
        Self {
            household_id: invitation.household.to_string(),
            invitation_id: invitation.id.to_string(),
            answer: answer.word().to_owned(),
        }
    }
}

impl Event for InvitationAnswered {
    const KIND: &'static str = "accounts.invitation_answered.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// A person belongs to a household from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberJoined {
    /// The household, in its text form.
    pub household_id: String,
    /// The person, in its text form.
    pub person_id: String,
    /// As what: `owner`, `adult`, `senior` or `child`.
    pub role: String,
}

impl MemberJoined {
    /// The fact about a person.
    #[must_use]
    pub fn new(household: Id<kinds::Household>, person: Id<kinds::Person>, role: Role) -> Self {
        Self { household_id: household.to_string(), person_id: person.to_string(), role: role.word().to_owned() }
    }
}

impl Event for MemberJoined {
    const KIND: &'static str = "accounts.member_joined.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// A person does not belong to a household any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLeft {
    /// The household, in its text form.
    pub household_id: String,
    /// The person, in its text form.
    pub person_id: String,
}

impl MemberLeft {
    /// The fact about a person.
    #[must_use]
    pub fn new(household: Id<kinds::Household>, person: Id<kinds::Person>) -> Self {
        Self { household_id: household.to_string(), person_id: person.to_string() }
    }
}

impl Event for MemberLeft {
    const KIND: &'static str = "accounts.member_left.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// A household came to be without the operator. Its number is its own id until the operator gives one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdFounded {
    /// The household, in its text form.
    pub household_id: String,
}

impl HouseholdFounded {
    /// The fact about a household.
    #[must_use]
    pub fn new(household: Id<kinds::Household>) -> Self {
        Self { household_id: household.to_string() }
    }
}

impl Event for HouseholdFounded {
    const KIND: &'static str = "accounts.household_founded.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// An owner offered the household to another member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipOffered {
    /// The household, in its text form.
    pub household_id: String,
    /// The member, in its text form.
    pub offered_to: String,
}

impl OwnershipOffered {
    /// The fact about an offer.
    #[must_use]
    pub fn of(offer: &OwnershipOffer) -> Self {
        Self { household_id: offer.household.to_string(), offered_to: offer.offered_to.to_string() }
    }
}

impl Event for OwnershipOffered {
    const KIND: &'static str = "accounts.ownership_offered.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// A household has another owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipHandedOver {
    /// The household, in its text form.
    pub household_id: String,
    /// Who owned it, in its text form.
    pub from_person_id: String,
    /// Who owns it now, in its text form.
    pub to_person_id: String,
}

impl OwnershipHandedOver {
    /// The fact about an accepted offer.
    #[must_use]
    pub fn of(offer: &OwnershipOffer) -> Self {
        Self {
            household_id: offer.household.to_string(),
            from_person_id: offer.offered_by.to_string(),
            to_person_id: offer.offered_to.to_string(),
        }
    }
}

impl Event for OwnershipHandedOver {
    const KIND: &'static str = "accounts.ownership_handed_over.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// Two persons are linked as kin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KinLinked {
    /// The senior, in its text form.
    pub senior_person_id: String,
    /// The relative, in its text form.
    pub relative_person_id: String,
    /// What the relative is to the senior.
    pub relation: String,
}

impl KinLinked {
    /// The fact about a link.
    #[must_use]
    pub fn new(senior: Id<kinds::Person>, relative: Id<kinds::Person>, relation: Relation) -> Self {
        Self {
            senior_person_id: senior.to_string(),
            relative_person_id: relative.to_string(),
            relation: relation.word().to_owned(),
        }
    }
}

impl Event for KinLinked {
    const KIND: &'static str = "accounts.kin_linked.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        None
    }
}

/// Two persons are not linked any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KinUnlinked {
    /// Who ended it, in its text form.
    pub ended_by: String,
    /// The other one, in its text form.
    pub other_person_id: String,
}

impl KinUnlinked {
    /// The fact about a link that ended.
    #[must_use]
    pub fn new(ended_by: Id<kinds::Person>, other: Id<kinds::Person>) -> Self {
        Self { ended_by: ended_by.to_string(), other_person_id: other.to_string() }
    }
}

impl Event for KinUnlinked {
    const KIND: &'static str = "accounts.kin_unlinked.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        None
    }
}
