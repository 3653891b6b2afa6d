//! Events whose reactions failed for the last time, for the staff.

use accounts::StaffRole;
pub use db::outbox::parked::ParkedEvent;
use db::{
    AuditLine,
    outbox::parked::{ParkedPart, list_parked, lock_parked, update_unparked},
};
use kernel::{Fault, Id, kinds};

use crate::{App, Page, Paged, StaffPrincipal, staff::NotAllowed};

/// Why a parked event does not run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RetryEventRefusal {
    /// Only admins have one run again.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is none of this id, or it is not parked any more.
    #[error("there is no such parked event")]
    NoSuchEvent,
}

impl App {
    /// Parked events, the newest first, for admins and auditors.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_parked_events(
        &self,
        principal: &StaffPrincipal,
        page: Page<Id<kinds::Event>>,
    ) -> Result<Result<Paged<ParkedEvent>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&[StaffRole::Admin, StaffRole::Auditor]) {
            return Ok(Err(NotAllowed));
        }
        let (part, limit) = match page {
            Page::Forward { size, after } => (ParkedPart::Older(after), size.with_lookahead()),
            Page::Backward { size, before } => (ParkedPart::Newer(before), size.with_lookahead()),
        };
        let events = list_parked(&self.reader(), part, limit).await?;
        Ok(Ok(Paged::cut(events, page)))
    }

    /// Has the reactions of a parked event run again, from now on and as often as those of a new one. Those that were done stay done:
    /// their receipts say so.
    ///
    /// # Errors
    /// [`RetryEventRefusal`]; a [`Fault`] of the database.
    pub async fn retry_event(
        &self,
        principal: &StaffPrincipal,
        id: Id<kinds::Event>,
    ) -> Result<Result<(), RetryEventRefusal>, Fault> {
        db::retry_contention(|| self.try_retry_event(principal, id)).await
    }

    async fn try_retry_event(
        &self,
        principal: &StaffPrincipal,
        id: Id<kinds::Event>,
    ) -> Result<Result<(), RetryEventRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &[StaffRole::Admin]).await? {
            return Ok(Err(refusal.into()));
        }
        let Some(event) = lock_parked(&mut tx, id).await? else { return Ok(Err(RetryEventRefusal::NoSuchEvent)) };

        update_unparked(&mut tx, id).await?;
        tx.audit(AuditLine {
            action: "retry_event",
            household: event.household,
            subject: id.to_string(),
            detail: event.kind,
        });

        tx.commit().await?;
        Ok(Ok(()))
    }
}
