use kernel::{Fault, Id, kinds};
use ledger::{Posting, store::StatementPosition};

use crate::{App, Page, Paged, Principal};

impl App {
    /// A household's postings, newest first, keyed by their number. `None` to anyone who does not belong to it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_statement(
        &self,
        principal: &Principal,
        household: Id<kinds::Household>,
        page: Page<i64>,
    ) -> Result<Option<Paged<Posting>>, Fault> {
        if !principal.belongs_to(household) {
            return Ok(None);
        }
        let (position, limit) = match page {
            Page::Forward { size, after } => {
                (after.map_or(StatementPosition::Newest, StatementPosition::Before), size.with_lookahead())
            }
            Page::Backward { size, before } => {
                (before.map_or(StatementPosition::Oldest, StatementPosition::After), size.with_lookahead())
            }
        };
        let postings = ledger::store::list_postings(&self.reader(), household, position, limit).await?;
        Ok(Some(Paged::cut(postings, page)))
    }

    /// One posting of the principal's own household. `None` also for another household's.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_posting(
        &self,
        principal: &Principal,
        posting: Id<kinds::Posting>,
    ) -> Result<Option<Posting>, Fault> {
        let Some((household, _)) = principal.household else { return Ok(None) };
        ledger::store::find_posting(&self.reader(), household, posting).await
    }
}
