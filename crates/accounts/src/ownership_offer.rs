use chrono::TimeDelta;
use kernel::{EmailAddress, Id, Label, Timestamp, kinds};

use crate::{Relation, Role};

/// How long an offer of ownership waits.
pub const OFFER_LIFE: TimeDelta = TimeDelta::days(14);

/// The owner offered the household to another member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnershipOffer {
    /// Which household.
    pub household: Id<kinds::Household>,
    /// Who offered: its owner then.
    pub offered_by: Id<kinds::Person>,
    /// To whom.
    pub offered_to: Id<kinds::Person>,
    /// When.
    pub offered_at: Timestamp,
    /// From this instant on it cannot be accepted.
    pub expires_at: Timestamp,
}

impl OwnershipOffer {
    /// Whether this member may accept it: offered to them by whoever owns the household still, and not too long ago.
    #[must_use]
    pub fn is_open_to(&self, person: Id<kinds::Person>, members: &[(Id<kinds::Person>, Role)], now: Timestamp) -> bool {
        let role_of = |who| members.iter().find(|(person, _)| *person == who).map(|(_, role)| *role);
        self.offered_to == person
            && now < self.expires_at
            && role_of(self.offered_by) == Some(Role::Owner)
            && role_of(person).is_some_and(may_own)
    }
}

/// Whether a member may become the owner.
#[must_use]
pub const fn may_own(role: Role) -> bool {
    match role {
        Role::Adult | Role::Senior => true,
        Role::Owner | Role::Child => false,
    }
}

/// Somebody nobody knew until an invitation reached them, and who proved the address it was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// The person to be.
    pub person: Id<kinds::Person>,
    /// The name, as the inviter gave it.
    pub name: Label,
    /// The address.
    pub address: EmailAddress,
}

/// Kin of a person, as the person sees them: both agreed to be linked, so the name is shown across households.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KinView {
    /// The other one.
    pub person: Id<kinds::Person>,
    /// The other one's name.
    pub name: Label,
    /// Whether the other one is the senior.
    pub is_senior: bool,
    /// What the relative is to the senior.
    pub relation: Relation,
    /// Since when.
    pub linked_at: Timestamp,
}
