use accounts::store;
use kernel::{Fault, Id, kinds};

use crate::{App, Principal};

impl App {
    /// The principal's own household, asked for by its id, or by that of one that went into it. `None` for everything else: not yours
    /// answers like not there.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_own_household(
        &self,
        principal: &Principal,
        id: Id<kinds::Household>,
    ) -> Result<Option<Id<kinds::Household>>, Fault> {
        if principal.belongs_to(id) {
            return Ok(Some(id));
        }
        let stands_for = store::find_alias(&self.reader(), id).await?;
        Ok(stands_for.filter(|household| principal.belongs_to(*household)))
    }

    /// The household that an event's id stands for by now.
    pub(crate) async fn current_household(&self, id: Id<kinds::Household>) -> Result<Id<kinds::Household>, Fault> {
        Ok(store::find_alias(&self.reader(), id).await?.unwrap_or(id))
    }
}
