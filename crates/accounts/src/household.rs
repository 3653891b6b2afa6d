use std::collections::HashMap;

use kernel::{BusinessDate, ExternalRef, Id, Label, Timestamp, kinds};

use crate::{Role, SpendRight, Spender};

/// A household as its members see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdView {
    /// The id.
    pub id: Id<kinds::Household>,
    /// The name; the operator's number while nobody has named it.
    pub name: Label,
    /// The community it lives in, when that is known.
    pub community: Option<Label>,
    /// Who belongs to it now, the owner first, then in the order they joined.
    pub members: Vec<MemberView>,
}

/// A household with members who may vote, as a panel looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VotingHousehold {
    /// The id.
    pub id: Id<kinds::Household>,
    /// The community it lives in, when that is known.
    pub community: Option<Label>,
    /// Since when it is known here.
    pub known_since: Timestamp,
}

/// A member as the other members see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// The person.
    pub person: Id<kinds::Person>,
    /// The person's name.
    pub name: Label,
    /// What the person is in this household.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    pub(crate) spender: Spender,
}

impl MemberView {
    /// What the person may spend, on a day, of what the household shares.
    #[must_use]
    pub fn spend_right(&self, today: BusinessDate) -> SpendRight {
        self.spender.right(today)
    }
}

/// Households found by the operator's numbers, and which of them were founded just now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HouseholdsByRef {
    /// One household for every number asked for.
    pub by_ref: HashMap<ExternalRef, Id<kinds::Household>>,
    /// Those that did not exist before this transaction; they have no wallet yet.
    pub founded: Vec<Id<kinds::Household>>,
}

/// A household as the staff sees it before saying why they look further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdShown {
    /// Its id.
    pub household: Id<kinds::Household>,
    /// The operator's number of it.
    pub number: ExternalRef,
    /// What it is called, masked; `None` for whoever sees no names.
    pub name: Option<String>,
    /// The community it lives in.
    pub community: Option<Label>,
}
