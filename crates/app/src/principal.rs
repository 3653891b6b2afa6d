use accounts::Role;
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
