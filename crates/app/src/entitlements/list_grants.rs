use entitlements::{Grant, store::GrantPosition};
use kernel::{Fault, Id, kinds};

use crate::{App, Page, Paged, Principal};

impl App {
    /// A household's grants, newest first. `None` to anyone who does not belong to it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_grants(
        &self,
        principal: &Principal,
        household: Id<kinds::Household>,
        page: Page<Id<kinds::Grant>>,
    ) -> Result<Option<Paged<Grant>>, Fault> {
        if !principal.belongs_to(household) {
            return Ok(None);
        }
        let (position, limit) = match page {
            Page::Forward { size, after } => {
                (after.map_or(GrantPosition::Newest, GrantPosition::Before), size.with_lookahead())
            }
            Page::Backward { size, before } => {
                (before.map_or(GrantPosition::Oldest, GrantPosition::After), size.with_lookahead())
            }
        };
        let grants = entitlements::store::list_grants(&self.reader(), household, position, limit).await?;
        Ok(Some(Paged::cut(grants, page)))
    }
}
