use ::accounts::events::KinUnlinked;
use ::familypay::{Mandate, events::MandateRevoked, store};
use db::{
    AuditLine,
    outbox::{self, ClaimedEvent},
};
use kernel::{Actor, Fault, FaultKind, Id, Month, kinds};

use crate::App;

/// The reaction's name in receipts.
pub(crate) const REVOKE_UNLINKED: &str = "revoke_unlinked";

impl App {
    /// Takes back the mandates between two who are no kin any more, so that none is in force again should they be linked anew. Until
    /// then none of them pays anything: who is not linked is not asked. Running it again is safe.
    pub(crate) async fn revoke_unlinked(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: KinUnlinked = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a kin_unlinked event", error))?;
        let impossible = |_| Fault::inconsistent("read the ids of a kin_unlinked event");
        let ended_by: Id<kinds::Person> = told.ended_by.parse().map_err(impossible)?;
        let other: Id<kinds::Person> = told.other_person_id.parse().map_err(impossible)?;
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let month = Month::of(self.settings().zone.date_of(tx.now()));
            let (first, second) = (ended_by.min(other), ended_by.max(other));
            for (senior, payer) in [(first, second), (second, first)] {
                // What was given since, after they were linked anew, stands: ids are in the order of time.
                let is_meant = |mandate: &Mandate| mandate.payer == payer && mandate.id.uuid() < event.id.uuid();
                for book in store::lock_mandates_for(&mut tx, senior, month).await? {
                    if !is_meant(book.mandate()) {
                        continue;
                    }
                    let mut mandate = book.mandate().clone();
                    if mandate.revoke(ended_by, tx.now()).is_err() {
                        continue;
                    }

                    store::update_mandate_revoked(&mut tx, &mandate, ended_by).await?;
                    outbox::append(&mut tx, &MandateRevoked::of(&mandate, ended_by));
                    let (subject, detail) = (mandate.id.to_string(), "they are no kin any more".to_owned());
                    tx.audit(AuditLine { action: REVOKE_UNLINKED, household: None, subject, detail });
                }
            }

            tx.commit().await
        })
        .await
    }
}
