use accounts::{Role, StaffRoles};
use kernel::{Actor, Id, kinds};

/// Who is signed in, as read when the request came in. Decisions read the membership again under lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal {
    /// The session that proved it.
    pub session: Id<kinds::Session>,
    /// The person.
    pub person: Id<kinds::Person>,
    /// The household the person belongs to now, with the role there.
    pub household: Option<(Id<kinds::Household>, Role)>,
}

impl Principal {
    /// The actor of what this person does.
    #[must_use]
    pub fn actor(self) -> Actor {
        Actor::Member(self.person)
    }

    /// Whether the person belongs to this household now.
    #[must_use]
    pub fn belongs_to(self, household: Id<kinds::Household>) -> bool {
        self.household.is_some_and(|(own, _)| own == household)
    }
}

/// Who of the operator's staff is signed in, as read when the request came in. Acts read the roles again under lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffPrincipal {
    /// The session that proved it.
    pub session: Id<kinds::StaffSession>,
    /// Who.
    pub staff: Id<kinds::Staff>,
    /// With which roles, when the request came in.
    pub roles: StaffRoles,
}

impl StaffPrincipal {
    /// The actor of what they do.
    #[must_use]
    pub fn actor(self) -> Actor {
        Actor::Staff(self.staff)
    }
}

/// Who shows a token: a member or somebody of the staff, never both. Whoever is both signs in twice and has two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    /// A member.
    Member(Principal),
    /// Somebody of the staff.
    Staff(StaffPrincipal),
}
