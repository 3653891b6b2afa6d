use accounts::{HouseholdView, store};
use kernel::{Fault, Id, kinds};

use crate::{App, Principal};

impl App {
    /// A household with its members, for its members; `None` for everybody else, just as if it did not exist.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_household(
        &self,
        principal: &Principal,
        household: Id<kinds::Household>,
    ) -> Result<Option<HouseholdView>, Fault> {
        if !principal.belongs_to(household) {
            return Ok(None);
        }
        store::find_household(&self.reader(), household).await
    }
}
