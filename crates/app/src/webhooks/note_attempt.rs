use db::{
    AuditLine, Tx,
    deliveries::{AfterAttempt, Attempt, ClaimedDelivery, update_attempted, update_parked},
    webhooks::{lock_webhooks, update_webhook},
};
use kernel::{Actor, Fault, Timestamp};

use super::retry_schedule::pause_after;
use crate::App;

/// What came of an attempt to hand a message over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The other side took it: a status of 200 to 299.
    Taken(u16),
    /// The other side is gone for good and says so: 410.
    Gone,
    /// The other side answered something else.
    Answered(u16),
    /// No answer came, for this reason.
    Unanswered(&'static str),
}

impl AttemptOutcome {
    fn attempt(self, at: Timestamp) -> Attempt {
        let (status, failure) = match self {
            Self::Taken(status) => (Some(status), None),
            Self::Gone => (Some(410), Some("answered 410: the webhook is disabled".to_owned())),
            Self::Answered(status) => (Some(status), Some(format!("answered {status}"))),
            Self::Unanswered(why) => (None, Some(why.to_owned())),
        };
        Attempt { at, status, failure }
    }
}

impl App {
    /// Notes what came of an attempt: delivered, tried again later, parked after the last try; or its webhook disabled, when the other
    /// side is gone. Nothing is noted when the claim's lease had ended and somebody else was faster.
    ///
    /// # Errors
    /// A [`Fault`] of the database. The lease then ends, and the message is sent again.
    pub async fn note_attempt(&self, claimed: &ClaimedDelivery, outcome: AttemptOutcome) -> Result<(), Fault> {
        db::retry_contention(|| self.try_note_attempt(claimed, outcome)).await?;
        if outcome == AttemptOutcome::Gone {
            self.subscribers().forget();
        }
        Ok(())
    }

    async fn try_note_attempt(&self, claimed: &ClaimedDelivery, outcome: AttemptOutcome) -> Result<(), Fault> {
        let mut tx = self.begin(Actor::System).await?;
        let webhooks = if outcome == AttemptOutcome::Gone { lock_webhooks(&mut tx).await? } else { Vec::new() };

        let after = match outcome {
            AttemptOutcome::Taken(_) => AfterAttempt::Delivered,
            AttemptOutcome::Gone => AfterAttempt::Park,
            AttemptOutcome::Answered(_) | AttemptOutcome::Unanswered(_) => self.retry_or_park(&tx, claimed),
        };
        let attempt = outcome.attempt(tx.now());

        let is_noted = update_attempted(&mut tx, claimed, &attempt, after).await?;
        let gone = webhooks.into_iter().find(|webhook| webhook.id == claimed.webhook && webhook.disabled.is_none());
        if let Some(mut webhook) = gone.filter(|_| is_noted) {
            webhook.disabled = Some((tx.now(), "answered 410".to_owned()));
            update_webhook(&mut tx, &webhook).await?;
            let parked = update_parked(&mut tx, webhook.id).await?;
            let detail = format!("answered 410; {parked} more deliveries parked");
            tx.audit(AuditLine { action: "disable_webhook", household: None, subject: webhook.id.to_string(), detail });
        }

        tx.commit().await
    }

    fn retry_or_park(&self, tx: &Tx, claimed: &ClaimedDelivery) -> AfterAttempt {
        let mut chance = [0];
        self.db().ids().fill(&mut chance);
        pause_after(claimed.tries + 1, chance[0])
            .map_or(AfterAttempt::Park, |pause| AfterAttempt::Retry(tx.now() + pause))
    }
}
