use std::collections::BTreeSet;

use accounts::{HealthTag, StaffRole, store};
use db::AuditLine;
use kernel::{Fault, Id, Label, kinds};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// Somebody of the staff must know what a member may not eat.
#[derive(Debug, Clone)]
pub struct ReadHealthTags {
    /// The household the member belongs to: who asks knows whom they are helping.
    pub household: Id<kinds::Household>,
    /// The member.
    pub person: Id<kinds::Person>,
    /// Why; stays in the audit log for ever.
    pub reason: Label,
}

/// Why nothing is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadHealthTagsRefusal {
    /// Not with these roles.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such household, or nobody of that id in it: the two answer alike.
    #[error("there is no such member of that household")]
    NoSuchMember,
}

impl App {
    /// A member's health tags, for support. The read and its audit line are one transaction: what was seen was written down. Tags are
    /// there only while the member's consent stands.
    ///
    /// # Errors
    /// [`ReadHealthTagsRefusal`]; a [`Fault`] of the database, or when what is kept cannot be opened.
    pub async fn read_health_tags(
        &self,
        principal: &StaffPrincipal,
        command: &ReadHealthTags,
    ) -> Result<Result<BTreeSet<HealthTag>, ReadHealthTagsRefusal>, Fault> {
        db::retry_contention(|| self.try_read_health_tags(principal, command)).await
    }

    async fn try_read_health_tags(
        &self,
        principal: &StaffPrincipal,
        command: &ReadHealthTags,
    ) -> Result<Result<BTreeSet<HealthTag>, ReadHealthTagsRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &[StaffRole::Support]).await? {
            tx.rollback().await?;
            return Ok(Err(refusal.into()));
        }
        let party = store::lock_parties(&mut tx, &[command.person]).await?.remove(&command.person);
        let tags = store::lock_health_tags(&mut tx, self.health_keys(), command.person).await?;

        let is_member = party.and_then(|party| party.household).is_some_and(|(own, _)| own == command.household);
        if !is_member {
            tx.rollback().await?;
            return Ok(Err(ReadHealthTagsRefusal::NoSuchMember));
        }

        tx.audit(AuditLine {
            action: "read_health_tags",
            household: Some(command.household),
            subject: command.person.to_string(),
            detail: command.reason.to_string(),
        });

        tx.commit().await?;
        Ok(Ok(tags.into_keys().collect()))
    }
}
