use std::fmt;

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
    /// Clockwork and reactions.
    System,
}

impl Actor {
    /// The kind as stored: `anonymous`, `member`, `order_system`, `operator`, `system`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Member(_) => "member",
            Self::OrderSystem => "order_system",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    /// The person, where the actor is one.
    #[must_use]
    pub const fn person(self) -> Option<Id<kinds::Person>> {
        match self {
            Self::Member(person) => Some(person),
            Self::Anonymous | Self::OrderSystem | Self::Operator | Self::System => None,
        }
    }

    /// Puts a stored actor together again; `None` when kind and person do not fit.
    #[must_use]
    pub fn from_stored(kind: &str, person: Option<Id<kinds::Person>>) -> Option<Self> {
        match (kind, person) {
            ("anonymous", None) => Some(Self::Anonymous),
            ("member", Some(person)) => Some(Self::Member(person)),
            ("order_system", None) => Some(Self::OrderSystem),
            ("operator", None) => Some(Self::Operator),
            ("system", None) => Some(Self::System),
            _ => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(person) => person.fmt(f),
            other => f.write_str(other.kind()),
        }
    }
}
