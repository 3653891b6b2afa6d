use kernel::{Id, Label, Timestamp, kinds};

use crate::{Contacts, LifeState, Role};

/// A figure about fewer is not told to a leader: it would be about somebody.
pub const MIN_CELL: u64 = 10;

/// A community, and since when somebody leads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedCommunity {
    /// The community.
    pub community: Id<kinds::Community>,
    /// What it is called.
    pub name: Label,
    /// Since when.
    pub leads_since: Timestamp,
}

/// A community with those who lead it now, as the staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommunityView {
    /// The community.
    pub community: Id<kinds::Community>,
    /// What it is called.
    pub name: Label,
    /// Who leads it, the longest leading first.
    pub leaders: Vec<Id<kinds::Person>>,
}

/// How many belong to a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommunityFigures {
    /// Households that anybody belongs to.
    pub households: u64,
    /// Their members.
    pub members: u64,
}

/// A household as the leader of its community sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedHousehold {
    /// The household.
    pub household: Id<kinds::Household>,
    /// What it is called.
    pub name: Label,
    /// How many belong to it.
    pub members: u64,
    /// How its owner can be reached; whole here, and never shown so.
    pub owner: Contacts,
}

/// Why somebody does not become a leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeaderRefusal {
    /// Nobody has this id, or they died or were erased: all one.
    #[error("there is no such person")]
    NoSuchPerson,
    /// A child leads nobody.
    #[error("a child does not lead a community")]
    Child,
}

/// Whether somebody may lead a community.
///
/// # Errors
/// [`LeaderRefusal`].
pub fn check_leader(life: Option<LifeState>, role: Option<Role>) -> Result<(), LeaderRefusal> {
    match (life, role) {
        (None | Some(LifeState::Died(_) | LifeState::Erased), _) => Err(LeaderRefusal::NoSuchPerson),
        (Some(LifeState::Living), Some(Role::Child)) => Err(LeaderRefusal::Child),
        (Some(LifeState::Living), Some(Role::Owner | Role::Adult | Role::Senior) | None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{LeaderRefusal, check_leader};
    use crate::{LifeState, Role};

    #[test]
    fn whoever_lives_and_is_no_child_may_lead() {
        let died = LifeState::Died("2026-01-01".parse().unwrap());
        for (life, role, expected) in [
            (Some(LifeState::Living), Some(Role::Owner), Ok(())),
            (Some(LifeState::Living), Some(Role::Senior), Ok(())),
            (Some(LifeState::Living), None, Ok(())),
            (Some(LifeState::Living), Some(Role::Child), Err(LeaderRefusal::Child)),
            (Some(died), None, Err(LeaderRefusal::NoSuchPerson)),
            (Some(LifeState::Erased), None, Err(LeaderRefusal::NoSuchPerson)),
            (None, None, Err(LeaderRefusal::NoSuchPerson)),
        ] {
            assert_eq!(check_leader(life, role), expected, "{life:?} {role:?}");
        }
    }
}
