use accounts::{Erasure, NothingToCancel, store};
use db::AuditLine;
use kernel::Fault;

use crate::{App, Principal};

impl App {
    /// Takes the wish to be forgotten back, while nothing has gone but sessions.
    ///
    /// # Errors
    /// [`NothingToCancel`]; a [`Fault`] of the database.
    pub async fn cancel_erasure(&self, principal: &Principal) -> Result<Result<Erasure, NothingToCancel>, Fault> {
        db::retry_contention(|| self.try_cancel_erasure(principal)).await
    }

    async fn try_cancel_erasure(&self, principal: &Principal) -> Result<Result<Erasure, NothingToCancel>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        self.lock_parties(&mut tx, principal, None).await?;
        let under_way = store::lock_erasure(&mut tx, principal.person).await?;

        let Ok(cancelled) = under_way.ok_or(NothingToCancel).and_then(Erasure::cancel) else {
            tx.rollback().await?;
            return Ok(Err(NothingToCancel));
        };

        store::update_erasure(&mut tx, &cancelled).await?;
        tx.audit(AuditLine {
            action: "cancel_erasure",
            household: None,
            subject: cancelled.id.to_string(),
            detail: cancelled.person.to_string(),
        });

        tx.commit().await?;
        Ok(Ok(cancelled))
    }

    /// The newest erasure of whoever is signed in.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn my_erasure(&self, principal: &Principal) -> Result<Option<Erasure>, Fault> {
        store::find_erasure(&self.reader(), principal.person).await
    }
}
