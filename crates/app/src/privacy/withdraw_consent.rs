use accounts::{Consent, Purpose, may_withdraw, store};
use db::AuditLine;
use kernel::{Fault, Id, kinds};

use crate::{App, Principal};

/// Somebody no longer agrees to a purpose.
#[derive(Debug, Clone, Copy)]
pub struct WithdrawConsent {
    /// Whose data; `None` for one's own.
    pub person: Option<Id<kinds::Person>>,
    /// For what.
    pub purpose: Purpose,
}

/// Why nothing was withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WithdrawConsentRefusal {
    /// Nobody of that id, or nobody whose guardian this is: the two answer alike.
    #[error("there is no such person")]
    NoSuchPerson,
    /// No consent to this purpose stands.
    #[error("there is no consent to withdraw")]
    NotGiven,
}

impl App {
    /// Ends a consent at once. Health tags kept under it are deleted in the same transaction, and no rule that asks later may use them.
    ///
    /// # Errors
    /// [`WithdrawConsentRefusal`]; a [`Fault`] of the database.
    pub async fn withdraw_consent(
        &self,
        principal: &Principal,
        command: &WithdrawConsent,
    ) -> Result<Result<Consent, WithdrawConsentRefusal>, Fault> {
        db::retry_contention(|| self.try_withdraw_consent(principal, command)).await
    }

    async fn try_withdraw_consent(
        &self,
        principal: &Principal,
        command: &WithdrawConsent,
    ) -> Result<Result<Consent, WithdrawConsentRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let parties = self.lock_parties(&mut tx, principal, command.person).await?;
        let today = self.day_of(&tx);
        let Some(about) = parties.about.filter(|about| may_withdraw(&parties.by, about, today)) else {
            tx.rollback().await?;
            return Ok(Err(WithdrawConsentRefusal::NoSuchPerson));
        };
        let Some(standing) = store::lock_consent(&mut tx, about.person, command.purpose).await? else {
            tx.rollback().await?;
            return Ok(Err(WithdrawConsentRefusal::NotGiven));
        };

        let withdrawn = store::update_consent_withdrawn(&mut tx, &standing, parties.by.person).await?;
        tx.audit(AuditLine {
            action: "withdraw_consent",
            household: about.household.map(|(household, _)| household),
            subject: withdrawn.id.to_string(),
            detail: format!("{} for {}", about.person, withdrawn.purpose),
        });

        tx.commit().await?;
        Ok(Ok(withdrawn))
    }
}
