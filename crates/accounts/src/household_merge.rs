use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};

use crate::Role;

/// For so long after two households became one they can be two again.
pub const MERGE_UNDO_LIFE: TimeDelta = TimeDelta::days(7);

/// Two households became one: one lives on, the other's id stands for it from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HouseholdMerge {
    /// The household that lives on.
    pub household: Id<kinds::Household>,
    /// The invitation that asked for it.
    pub invitation: Id<kinds::Invitation>,
    /// The household that went into it.
    pub merged: Id<kinds::Household>,
    /// Who asked: the owner of the one that lives on.
    pub asked_by: Id<kinds::Person>,
    /// Who accepted: the owner of the other.
    pub accepted_by: Id<kinds::Person>,
    /// When.
    pub merged_at: Timestamp,
    /// When and by whom it was undone.
    pub undone: Option<(Timestamp, Id<kinds::Person>)>,
}

/// Why households that became one do not become two again, or two that were one do not become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartRefusal {
    /// There is no such merge or split that stands, or it is not this person's to undo: all one.
    #[error("there is nothing of the kind to undo")]
    NothingToUndo,
    /// The days are over.
    #[error("it could be undone until {until}")]
    TooLate {
        /// From this instant on it cannot be undone.
        until: Timestamp,
    },
    /// Who came along left since, or owns the household now: the old one would have no owner, or the other none. Or others joined.
    #[error("its members are not where they were")]
    MembersMoved,
}

impl HouseholdMerge {
    /// From this instant on it cannot be undone.
    #[must_use]
    pub fn undoable_until(&self) -> Timestamp {
        self.merged_at + MERGE_UNDO_LIFE
    }

    /// Whether a person may undo it now: one of the two who owned the households, both still of the one household; and who came along
    /// is still there, and none of them owns it.
    ///
    /// `came` are those who came along, with what they were in their old household; `members` are all who belong to it now.
    ///
    /// # Errors
    /// [`PartRefusal`].
    pub fn check_part(
        &self,
        person: Id<kinds::Person>,
        came: &[(Id<kinds::Person>, Role)],
        members: &[(Id<kinds::Person>, Role)],
        now: Timestamp,
    ) -> Result<(), PartRefusal> {
        let role_now = |who| members.iter().find(|(member, _)| *member == who).map(|(_, role)| *role);
        let is_theirs = person == self.asked_by || person == self.accepted_by;
        if self.undone.is_some() || !is_theirs || role_now(person).is_none() {
            return Err(PartRefusal::NothingToUndo);
        }
        let until = self.undoable_until();
        if now >= until {
            return Err(PartRefusal::TooLate { until });
        }
        let may_return = |who| role_now(who).is_some_and(|role| role != Role::Owner);
        if came.is_empty() || !came.iter().all(|(who, _)| may_return(*who)) {
            return Err(PartRefusal::MembersMoved);
        }
        Ok(())
    }
}

/// What a member of the one household is in the other: its owner is an adult there, for a household has one owner.
#[must_use]
pub const fn role_after_merge(role: Role) -> Role {
    match role {
        Role::Owner | Role::Adult => Role::Adult,
        Role::Senior => Role::Senior,
        Role::Child => Role::Child,
    }
}

#[cfg(test)]
mod tests;
