use accounts::{CommunityView, StaffRole, store, store::CommunityPart};
use kernel::{Fault, Id, kinds};

use crate::{App, Page, Paged, StaffPrincipal, staff::NotAllowed};

/// Who of the staff sees who leads what: those who change it, and who reads everything.
const READERS: [StaffRole; 3] = [StaffRole::Support, StaffRole::Auditor, StaffRole::Admin];

impl App {
    /// The communities with their leaders, by id, for support, auditors and admins.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_communities(
        &self,
        principal: &StaffPrincipal,
        page: Page<Id<kinds::Community>>,
    ) -> Result<Result<Paged<CommunityView>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        let (part, limit) = match page {
            Page::Forward { size, after } => (CommunityPart::After(after), size.with_lookahead()),
            Page::Backward { size, before } => (CommunityPart::Before(before), size.with_lookahead()),
        };
        let communities = store::list_communities(&self.reader(), part, limit).await?;
        Ok(Ok(Paged::cut(communities, page)))
    }
}
