use accounts::{Consent, store};
use kernel::Fault;

use crate::{App, Principal};

impl App {
    /// What whoever is signed in agreed to, the newest first; withdrawn ones too, for they prove what once held.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_consents(&self, principal: &Principal) -> Result<Vec<Consent>, Fault> {
        store::list_consents(&self.reader(), principal.person).await
    }
}
