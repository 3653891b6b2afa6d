use std::collections::BTreeSet;

use kernel::{Id, Timestamp, kinds};

use crate::{MERGE_UNDO_LIFE, PartRefusal, Role, may_own};

/// Who belongs to a household, as what.
type Members<'a> = &'a [(Id<kinds::Person>, Role)];

/// The owner offered a member to go with others to a household of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitOffer {
    /// Which household.
    pub household: Id<kinds::Household>,
    /// Who offered: its owner then.
    pub offered_by: Id<kinds::Person>,
    /// Who would own the new household.
    pub offered_to: Id<kinds::Person>,
    /// All who would go, that one included.
    pub going: BTreeSet<Id<kinds::Person>>,
    /// When.
    pub offered_at: Timestamp,
    /// From this instant on it cannot be accepted.
    pub expires_at: Timestamp,
}

/// Why a split is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferSplitRefusal {
    /// The person owns no household.
    #[error("only the owner offers a split")]
    NotOwner,
    /// Somebody of these ids does not belong to the household.
    #[error("there is no such member")]
    NoSuchMember,
    /// A child cannot own a household, and who owns this one stays with it.
    #[error("only an adult or a senior can own the new household, and the owner stays")]
    CannotOwn,
}

/// Whether so many may be offered to go.
///
/// # Errors
/// [`OfferSplitRefusal`].
pub fn check_split_offer(
    offering: Id<kinds::Person>,
    to: Id<kinds::Person>,
    going: &BTreeSet<Id<kinds::Person>>,
    members: &[(Id<kinds::Person>, Role)],
) -> Result<(), OfferSplitRefusal> {
    let role_of = |who| members.iter().find(|(member, _)| *member == who).map(|(_, role)| *role);
    if role_of(offering) != Some(Role::Owner) {
        return Err(OfferSplitRefusal::NotOwner);
    }
    if going.iter().chain([&to]).any(|who| role_of(*who).is_none()) {
        return Err(OfferSplitRefusal::NoSuchMember);
    }
    if going.contains(&offering) || !role_of(to).is_some_and(may_own) {
        return Err(OfferSplitRefusal::CannotOwn);
    }
    Ok(())
}

impl SplitOffer {
    /// Whether this member may accept it: offered to them by whoever owns the household still, not too long ago, and all who would go
    /// still belong to it.
    #[must_use]
    pub fn is_open_to(&self, person: Id<kinds::Person>, members: &[(Id<kinds::Person>, Role)], now: Timestamp) -> bool {
        self.offered_to == person
            && now < self.expires_at
            && check_split_offer(self.offered_by, self.offered_to, &self.going, members).is_ok()
    }
}

/// A part of a household went to one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HouseholdSplit {
    /// The household that was left.
    pub household: Id<kinds::Household>,
    /// The one that was founded.
    pub founded: Id<kinds::Household>,
    /// Who offered: the owner of the one.
    pub offered_by: Id<kinds::Person>,
    /// Who accepted: the owner of the other.
    pub accepted_by: Id<kinds::Person>,
    /// When.
    pub split_at: Timestamp,
    /// When and by whom it was undone.
    pub undone: Option<(Timestamp, Id<kinds::Person>)>,
}

impl HouseholdSplit {
    /// From this instant on it cannot be undone.
    #[must_use]
    pub fn undoable_until(&self) -> Timestamp {
        self.split_at + MERGE_UNDO_LIFE
    }

    /// Whether a person may undo it now: one of the two owners, each still of their household; and the new household is who went, neither
    /// more nor fewer.
    ///
    /// # Errors
    /// [`PartRefusal`].
    pub fn check_rejoin(
        &self,
        person: Id<kinds::Person>,
        went: Members<'_>,
        (here, there): (Members<'_>, Members<'_>),
        now: Timestamp,
    ) -> Result<(), PartRefusal> {
        let is_of = |members: Members<'_>| members.iter().any(|(member, _)| *member == person);
        let is_theirs = (person == self.offered_by && is_of(here)) || (person == self.accepted_by && is_of(there));
        if self.undone.is_some() || !is_theirs {
            return Err(PartRefusal::NothingToUndo);
        }
        let until = self.undoable_until();
        if now >= until {
            return Err(PartRefusal::TooLate { until });
        }
        let who = |members: Members<'_>| members.iter().map(|(who, _)| *who).collect::<BTreeSet<_>>();
        // Somebody must be there to come back to.
        if here.is_empty() || who(went) != who(there) {
            return Err(PartRefusal::MembersMoved);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
