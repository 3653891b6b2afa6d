use ::accounts::StaffView;
use async_graphql::{Enum, ID, Object};

use crate::schema::{ids, scalars::Instant};

/// What somebody of the staff may do.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum StaffRole {
    /// Helps households (客服): sees accounts masked, proposes corrections.
    Support,
    /// Keeps perks and their stock (权益).
    Perks,
    /// Answers for points and money (财务): adjusts and approves.
    Finance,
    /// Reads everything that was done, changes nothing (审计).
    Auditor,
    /// Says who is of the staff and with which roles (管理员).
    Admin,
}

impl From<::accounts::StaffRole> for StaffRole {
    fn from(role: ::accounts::StaffRole) -> Self {
        match role {
            ::accounts::StaffRole::Support => Self::Support,
            ::accounts::StaffRole::Perks => Self::Perks,
            ::accounts::StaffRole::Finance => Self::Finance,
            ::accounts::StaffRole::Auditor => Self::Auditor,
            ::accounts::StaffRole::Admin => Self::Admin,
        }
    }
}

impl From<StaffRole> for ::accounts::StaffRole {
    fn from(role: StaffRole) -> Self {
        match role {
            StaffRole::Support => Self::Support,
            StaffRole::Perks => Self::Perks,
            StaffRole::Finance => Self::Finance,
            StaffRole::Auditor => Self::Auditor,
            StaffRole::Admin => Self::Admin,
        }
    }
}

pub(in crate::schema) struct StaffMember(StaffView);

impl From<StaffView> for StaffMember {
    fn from(view: StaffView) -> Self {
        Self(view)
    }
}

/// Somebody who works for the operator.
#[Object]
impl StaffMember {
    /// The id of the staff member.
    async fn id(&self) -> ID {
        ids::write(self.0.id)
    }

    /// The name they sign in with.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// What they may do: one role or more.
    async fn roles(&self) -> Vec<StaffRole> {
        self.0.roles.iter().map(StaffRole::from).collect()
    }

    /// Since when they are of the staff.
    async fn created_at(&self) -> Instant {
        Instant(self.0.created_at)
    }

    /// Until when nobody signs in by that name, after failed tries; an instant that is over, or null, when anybody may.
    async fn locked_until(&self) -> Option<Instant> {
        self.0.locked_until.map(Instant)
    }

    /// Since when they have no access any more; null while they have.
    async fn closed_at(&self) -> Option<Instant> {
        self.0.closed_at.map(Instant)
    }
}
