//! Households that became one, or two.

use db::outbox::Event;
use kernel::{Id, Points, kinds};
use serde::{Deserialize, Serialize};

use crate::{HouseholdMerge, HouseholdSplit, SplitOffer};

/// Two households became one: the one lives on, and the other's id and number stand for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdsMerged {
    /// The household that lives on, in its text form.
    pub household_id: String,
    /// The one that went into it, in its text form.
    pub merged_household_id: String,
}

impl HouseholdsMerged {
    /// The fact about a merge.
    #[must_use]
    pub fn of(merge: &HouseholdMerge) -> Self {
        Self { household_id: merge.household.to_string(), merged_household_id: merge.merged.to_string() }
    }
}

impl Event for HouseholdsMerged {
    const KIND: &'static str = "accounts.households_merged.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// A merge was undone: the household that went into the other stands for itself again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeUndone {
    /// The household it had gone into, in its text form.
    pub household_id: String,
    /// The one that stands for itself again, in its text form.
    pub merged_household_id: String,
}

impl MergeUndone {
    /// The fact about a merge that was undone.
    #[must_use]
    pub fn of(merge: &HouseholdMerge) -> Self {
        Self { household_id: merge.household.to_string(), merged_household_id: merge.merged.to_string() }
    }
}

impl Event for MergeUndone {
    const KIND: &'static str = "accounts.merge_undone.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// An owner put a member out, who has a household of their own since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRemoved {
    /// The household that was left, in its text form.
    pub household_id: String,
    /// The person, in its text form.
    pub person_id: String,
    /// How many points went along.
    pub points: i64,
}

impl MemberRemoved {
    /// The fact about a removal.
    #[must_use]
    pub fn new(household: Id<kinds::Household>, person: Id<kinds::Person>, points: Points) -> Self {
        Self { household_id: household.to_string(), person_id: person.to_string(), points: points.get() }
    }
}

impl Event for MemberRemoved {
    const KIND: &'static str = "accounts.member_removed.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// An owner offered members to go to a household of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitOffered {
    /// The household, in its text form.
    pub household_id: String,
    /// Who would own the new one, in its text form.
    pub offered_to: String,
}

impl SplitOffered {
    /// The fact about an offer.
    #[must_use]
    pub fn of(offer: &SplitOffer) -> Self {
        Self { household_id: offer.household.to_string(), offered_to: offer.offered_to.to_string() }
    }
}

impl Event for SplitOffered {
    const KIND: &'static str = "accounts.split_offered.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// A part of a household went to one of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdDivided {
    /// The household that was left, in its text form.
    pub household_id: String,
    /// The one that was founded, in its text form.
    pub founded_household_id: String,
}

impl HouseholdDivided {
    /// The fact about a split.
    #[must_use]
    pub fn of(split: &HouseholdSplit) -> Self {
        Self { household_id: split.household.to_string(), founded_household_id: split.founded.to_string() }
    }
}

impl Event for HouseholdDivided {
    const KIND: &'static str = "accounts.household_split.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}

/// A split was undone: the founded household's id and number stand for the one it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitUndone {
    /// The household it came from, in its text form.
    pub household_id: String,
    /// The one that went back into it, in its text form.
    pub founded_household_id: String,
}

impl SplitUndone {
    /// The fact about a split that was undone.
    #[must_use]
    pub fn of(split: &HouseholdSplit) -> Self {
        Self { household_id: split.household.to_string(), founded_household_id: split.founded.to_string() }
    }
}

impl Event for SplitUndone {
    const KIND: &'static str = "accounts.split_undone.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household_id.parse().ok()
    }
}
