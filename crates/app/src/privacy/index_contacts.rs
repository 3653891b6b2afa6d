use accounts::store;
use kernel::{Actor, Fault};

use crate::App;

/// Most persons indexed at once.
const MAX_INDEXED: u64 = 500;

impl App {
    /// Enters a batch of persons whose contacts the index does not know yet; returns how many it took. Clockwork: however a person
    /// came to be known, by import or by invitation, staff find them by an exact contact within a minute.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn index_contacts(&self) -> Result<usize, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let count = store::insert_contacts_unindexed(&mut tx, self.secret().bytes(), MAX_INDEXED).await?;
            // A commit is a disk flush: with nothing entered there is nothing to keep.
            if count == 0 {
                tx.rollback().await?
            } else {
                tx.commit().await?
            }
            Ok(count)
        })
        .await
    }
}
