use ::familypay::{
    Availability, PayRequestBook, Payment, Provider, Settled, Surplus,
    events::{PayRequestPaid, PaymentRefundDue},
    store::{self, FoundAttempt, NotedPayment, Origin, RefundOrigin, RefundState, StoredRefund},
};
use db::{AuditLine, Tx, outbox};
use kernel::{Actor, Fault, Id, Month, kinds};

use super::goods::{release_goods, reserve_again};
use crate::App;

/// A payment as its provider told it, checked to be from the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentTold {
    /// Who took it.
    pub provider: Provider,
    /// The attempt it names; none: it names nothing of ours.
    pub attempt: Option<Id<kinds::PaymentAttempt>>,
    /// What was taken.
    pub payment: Payment,
}

impl App {
    /// Settles a payment a provider tells of: it pays its request, or goes back to its payer whole. Told again it answers what was
    /// decided before. Paying a request, what follows of it and sending money back leave by events of the same commit.
    ///
    /// # Errors
    /// A [`Fault`]; telling it again is safe.
    pub async fn settle_payment(&self, told: &PaymentTold) -> Result<Settled, Fault> {
        db::retry_contention(async || self.settle_payment_once(told).await).await
    }

    async fn settle_payment_once(&self, told: &PaymentTold) -> Result<Settled, Fault> {
        // An attempt never changes: it is known before any lock.
        let found = match told.attempt {
            Some(attempt) => store::find_attempt(&self.reader(), attempt).await?,
            None => None,
        };
        let found = found.filter(|found| found.attempt.provider == told.provider);
        let mut tx = self.begin(Actor::System).await?;
        let mut book = match &found {
            Some(found) => store::lock_request(&mut tx, found.place()).await?,
            None => None,
        };
        let known = store::find_payment(&mut tx, told.provider, &told.payment.provider_ref).await?;
        if let Some(known) = known {
            tx.rollback().await?;
            return Ok(known.settled);
        }

        let settled = match (&mut book, &found) {
            (Some(book), Some(found)) => settle(&mut tx, book, found, &told.payment).await?,
            _ => Settled::Surplus(Surplus::UnknownAttempt),
        };

        let origin = found.as_ref().map(Origin::of);
        if let Some(origin) = origin {
            store::delete_unsettled_attempt(&mut tx, origin.household, origin.attempt).await?;
        }
        let noted = NotedPayment {
            provider: told.provider,
            payment: told.payment.clone(),
            origin,
            settled,
            noted_at: tx.now(),
        };
        store::insert_payment(&mut tx, &noted).await?;
        match (settled, origin, &book) {
            (Settled::Pays, Some(origin), Some(book)) => record_paid(&mut tx, book, &origin, &noted).await?,
            _ => record_surplus(&mut tx, &noted).await?,
        }

        tx.commit().await?;
        Ok(settled)
    }
}

/// Judges a payment on the locked request; what the request held for others than this payment is let go of.
async fn settle(
    tx: &mut Tx,
    book: &mut PayRequestBook,
    found: &FoundAttempt,
    payment: &Payment,
) -> Result<Settled, Fault> {
    let now = tx.now();
    let before = book.clone();
    // In the order of locks: a mandate this payment is not by, then goods.
    let other_mandate = book.mandate.filter(|mandate| Some(*mandate) != found.attempt.mandate);
    let would_pay = book.request.clone().settle(Some(&found.attempt), payment, Availability::CanBeReserved, now);
    if would_pay == Settled::Pays && other_mandate.is_some() {
        restore_mandate(tx, book).await?;
    }
    let availability = match would_pay {
        Settled::Pays => reserve_again(tx, book).await?,
        Settled::Surplus(_) => Availability::Gone,
    };
    let settled = book.request.settle(Some(&found.attempt), payment, availability, now);
    if *book != before {
        store::update_request(tx, book).await?;
    }
    Ok(settled)
}

async fn record_paid(tx: &mut Tx, book: &PayRequestBook, origin: &Origin, noted: &NotedPayment) -> Result<(), Fault> {
    store::insert_paid_request(tx, origin, noted).await?;
    let is_by_mandate = book.mandate.is_some();
    outbox::append(tx, &PayRequestPaid::of(&book.request, origin.payer, is_by_mandate));
    let number = noted.payment.provider_ref.as_str();
    let (household, detail) =
        (Some(origin.household), format!("{} by {} {number}", noted.payment.amount, origin.payer));
    tx.audit(AuditLine { action: "settle_payment", household, subject: origin.request.to_string(), detail });
    Ok(())
}

/// Sends a payment back whole, to whoever paid it.
async fn record_surplus(tx: &mut Tx, noted: &NotedPayment) -> Result<(), Fault> {
    let refund = StoredRefund {
        id: tx.new_id(),
        provider: noted.provider,
        payment: noted.payment.provider_ref.clone(),
        order_refund: None,
        origin: noted.origin.map(|origin| RefundOrigin {
            household: origin.household,
            request: origin.request,
            payer: origin.payer,
        }),
        amount: noted.payment.amount,
        state: RefundState::ToSend,
        created_at: tx.now(),
    };
    store::insert_refund(tx, &refund).await?;
    outbox::append(tx, &PaymentRefundDue::of(refund.id, refund.amount));
    let subject = refund.id.to_string();
    let detail = format!("{} of {}: {}", refund.amount, refund.payment.as_str(), noted.settled.word());
    let household = noted.origin.map(|origin| origin.household);
    tx.audit(AuditLine { action: "settle_payment", household, subject, detail });
    Ok(())
}

/// Gives a mandate back what a locked request used of it and does not pay by it.
pub(super) async fn restore_mandate(tx: &mut Tx, book: &mut PayRequestBook) -> Result<(), Fault> {
    let Some((mandate, month)) = book.mandate.take() else { return Ok(()) };
    restore_used(tx, (mandate, month), book.request.amount()).await
}

/// Gives a mandate an amount of a month back.
pub(super) async fn restore_used(
    tx: &mut Tx,
    (mandate, month): (Id<kinds::Mandate>, Month),
    amount: kernel::Money,
) -> Result<(), Fault> {
    let used = store::lock_mandate_book(tx, mandate, month).await?;
    let mut used = used.ok_or_else(|| Fault::inconsistent("find the mandate a request uses"))?;
    used.restore(amount);
    store::update_mandate_used(tx, &used).await
}

/// Lets go of all a locked request holds and will not pay for: its part of a mandate, then its goods.
pub(super) async fn let_go(tx: &mut Tx, book: &mut PayRequestBook) -> Result<(), Fault> {
    restore_mandate(tx, book).await?;
    release_goods(tx, book).await
}
