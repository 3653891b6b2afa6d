use ::familypay::{
    RefundRefusal,
    events::PaymentRefundDue,
    store::{self, RefundOrigin, RefundState, RequestPlace, StoredRefund},
};
use db::{
    AuditLine,
    outbox::{self, ClaimedEvent},
};
use kernel::{Actor, Currency, Fault, FaultKind, Id, Money, kinds};

use super::settle_payment::restore_used;
use crate::App;

/// The reaction's name in receipts.
pub(crate) const REFUND_PAYER: &str = "refund_payer";

/// What a refund is for when the whole order was called off.
const CANCELLED: &str = "cancelled";

/// What the events have in common that this reacts to: a refund of an order, or its cancellation, of which all that is left goes back.
#[derive(serde::Deserialize)]
struct MoneyBack {
    order_ref: String,
    #[serde(default)]
    refund_ref: Option<String>,
    #[serde(default)]
    cash_minor: Option<i64>,
}

impl App {
    /// Gives the payer back what was refunded of an order that a relative paid; nothing for any other order. Once for each refund, however
    /// often this runs.
    pub(crate) async fn refund_payer(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: MoneyBack = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a refund of an order", error))?;
        let Ok(request) = told.order_ref.parse::<Id<kinds::PayRequest>>() else { return Ok(()) };
        let Some(book) = store::find_request(&self.reader(), request).await? else { return Ok(()) };
        let place = RequestPlace { household: book.request.household(), request };
        let Some(paid_with) = store::find_paid_with(&self.reader(), place).await? else { return Ok(()) };
        let reference = told.refund_ref.as_deref().unwrap_or(CANCELLED);
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let book = store::lock_request(&mut tx, place).await?;
            let mut book = book.ok_or_else(|| Fault::inconsistent("lock a request that was there"))?;
            let payment = &paid_with.payment.provider_ref;
            let known = store::find_refund(&mut tx, (paid_with.provider, payment), reference).await?;
            if known.is_some() {
                return tx.rollback().await;
            }

            let left = book.request.amount().minor() - book.request.refunded().minor();
            let minor = told.cash_minor.unwrap_or(left);
            let amount = Money::from_minor(minor, Currency::Cny)
                .ok_or_else(|| Fault::inconsistent("read how much of an order was refunded"))?;
            let refund = match book.request.refund(payment, amount) {
                Ok(refund) => refund,
                // A line that was free, or all of it went back before.
                Err(RefundRefusal::Nothing) => return tx.rollback().await,
                Err(refusal) => return Err(Fault::because(FaultKind::Broken, "refund a payer", refusal)),
            };
            let payer = paid_with.origin.map(|origin| origin.payer);
            let payer = payer.ok_or_else(|| Fault::inconsistent("find who paid a request"))?;
            let refund = StoredRefund {
                id: tx.new_id(),
                provider: paid_with.provider,
                payment: refund.payment,
                order_refund: Some(reference.to_owned()),
                origin: Some(RefundOrigin { household: place.household, request, payer }),
                amount: refund.amount,
                state: RefundState::ToSend,
                created_at: tx.now(),
            };

            store::update_request(&mut tx, &book).await?;
            if let Some(mandate) = book.mandate {
                restore_used(&mut tx, mandate, refund.amount).await?;
            }
            store::insert_refund(&mut tx, &refund).await?;
            outbox::append(&mut tx, &PaymentRefundDue::of(refund.id, refund.amount));
            let (household, subject) = (Some(place.household), refund.id.to_string());
            let detail = format!("{} of {request} to {payer}", refund.amount);
            tx.audit(AuditLine { action: REFUND_PAYER, household, subject, detail });

            tx.commit().await
        })
        .await
    }
}
