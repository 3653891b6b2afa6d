use ::familypay::{
    PayLink, PayRefusal, PayRequestBook, PayRequestState, PaymentAttempt, Provider,
    store::{self, FoundAttempt, RequestPlace},
};
use db::{AuditLine, Tx};
use kernel::{Fault, Id, Timestamp, kinds};

use crate::{App, Principal};

/// Most attempts of one request.
pub const MAX_ATTEMPTS: usize = 20;

/// By which door a payer comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayDoor {
    /// With the link they were sent; whoever has it is the payer.
    Link(PayLink),
    /// Signed in, by the request's id.
    Member(Principal, Id<kinds::PayRequest>),
}

/// What a payer wants to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeginPayment {
    /// By which door.
    pub door: PayDoor,
    /// Whether the payer says to be who the page named. Needed the first time for each senior.
    pub confirms_name: bool,
}

/// A payer is at the cashier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentBegun {
    /// The attempt, whose number the provider knows it by.
    pub attempt: Id<kinds::PaymentAttempt>,
    /// Where it is paid.
    pub provider: Provider,
    /// Until when the payer has the cashier alone.
    pub until: Timestamp,
}

/// Why nobody gets to the cashier. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BeginPaymentRefusal {
    /// The request says no.
    #[error(transparent)]
    NotNow(#[from] PayRefusal),
    /// The payer has not confirmed who they are.
    #[error("the payer has not confirmed who they are")]
    NameNotConfirmed,
    /// No provider is set up.
    #[error("nothing can be paid here")]
    NoProvider,
    /// It was tried too often.
    #[error("{MAX_ATTEMPTS} attempts were made")]
    TooManyAttempts,
    /// The provider does not answer, and an earlier attempt may still be paid there.
    #[error("the provider does not answer")]
    ProviderAway,
}

impl App {
    /// Takes a payer to the cashier, and has it to themselves there for a while. As long as they are there and nothing came of the attempt, a
    /// second press leads to the same one.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe: the first payment of all pays.
    pub async fn begin_payment(
        &self,
        begin: &BeginPayment,
    ) -> Result<Result<PaymentBegun, BeginPaymentRefusal>, Fault> {
        if !self.close_other_attempts(&begin.door).await? {
            return Ok(Err(BeginPaymentRefusal::ProviderAway));
        }
        db::retry_contention(async || self.begin_payment_once(begin).await).await
    }

    async fn begin_payment_once(
        &self,
        begin: &BeginPayment,
    ) -> Result<Result<PaymentBegun, BeginPaymentRefusal>, Fault> {
        let Some((mut tx, payer, mut book)) = self.open_door(&begin.door).await? else {
            return Ok(Err(PayRefusal::NotYours.into()));
        };
        let place = RequestPlace { household: book.request.household(), request: book.request.id() };
        let senior = book.request.asked_by();
        let is_confirmed = store::is_payer_confirmed(&self.reader(), senior, payer).await?;
        let attempts = store::list_attempts_of_request(&self.reader(), place).await?;
        let open = self.open_attempt(&book, payer, &attempts, tx.now()).await?;

        let Some(provider) = self.settings().payments.begins_at() else {
            return Ok(Err(BeginPaymentRefusal::NoProvider));
        };
        // Pressed again, or gone back to: the same cashier, for no longer than before.
        if let Some((attempt, until)) = open.filter(|(attempt, _)| attempt.provider == provider) {
            return Ok(Ok(PaymentBegun { attempt: attempt.id, provider, until }));
        }
        let until = match book.request.claim(payer, tx.now()) {
            Ok(until) => until,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        if !is_confirmed && !begin.confirms_name {
            return Ok(Err(BeginPaymentRefusal::NameNotConfirmed));
        }
        if attempts.len() >= MAX_ATTEMPTS {
            return Ok(Err(BeginPaymentRefusal::TooManyAttempts));
        }
        let attempt = PaymentAttempt {
            id: tx.new_id(),
            request: place.request,
            payer,
            amount: book.request.amount(),
            begun_at: tx.now(),
            provider,
            mandate: None,
        };

        store::insert_attempt(&mut tx, place.household, &attempt).await?;
        if provider == Provider::WeChatPay {
            let begun = FoundAttempt { household: place.household, attempt: attempt.clone() };
            store::insert_unsettled_attempt(&mut tx, &begun).await?;
        }
        store::update_request(&mut tx, &book).await?;
        if !is_confirmed {
            store::update_payer_confirmed(&mut tx, senior, payer).await?;
        }
        let (household, detail) = (Some(place.household), format!("{} by {payer}", attempt.amount));
        tx.audit(AuditLine { action: "begin_payment", household, subject: attempt.id.to_string(), detail });

        tx.commit().await?;
        Ok(Ok(PaymentBegun { attempt: attempt.id, provider, until }))
    }

    /// The attempt a payer is at the cashier with, and until when; none once they were there too long, or something
    /// came of it.
    pub(super) async fn open_attempt(
        &self,
        book: &PayRequestBook,
        payer: Id<kinds::Person>,
        attempts: &[PaymentAttempt],
        now: Timestamp,
    ) -> Result<Option<(PaymentAttempt, Timestamp)>, Fault> {
        let PayRequestState::Claimed { by, until } = book.request.state_at(now) else { return Ok(None) };
        let last = attempts.last().filter(|last| by == payer && last.payer == payer && last.mandate.is_none());
        let Some(last) = last else { return Ok(None) };
        let is_over = store::find_sandbox_payment(&self.reader(), last.id).await?.is_some();
        Ok((!is_over).then(|| (last.clone(), until)))
    }

    /// Begins a transaction for whoever comes by a door, with the request locked. `None`: the door leads nowhere.
    pub(super) async fn open_door(
        &self,
        door: &PayDoor,
    ) -> Result<Option<(Tx, Id<kinds::Person>, PayRequestBook)>, Fault> {
        let (place, payer, mut tx) = match door {
            PayDoor::Link(link) => {
                let Some((place, payer)) = store::find_link(&self.reader(), link).await? else { return Ok(None) };
                (place, payer, self.begin(kernel::Actor::Member(payer)).await?)
            }
            PayDoor::Member(principal, request) => {
                let mut tx = self.begin(principal.actor()).await?;
                let Some(place) = store::find_request_place(&mut tx, *request).await? else { return Ok(None) };
                (place, principal.person, tx)
            }
        };
        let book = store::lock_request(&mut tx, place).await?;
        // Not one of its payers: as if it were not there.
        let book = book.filter(|book| book.request.payers().contains(&payer));
        Ok(book.map(|book| (tx, payer, book)))
    }
}
