use entitlements::Grant;
use kernel::{Fault, Id, kinds};

use crate::{App, Principal};

impl App {
    /// One grant of the principal's own household. `None` also for another household's: not yours answers like not there.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_grant(&self, principal: &Principal, grant: Id<kinds::Grant>) -> Result<Option<Grant>, Fault> {
        let Some((household, _)) = principal.household else { return Ok(None) };
        entitlements::store::find_grant(&self.reader(), household, grant).await
    }
}
