use kernel::Actor;

/// Who may decide what others are told: whoever has a shell on the operator's machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decider {
    /// The operator, from the shell.
    Operator,
}

impl Decider {
    /// The actor of what they decide.
    #[must_use]
    pub fn actor(self) -> Actor {
        match self {
            Self::Operator => Actor::Operator,
        }
    }
}
