use accounts::StaffRole;
use db::Tx;
use kernel::{Actor, Fault};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// Who may decide what others are told: whoever has a shell on the operator's machine, and admins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decider {
    /// The operator, from the shell.
    Operator,
    /// Somebody of the staff, who must have the role admin when it is decided.
    Staff(StaffPrincipal),
}

impl Decider {
    /// The actor of what they decide.
    #[must_use]
    pub fn actor(self) -> Actor {
        match self {
            Self::Operator => Actor::Operator,
            Self::Staff(principal) => principal.actor(),
        }
    }

    /// Begins the transaction of what they decide: one of the staff is locked in it and judged, before anything else.
    pub(super) async fn begin(self, app: &App) -> Result<Result<Tx, NotAllowed>, Fault> {
        let mut tx = app.begin(self.actor()).await?;
        match self {
            Self::Operator => Ok(Ok(tx)),
            Self::Staff(principal) => Ok(principal.lock(&mut tx, &[StaffRole::Admin]).await?.map(|_| tx)),
        }
    }
}
