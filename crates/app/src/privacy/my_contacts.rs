use accounts::{Contacts, store};
use kernel::Fault;

use crate::{App, Principal};

impl App {
    /// The contacts of whoever is signed in, whole.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn my_contacts(&self, principal: &Principal) -> Result<Contacts, Fault> {
        Ok(store::find_contacts(&self.reader(), principal.person).await?.unwrap_or_default())
    }
}
