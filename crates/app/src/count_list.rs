use kernel::{Fault, Id, kinds};

use crate::App;

/// A list that says how many items it has. Who is shown a page of it may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountedList {
    /// All perks.
    Perks,
    /// A household's grants.
    Grants(Id<kinds::Household>),
    /// A household's postings.
    Statement(Id<kinds::Household>),
    /// All communities.
    Communities,
    /// All of the staff.
    Staff,
    /// All webhooks.
    Webhooks,
    /// Grows without end, or is told only in figures about many: it is not counted.
    Uncounted,
}

impl App {
    /// How many items a list has; `None` where it is not counted. Reads one index of what belongs to one household, or of a small table.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn count_list(&self, list: CountedList) -> Result<Option<u64>, Fault> {
        let reader = self.reader();
        let count = match list {
            CountedList::Perks => entitlements::store::count_perks(&reader).await?,
            CountedList::Grants(household) => entitlements::store::count_grants(&reader, household).await?,
            CountedList::Statement(household) => ledger::store::count_postings(&reader, household).await?,
            CountedList::Communities => ::accounts::store::count_communities(&reader).await?,
            CountedList::Staff => ::accounts::store::count_staff(&reader).await?,
            CountedList::Webhooks => db::webhooks::count_webhooks(&reader).await?,
            CountedList::Uncounted => return Ok(None),
        };
        Ok(Some(count))
    }
}
