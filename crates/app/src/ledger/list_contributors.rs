use std::collections::HashMap;

use kernel::{Fault, Id, kinds};
use ledger::Contributor;

use crate::{App, Principal};

impl App {
    /// Who brought the points of lots of the principal's own household; lots of another are left out.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_contributors(
        &self,
        principal: &Principal,
        lots: impl IntoIterator<Item = Id<kinds::Lot>>,
    ) -> Result<HashMap<Id<kinds::Lot>, Contributor>, Fault> {
        let Some((household, _)) = principal.household else { return Ok(HashMap::new()) };
        ledger::store::list_contributors(&self.reader(), household, lots).await
    }
}
