//! Reading the audit log.

use accounts::StaffRole;
use db::AuditPart;
pub use db::{AuditEntry, AuditFilter};
use kernel::{Fault, Id, kinds};

use crate::{App, Page, Paged, StaffPrincipal, staff::NotAllowed};

/// Row 46 of the access matrix.
const READERS: [StaffRole; 2] = [StaffRole::Auditor, StaffRole::Admin];

impl App {
    /// Lines of the audit log, newest first, for auditors and admins.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_audit_lines(
        &self,
        principal: &StaffPrincipal,
        filter: &AuditFilter,
        page: Page<Id<kinds::Event>>,
    ) -> Result<Result<Paged<AuditEntry>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        let (part, limit) = match page {
            Page::Forward { size, after } => (AuditPart::Older(after), size.with_lookahead()),
            Page::Backward { size, before } => (AuditPart::Newer(before), size.with_lookahead()),
        };
        let lines = db::list_audit_entries(&self.reader(), filter, part, limit).await?;
        Ok(Ok(Paged::cut(lines, page)))
    }
}
