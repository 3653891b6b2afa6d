use ::familypay::{
    DeclineReason, Declined, PayRefusal,
    events::{PayRequestAsked, PayRequestDeclined as Event},
    store,
};
use db::{AuditLine, outbox};
use kernel::{Fault, Id, kinds};

use super::{goods::release_goods, pay::PayDoor};
use crate::App;

/// Why nothing is passed on. Nothing changed.
pub type DeclineRefusal = PayRefusal;

/// A payer passed a request on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayRequestDeclined {
    /// The request.
    pub request: Id<kinds::PayRequest>,
    /// Whether somebody else is asked now; if not, the senior hears it.
    pub is_passed_on: bool,
}

impl App {
    /// Passes a request on to the next payer, who is asked at once; after the last the senior hears it and may pay at pick-up.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe: who passed it on has nothing more to pass.
    pub async fn decline_pay_request(
        &self,
        door: &PayDoor,
        reason: DeclineReason,
    ) -> Result<Result<PayRequestDeclined, DeclineRefusal>, Fault> {
        db::retry_contention(async || {
            let Some((mut tx, payer, mut book)) = self.open_door(door).await? else {
                return Ok(Err(PayRefusal::NotYours));
            };

            let declined = match book.request.decline(payer, tx.now()) {
                Ok(declined) => declined,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let now = tx.now();
            if let Some(row) = book.payers.iter_mut().find(|row| row.person == payer) {
                row.declined = Some((reason, now));
            }
            let is_last = declined == Declined::NobodyLeft;
            if is_last {
                release_goods(&mut tx, &mut book).await?;
            }

            store::update_request(&mut tx, &book).await?;
            outbox::append(&mut tx, &Event::of(&book.request, payer, reason.word(), is_last));
            if let Declined::PassedOn { to } = declined {
                let place = u32::try_from(book.request.declined_count() + 1).expect("no more than there are payers");
                outbox::append(&mut tx, &PayRequestAsked::of(&book.request, to, place));
            }
            let (household, subject) = (Some(book.request.household()), book.request.id().to_string());
            let detail = format!("by {payer}: {}", reason.word());
            tx.audit(AuditLine { action: "decline_pay_request", household, subject, detail });

            tx.commit().await?;
            Ok(Ok(PayRequestDeclined { request: book.request.id(), is_passed_on: !is_last }))
        })
        .await
    }
}
