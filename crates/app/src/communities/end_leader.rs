use accounts::{StaffRole, store};
use db::AuditLine;
use kernel::{Fault, Id, Label, kinds};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// Somebody shall not lead a community any more.
#[derive(Debug, Clone)]
pub struct EndLeader {
    /// Which community.
    pub community: Id<kinds::Community>,
    /// Who.
    pub person: Id<kinds::Person>,
    /// Why; stays in the audit log for ever.
    pub reason: Label,
}

/// Why nobody's time as a leader ends. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndLeaderRefusal {
    /// Only admins say who leads.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// This person does not lead this community, or there is no such person or community: all one.
    #[error("this person does not lead this community")]
    NotLeading,
}

impl App {
    /// Ends that a person leads a community: from the commit on they see nothing of it.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn end_leader(
        &self,
        principal: &StaffPrincipal,
        end: &EndLeader,
    ) -> Result<Result<(), EndLeaderRefusal>, Fault> {
        db::retry_contention(|| self.try_end_leader(principal, end)).await
    }

    async fn try_end_leader(
        &self,
        principal: &StaffPrincipal,
        end: &EndLeader,
    ) -> Result<Result<(), EndLeaderRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &[StaffRole::Admin]).await? {
            return Ok(Err(refusal.into()));
        }

        if !store::lock_leader(&mut tx, end.community, end.person).await? {
            return Ok(Err(EndLeaderRefusal::NotLeading));
        }

        store::update_leader_ended(&mut tx, end.community, end.person).await?;
        tx.audit(AuditLine {
            action: "end_leader",
            household: None,
            subject: end.person.to_string(),
            detail: format!("of {}: {}", end.community, end.reason),
        });

        tx.commit().await?;
        Ok(Ok(()))
    }
}
