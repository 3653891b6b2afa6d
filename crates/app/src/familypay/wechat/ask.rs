use ::familypay::{
    PayRequestState, PaymentAttempt, Provider,
    store::{self, UnsettledAttempt},
    wechat::CallFault,
};
use kernel::{Actor, Fault, Id, kinds};

use super::{fault, is_gone, is_paid};
use crate::{
    App,
    familypay::{PayDoor, PaymentTold},
};

/// Most attempts asked about by one run of the clockwork. One that is not answered ends the run.
const ATTEMPTS_PER_RUN: u64 = 20;

/// What is known of an attempt after asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It was paid, and what it paid is settled.
    Paid,
    /// It is not paid; it may still be.
    Open,
    /// It can be paid no more.
    Closed,
}

impl App {
    /// Asks what became of attempts that WeChat Pay did not tell of, and closes those whose payer's time is over; how many are known now.
    ///
    /// # Errors
    /// A [`Fault`]; running it again is safe.
    pub async fn ask_about_attempts(&self) -> Result<usize, Fault> {
        if self.wechat_pay().is_none() {
            return Ok(0);
        }
        let mut known = 0;
        let now = self.db().clock().now();
        for due in store::list_due_attempts(&self.reader(), now, ATTEMPTS_PER_RUN).await? {
            match self.settle_or_close(&due).await {
                Ok(Some(Known::Open)) => {}
                Ok(Some(Known::Paid | Known::Closed)) => known += 1,
                // It does not answer: nor would it for the next.
                Ok(None) => break,
                // One that cannot be settled keeps no other from being asked about.
                Err(fault) => {
                    tracing::error!(attempt = %due.attempt, error = fault.chain(), "An attempt could not be settled");
                    self.ask_later(&due).await?;
                }
            }
        }
        Ok(known)
    }

    /// Makes sure that no attempt but the one a payer is at the cashier with can be paid, before another is begun; whether it could.
    pub(in crate::familypay) async fn close_other_attempts(&self, door: &PayDoor) -> Result<bool, Fault> {
        if self.wechat_pay().is_none() {
            return Ok(true);
        }
        let Some((tx, _, book)) = self.open_door(door).await? else { return Ok(true) };
        let now = tx.now();
        tx.rollback().await?;
        let place = store::RequestPlace { household: book.request.household(), request: book.request.id() };
        for unsettled in store::list_unsettled_of_request(&self.reader(), place).await? {
            let Some(found) = store::find_attempt(&self.reader(), unsettled.attempt).await? else { continue };
            let is_at_cashier =
                matches!(book.request.state_at(now), PayRequestState::Claimed { by, .. } if by == found.attempt.payer);
            // Of another payer who is there, `claim` says that it is not this one's turn; nobody is thrown out.
            if is_at_cashier && found.attempt.begun_at + ::familypay::CLAIM_LIFE > now {
                continue;
            }
            match self.settle_or_close(&unsettled).await? {
                Some(Known::Paid | Known::Closed) => {}
                Some(Known::Open) | None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Asks about an attempt; where it is not paid and its payer's time is over, closes it. `None`: no answer.
    async fn settle_or_close(&self, unsettled: &UnsettledAttempt) -> Result<Option<Known>, Fault> {
        let Some(found) = store::find_attempt(&self.reader(), unsettled.attempt).await? else {
            return Err(Fault::inconsistent("find an attempt that is not settled"));
        };
        let attempt = &found.attempt;
        let known = match self.ask_about(attempt).await? {
            Some(Known::Open) if !self.is_at_cashier(attempt).await? => self.close(attempt).await?,
            known => known,
        };
        match known {
            // Settling forgot it.
            Some(Known::Paid) => {}
            Some(Known::Closed) => self.forget(unsettled).await?,
            Some(Known::Open) | None => self.ask_later(unsettled).await?,
        }
        Ok(known)
    }

    /// Asks what became of an attempt and settles what it paid. `None`: no answer.
    pub(super) async fn ask_about(&self, attempt: &PaymentAttempt) -> Result<Option<Known>, Fault> {
        let Some(wechat) = self.wechat_pay() else { return Ok(None) };
        match wechat.client(self.db().clock().as_ref()).find_payment(attempt.id).await {
            Ok(Some(paid)) => {
                let told = PaymentTold { provider: Provider::WeChatPay, attempt: paid.attempt, payment: paid.payment };
                self.settle_payment(&told).await?;
                Ok(Some(Known::Paid))
            }
            Ok(None) => Ok(Some(Known::Open)),
            Err(error) => Ok(unanswered(attempt.id, fault("ask about an attempt", error))),
        }
    }

    async fn close(&self, attempt: &PaymentAttempt) -> Result<Option<Known>, Fault> {
        let Some(wechat) = self.wechat_pay() else { return Ok(None) };
        match wechat.client(self.db().clock().as_ref()).close(attempt.id).await {
            Ok(()) => Ok(Some(Known::Closed)),
            Err(CallFault::Refused { code }) if is_gone(&code) => Ok(Some(Known::Closed)),
            // Paid between the question and this: asked again it says by what.
            Err(CallFault::Refused { code }) if is_paid(&code) => self.ask_about(attempt).await,
            Err(error) => Ok(unanswered(attempt.id, fault("close an attempt", error))),
        }
    }

    /// Whether the payer of an attempt still has the cashier.
    async fn is_at_cashier(&self, attempt: &PaymentAttempt) -> Result<bool, Fault> {
        let now = self.db().clock().now();
        let book = store::find_request(&self.reader(), attempt.request).await?;
        let state = book.map(|book| book.request.state_at(now));
        let has_it = matches!(state, Some(PayRequestState::Claimed { by, .. }) if by == attempt.payer);
        Ok(has_it && now < attempt.begun_at + ::familypay::CLAIM_LIFE)
    }

    async fn forget(&self, unsettled: &UnsettledAttempt) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            store::delete_unsettled_attempt(&mut tx, unsettled.place.household, unsettled.attempt).await?;
            tx.commit().await
        })
        .await
    }

    async fn ask_later(&self, unsettled: &UnsettledAttempt) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            store::update_asked(&mut tx, unsettled).await?;
            tx.commit().await
        })
        .await
    }
}

fn unanswered(attempt: Id<kinds::PaymentAttempt>, fault: Fault) -> Option<Known> {
    tracing::warn!(%attempt, error = fault.chain(), "WeChat Pay was asked in vain and will be asked again");
    None
}
