use app::audit::AuditEntry;
use async_graphql::{ID, Object};
use kernel::Actor;

use crate::schema::{ids, ledger::ActorKind, scalars::Instant};

pub(in crate::schema) struct AuditLine(AuditEntry);

impl From<AuditEntry> for AuditLine {
    fn from(entry: AuditEntry) -> Self {
        Self(entry)
    }
}

/// One act: who did what to what, when. Never changed, never deleted, and without names, addresses or choices.
#[Object]
impl AuditLine {
    /// The line's id.
    async fn id(&self) -> ID {
        ids::write(self.0.id)
    }

    /// When.
    async fn acted_at(&self) -> Instant {
        Instant(self.0.acted_at)
    }

    /// What kind of actor.
    async fn actor(&self) -> ActorKind {
        self.0.actor.into()
    }

    /// Which member or which one of the staff; null for the others, of whom there is one each.
    async fn actor_id(&self) -> Option<ID> {
        match self.0.actor {
            Actor::Member(person) => Some(ids::write(person)),
            Actor::Staff(staff) => Some(ids::write(staff)),
            Actor::Anonymous | Actor::OrderSystem | Actor::Operator | Actor::System => None,
        }
    }

    /// The use-case, such as `adjust_points`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// Whose household it touched; null when none.
    async fn household_id(&self) -> Option<ID> {
        self.0.household.map(ids::write)
    }

    /// The id of what was acted on.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// What changed, in a few words.
    async fn detail(&self) -> &str {
        &self.0.detail
    }
}
