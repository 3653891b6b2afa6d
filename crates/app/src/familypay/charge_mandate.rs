use ::familypay::{Provider, SandboxOutcome, events::MandateAttemptBegun, store};
use db::outbox::ClaimedEvent;
use kernel::{Actor, Fault, FaultKind, Id, kinds};

use super::sandbox::sandbox_payment;
use crate::App;

/// The reaction's name in receipts.
pub(crate) const CHARGE_MANDATE: &str = "charge_mandate";

impl App {
    /// Takes the money of an attempt by its mandate, unless the request ended or was paid meanwhile: then what it used of the month was
    /// given back by whoever ended it. Once, however often this runs.
    pub(crate) async fn charge_mandate(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: MandateAttemptBegun = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a mandate_attempt_begun event", error))?;
        let impossible = || Fault::inconsistent("find the attempt of a mandate");
        let attempt: Id<kinds::PaymentAttempt> = told.payment_attempt_id.parse().map_err(|_| impossible())?;
        let found = store::find_attempt(&self.reader(), attempt).await?.ok_or_else(impossible)?;
        if found.attempt.provider != Provider::Sandbox {
            return Err(Fault::inconsistent("charge a mandate by a provider that is not set up"));
        }
        let is_charged = db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let book = store::lock_request(&mut tx, found.place()).await?.ok_or_else(impossible)?;

            let is_wanted = book.request.state_at(tx.now()).is_waiting() && book.mandate == found.attempt.mandate;
            let deadline = book.request.deadline();
            let payment = sandbox_payment(&found, SandboxOutcome::Succeed, deadline, tx.now())?;

            if is_wanted {
                store::insert_sandbox_payment(&mut tx, &payment).await?;
                tx.commit().await?;
            } else {
                tx.rollback().await?;
            }
            Ok(is_wanted)
        })
        .await?;
        // Charged now or by a run before that died here: what the sandbox keeps is told.
        if is_charged || store::find_sandbox_payment(&self.reader(), attempt).await?.is_some() {
            self.tell_sandbox_payment(attempt).await?;
        }
        Ok(())
    }
}
