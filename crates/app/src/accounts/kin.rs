use accounts::{KinView, events::KinUnlinked, store};
use db::{AuditLine, outbox};
use kernel::{Fault, Id, kinds};

use crate::{App, Principal, familypay::end_mandates};

/// Most kin of one person that are shown.
const MAX_KIN: u64 = 100;

impl App {
    /// Who the signed-in person is linked to, across households.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_kin(&self, principal: &Principal) -> Result<Vec<KinView>, Fault> {
        store::list_kin_views(&self.reader(), principal.person, MAX_KIN).await
    }

    /// Ends a kin link, from either side, and what one side pays for the other beforehand; whether there was one.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn end_kin_link(&self, principal: &Principal, other: Id<kinds::Person>) -> Result<bool, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;

            if !store::delete_kin_link(&mut tx, principal.person, other).await? {
                tx.rollback().await?;
                return Ok(false);
            }
            end_mandates(&mut tx, principal.person, |mandate| [mandate.payer, mandate.senior].contains(&other)).await?;
            outbox::append(&mut tx, &KinUnlinked::new(principal.person, other));
            tx.audit(AuditLine {
                action: "end_kin_link",
                household: None,
                subject: other.to_string(),
                detail: String::new(),
            });

            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}
