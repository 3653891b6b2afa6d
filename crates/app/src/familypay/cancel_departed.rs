use ::accounts::events::MemberLeft;
use ::familypay::store;
use db::outbox::ClaimedEvent;
use kernel::{Actor, Fault, FaultKind, Id, kinds};

use super::end::record_cancelled;
use crate::App;

/// The reaction's name in receipts.
pub(crate) const CANCEL_DEPARTED: &str = "cancel_departed";

impl App {
    /// Calls off what somebody has waiting for the household they left. Running it again is safe.
    pub(crate) async fn cancel_departed(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: MemberLeft = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a member_left event", error))?;
        let impossible = || Fault::inconsistent("read the ids of a member_left event");
        let household: Id<kinds::Household> = told.household_id.parse().map_err(|_| impossible())?;
        let person: Id<kinds::Person> = told.person_id.parse().map_err(|_| impossible())?;
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let books = store::lock_waiting_requests_of(&mut tx, household, person).await?;

            for mut book in books {
                if book.request.cancel().is_ok() {
                    record_cancelled(&mut tx, &mut book, CANCEL_DEPARTED, true).await?;
                }
            }

            tx.commit().await
        })
        .await
    }
}
