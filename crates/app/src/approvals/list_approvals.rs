use accounts::{
    Approval, ApprovalState, StaffRole, store,
    store::{ApprovalPart, ApprovalPlace},
};
use kernel::{Fault, Id, kinds};

use super::Act;
use crate::{App, Page, Paged, StaffPrincipal, staff::NotAllowed};

/// Who reads what was proposed: whoever proposes or decides such acts, and who reads everything.
pub(super) const READERS: [StaffRole; 4] =
    [StaffRole::Support, StaffRole::Finance, StaffRole::Auditor, StaffRole::Admin];

impl App {
    /// Proposed acts, those nobody decided first, each part newest first.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_approvals(
        &self,
        principal: &StaffPrincipal,
        page: Page<ApprovalPlace>,
    ) -> Result<Result<Paged<Approval>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        let (part, limit) = match page {
            Page::Forward { size, after } => (ApprovalPart::After(after), size.with_lookahead()),
            Page::Backward { size, before } => (ApprovalPart::Before(before), size.with_lookahead()),
        };
        let approvals = store::list_approvals(&self.reader(), part, limit).await?;
        Ok(Ok(Paged::cut(approvals, page)))
    }

    /// One proposed act; `None` also for whoever reads none.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_approval(
        &self,
        principal: &StaffPrincipal,
        id: Id<kinds::Approval>,
    ) -> Result<Option<Approval>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(None);
        }
        store::find_approval(&self.reader(), id).await
    }

    /// Where a proposed act stands now.
    #[must_use]
    pub fn approval_state(&self, approval: &Approval) -> ApprovalState {
        approval.state(self.db().clock().now())
    }

    /// What an approval is about.
    ///
    /// # Errors
    /// A [`Fault`] when what is kept cannot be read.
    pub fn act_of(&self, approval: &Approval) -> Result<Act, Fault> {
        Act::from_payload(&approval.payload)
    }
}
