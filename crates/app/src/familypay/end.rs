use ::accounts::Role;
use ::familypay::{
    Availability, EndRefusal, PayRequestBook,
    events::{PayAtPickUpChosen, PayRequestCancelled},
    store,
};
use db::{AuditLine, Tx, outbox};
use kernel::{Fault, Id, kinds};

use super::{
    goods::reserve_again,
    settle_payment::{let_go, restore_mandate},
};
use crate::{App, Principal};

/// Why a request does not end so. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndRequestRefusal {
    /// No request of one's own household, or a child's wish about somebody else's.
    #[error("there is no such request")]
    NoSuchRequest,
    /// The request says no.
    #[error(transparent)]
    NotNow(#[from] EndRefusal),
    /// The order is closed.
    #[error("the order is closed")]
    Closed,
    /// Its goods are gone.
    #[error("its goods are gone")]
    SoldOut,
}

impl App {
    /// Calls a request off, for the senior or an adult of her household. Money on its way goes back when it comes.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn cancel_pay_request(
        &self,
        principal: &Principal,
        request: Id<kinds::PayRequest>,
    ) -> Result<Result<(), EndRequestRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let Some(mut book) = self.lock_own(&mut tx, principal, request).await? else {
                return Ok(Err(EndRequestRefusal::NoSuchRequest));
            };

            if let Err(refusal) = book.request.cancel() {
                return Ok(Err(refusal.into()));
            }

            record_cancelled(&mut tx, &mut book, "cancel_pay_request", false).await?;

            tx.commit().await?;
            Ok(Ok(()))
        })
        .await
    }

    /// Lets the senior pay when she picks it up, instead of asking. The order system hears of it by webhook and takes the money.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn pay_at_pick_up(
        &self,
        principal: &Principal,
        request: Id<kinds::PayRequest>,
    ) -> Result<Result<(), EndRequestRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let Some(mut book) = self.lock_own(&mut tx, principal, request).await? else {
                return Ok(Err(EndRequestRefusal::NoSuchRequest));
            };

            if let Err(refusal) = book.request.pay_at_pick_up() {
                return Ok(Err(refusal.into()));
            }
            if book.request.cut_off() <= tx.now() {
                return Ok(Err(EndRequestRefusal::Closed));
            }
            restore_mandate(&mut tx, &mut book).await?;
            if reserve_again(&mut tx, &mut book).await? == Availability::Gone {
                return Ok(Err(EndRequestRefusal::SoldOut));
            }

            store::update_request(&mut tx, &book).await?;
            if let Some(payer) = last_asked(&book) {
                outbox::append(&mut tx, &PayAtPickUpChosen::of(&book.request, payer));
            }
            note(&mut tx, &book, "pay_at_pick_up");

            tx.commit().await?;
            Ok(Ok(()))
        })
        .await
    }
}

/// Writes that a locked request was called off, and lets go of what it held.
pub(super) async fn record_cancelled(
    tx: &mut Tx,
    book: &mut PayRequestBook,
    action: &'static str,
    is_departure: bool,
) -> Result<(), Fault> {
    let_go(tx, book).await?;
    store::update_request(tx, book).await?;
    if let Some(payer) = last_asked(book) {
        outbox::append(tx, &PayRequestCancelled::of(&book.request, payer, is_departure));
    }
    note(tx, book, action);
    Ok(())
}

/// Who was asked last: the one who should hear that nothing is wanted any more.
pub(super) fn last_asked(book: &PayRequestBook) -> Option<Id<kinds::Person>> {
    book.request.current_payer().or_else(|| book.request.payers().last().copied())
}

impl App {
    /// Locks a request of one's own household, also of one that went into it since.
    async fn lock_own(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        request: Id<kinds::PayRequest>,
    ) -> Result<Option<PayRequestBook>, Fault> {
        let Some((household, role)) = ::accounts::store::lock_membership(tx, principal.person).await? else {
            return Ok(None);
        };
        let Some(place) = store::find_request_place(tx, request).await? else { return Ok(None) };
        if self.current_household(place.household).await? != household {
            return Ok(None);
        }
        let book = store::lock_request(tx, place).await?;
        Ok(book.filter(|book| book.request.asked_by() == principal.person || role != Role::Child))
    }
}

fn note(tx: &mut Tx, book: &PayRequestBook, action: &'static str) {
    let (household, subject) = (Some(book.request.household()), book.request.id().to_string());
    tx.audit(AuditLine { action, household, subject, detail: book.request.amount().to_string() });
}
