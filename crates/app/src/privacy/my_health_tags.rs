use std::collections::BTreeSet;

use accounts::{HealthTag, store};
use kernel::Fault;

use crate::{App, Principal};

impl App {
    /// The health tags of whoever is signed in.
    ///
    /// # Errors
    /// A [`Fault`] of the database, or when what is kept cannot be opened.
    pub async fn my_health_tags(&self, principal: &Principal) -> Result<BTreeSet<HealthTag>, Fault> {
        store::list_health_tags(&self.reader(), self.health_keys(), principal.person).await
    }
}
