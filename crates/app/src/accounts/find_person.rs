use accounts::{PersonView, store};
use kernel::Fault;

use crate::{App, Principal};

impl App {
    /// The signed-in person; `None` for somebody erased since.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_person(&self, principal: &Principal) -> Result<Option<PersonView>, Fault> {
        store::find_person(&self.reader(), principal.person).await
    }
}
