use std::fmt;

use uuid::Uuid;

use crate::{Id, kinds};

/// Who acts. Every posting, audit line and event names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Nobody signed in: asking for a code, signing in.
    Anonymous,
    /// A member of a household, signed in.
    Member(Id<kinds::Person>),
    /// The operator's order system, known by its signature.
    OrderSystem,
    /// Somebody with a shell on the operator's machine: imports, rule changes, perks until the back office has them.
    Operator,
    /// Somebody of the operator's staff, signed in.
    Staff(Id<kinds::Staff>),
    /// Clockwork and reactions.
    System,
}

impl Actor {
    /// The kind as stored: `anonymous`, `member`, `order_system`, `operator`, `staff`, `system`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Member(_) => "member",
            Self::OrderSystem => "order_system",
            Self::Operator => "operator",
            Self::Staff(_) => "staff",
            Self::System => "system",
        }
    }

    /// The person, where the actor is a member.
    #[must_use]
    pub const fn person(self) -> Option<Id<kinds::Person>> {
        match self {
            Self::Member(person) => Some(person),
            Self::Anonymous | Self::OrderSystem | Self::Operator | Self::Staff(_) | Self::System => None,
        }
    }

    /// Who of the staff, where the actor is one of them.
    #[must_use]
    pub const fn staff(self) -> Option<Id<kinds::Staff>> {
        match self {
            Self::Staff(staff) => Some(staff),
            Self::Anonymous | Self::Member(_) | Self::OrderSystem | Self::Operator | Self::System => None,
        }
    }

    /// The bare id of the member or of the one of the staff; `None` for the others, of whom there is one each.
    #[must_use]
    pub const fn uuid(self) -> Option<Uuid> {
        match self {
            Self::Member(person) => Some(person.uuid()),
            Self::Staff(staff) => Some(staff.uuid()),
            Self::Anonymous | Self::OrderSystem | Self::Operator | Self::System => None,
        }
    }

    /// Puts a stored actor together again; `None` when kind and ids do not fit.
    #[must_use]
    pub fn from_stored(kind: &str, person: Option<Uuid>, staff: Option<Uuid>) -> Option<Self> {
        match (kind, person, staff) {
            ("anonymous", None, None) => Some(Self::Anonymous),
            ("member", Some(person), None) => Some(Self::Member(Id::from_uuid(person))),
            ("order_system", None, None) => Some(Self::OrderSystem),
            ("operator", None, None) => Some(Self::Operator),
            ("staff", None, Some(staff)) => Some(Self::Staff(Id::from_uuid(staff))),
            ("system", None, None) => Some(Self::System),
            _ => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(person) => person.fmt(f),
            Self::Staff(staff) => staff.fmt(f),
            other => f.write_str(other.kind()),
        }
    }
}
