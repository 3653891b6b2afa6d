use ::familypay::{
    Provider, ProviderRef, SandboxOutcome, SandboxPayment,
    store::{self, FoundAttempt},
};
use chrono::TimeDelta;
use kernel::{Actor, Fault, Id, Money, Timestamp, kinds};

use super::{provider::PaymentProvider, settle_payment::PaymentTold};
use crate::App;

/// How long after the end of a request a late payment comes.
const LATE_BY: TimeDelta = TimeDelta::minutes(3);

/// Most payments told in one look.
const PAYMENTS_PER_LOOK: u64 = 100;

/// What the sandbox's page shows of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxPage {
    /// The attempt.
    pub attempt: Id<kinds::PaymentAttempt>,
    /// What it would pay.
    pub amount: Money,
    /// What was chosen; none yet.
    pub chosen: Option<SandboxOutcome>,
}

/// Why there is no such page, and nothing is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SandboxRefusal {
    /// No attempt of the sandbox, or the deployment has none.
    #[error("there is no such attempt")]
    NoSuchAttempt,
    /// Something was chosen for it before.
    #[error("something was chosen for it before")]
    AlreadyChosen,
}

impl App {
    /// The sandbox's page of an attempt, where the deployment has the sandbox.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn view_sandbox_page(&self, attempt: Id<kinds::PaymentAttempt>) -> Result<Option<SandboxPage>, Fault> {
        let Some(found) = self.find_sandbox_attempt(attempt).await? else { return Ok(None) };
        let chosen = store::find_sandbox_payment(&self.reader(), attempt).await?.map(|payment| payment.outcome);
        Ok(Some(SandboxPage { attempt, amount: found.attempt.amount, chosen }))
    }

    /// Plays the bank: lets happen to an attempt what was chosen, once. What the sandbox then tells is settled as any provider's word.
    ///
    /// # Errors
    /// A [`Fault`]; what was chosen is told again by the clockwork.
    pub async fn choose_sandbox_outcome(
        &self,
        attempt: Id<kinds::PaymentAttempt>,
        outcome: SandboxOutcome,
    ) -> Result<Result<SandboxPage, SandboxRefusal>, Fault> {
        let Some(found) = self.find_sandbox_attempt(attempt).await? else {
            return Ok(Err(SandboxRefusal::NoSuchAttempt));
        };
        let request = store::find_request(&self.reader(), found.attempt.request).await?;
        let deadline = request.and_then(|book| book.request.deadline());
        let amount = found.attempt.amount;
        let is_new = db::retry_contention(async || {
            let mut tx = self.begin(Actor::Anonymous).await?;
            let payment = sandbox_payment(&found, outcome, deadline, tx.now())?;
            let is_new = store::insert_sandbox_payment(&mut tx, &payment).await?;
            tx.commit().await?;
            Ok(is_new)
        })
        .await?;
        if !is_new {
            return Ok(Err(SandboxRefusal::AlreadyChosen));
        }

        let times = match outcome {
            SandboxOutcome::Succeed => 1,
            SandboxOutcome::Twice => 2,
            SandboxOutcome::Fail | SandboxOutcome::Late | SandboxOutcome::Never => 0,
        };
        for _ in 0..times {
            self.tell_sandbox_payment(attempt).await?;
        }
        Ok(Ok(SandboxPage { attempt, amount, chosen: Some(outcome) }))
    }

    /// Tells what the sandbox has to tell by now, and asks for what it never tells; how many payments that were.
    ///
    /// # Errors
    /// A [`Fault`]; running it again is safe.
    pub async fn tell_sandbox_payments(&self) -> Result<usize, Fault> {
        if self.settings().payments != PaymentProvider::Sandbox {
            return Ok(0);
        }
        let now = self.db().clock().now();
        let due = store::list_due_sandbox_payments(&self.reader(), now, PAYMENTS_PER_LOOK).await?;
        for payment in &due {
            self.tell_sandbox_payment(payment.attempt).await?;
        }
        Ok(due.len())
    }

    /// Settles what the sandbox keeps of an attempt, if it is paid by now.
    pub(super) async fn tell_sandbox_payment(&self, attempt: Id<kinds::PaymentAttempt>) -> Result<(), Fault> {
        let now = self.db().clock().now();
        let kept = store::find_sandbox_payment(&self.reader(), attempt).await?;
        let Some(payment) = kept.and_then(|kept| kept.payment(now)) else { return Ok(()) };
        let told = PaymentTold { provider: Provider::Sandbox, attempt: Some(attempt), payment };
        self.settle_payment(&told).await.map(drop)
    }

    async fn find_sandbox_attempt(&self, attempt: Id<kinds::PaymentAttempt>) -> Result<Option<FoundAttempt>, Fault> {
        if self.settings().payments != PaymentProvider::Sandbox {
            return Ok(None);
        }
        let found = store::find_attempt(&self.reader(), attempt).await?;
        Ok(found.filter(|found| found.attempt.provider == Provider::Sandbox && found.attempt.mandate.is_none()))
    }
}

/// A payment of the sandbox for an attempt.
pub(super) fn sandbox_payment(
    found: &FoundAttempt,
    outcome: SandboxOutcome,
    deadline: Option<Timestamp>,
    now: Timestamp,
) -> Result<SandboxPayment, Fault> {
    let number = format!("sandbox-{}", found.attempt.id.uuid().simple());
    let paid_at = match outcome {
        SandboxOutcome::Fail => None,
        SandboxOutcome::Late => Some(deadline.unwrap_or(now).max(now) + LATE_BY),
        SandboxOutcome::Succeed | SandboxOutcome::Twice | SandboxOutcome::Never => Some(now),
    };
    Ok(SandboxPayment {
        attempt: found.attempt.id,
        provider_ref: ProviderRef::new(&number)
            .ok_or_else(|| Fault::inconsistent("number a payment of the sandbox"))?,
        amount: found.attempt.amount,
        outcome,
        paid_at,
    })
}
