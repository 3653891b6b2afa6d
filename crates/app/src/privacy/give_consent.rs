use accounts::{Consent, ConsentChannel, GiveConsentRefusal, Party, Purpose, check_consent, store};
use db::{AuditLine, Tx};
use kernel::{BusinessDate, Fault, Id, kinds};

use super::parties::Parties;
use crate::{App, Principal};

/// Somebody agrees that personal data be used for one purpose.
#[derive(Debug, Clone, Copy)]
pub struct GiveConsent {
    /// Whose data; `None` for one's own. A guardian names the child.
    pub person: Option<Id<kinds::Person>>,
    /// For what.
    pub purpose: Purpose,
    /// The version of the policy that was shown.
    pub policy_version: u16,
    /// By which way.
    pub channel: ConsentChannel,
}

impl App {
    /// Keeps a consent. Giving again what stands answers with what stands; an older wording is replaced by the one in force.
    ///
    /// # Errors
    /// [`GiveConsentRefusal`]; a [`Fault`] of the database.
    pub async fn give_consent(
        &self,
        principal: &Principal,
        command: &GiveConsent,
    ) -> Result<Result<Consent, GiveConsentRefusal>, Fault> {
        db::retry_contention(|| self.try_give_consent(principal, command)).await
    }

    async fn try_give_consent(
        &self,
        principal: &Principal,
        command: &GiveConsent,
    ) -> Result<Result<Consent, GiveConsentRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let parties = self.lock_parties(&mut tx, principal, command.person).await?;
        let standing = match &parties.about {
            Some(about) => store::lock_consent(&mut tx, about.person, command.purpose).await?,
            None => None,
        };

        let about = match judge(&parties, command, self.day_of(&tx)) {
            Ok(about) => about,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        };
        if let Some(standing) = standing.filter(|standing| standing.policy_version == command.policy_version) {
            tx.rollback().await?;
            return Ok(Ok(standing));
        }
        let consent = consent(&tx, &parties.by, &about, command);

        match &standing {
            Some(old) => store::update_consent_renewed(&mut tx, old, &consent).await?,
            None => store::insert_consent(&mut tx, &consent).await?,
        }
        tx.audit(AuditLine {
            action: "give_consent",
            household: about.household.map(|(household, _)| household),
            subject: consent.id.to_string(),
            detail: format!("{} for {}, policy version {}", about.person, consent.purpose, consent.policy_version),
        });

        tx.commit().await?;
        Ok(Ok(consent))
    }
}

fn judge(parties: &Parties, command: &GiveConsent, today: BusinessDate) -> Result<Party, GiveConsentRefusal> {
    let about = parties.about.ok_or(GiveConsentRefusal::NoSuchPerson)?;
    check_consent(&parties.by, &about, command.purpose, command.policy_version, today)?;
    Ok(about)
}

fn consent(tx: &Tx, by: &Party, about: &Party, command: &GiveConsent) -> Consent {
    Consent {
        id: tx.new_id(),
        person: about.person,
        purpose: command.purpose,
        policy_version: command.policy_version,
        channel: command.channel,
        given_by: by.person,
        given_at: tx.now(),
        withdrawn_at: None,
    }
}
