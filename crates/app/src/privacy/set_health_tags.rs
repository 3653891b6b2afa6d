use std::collections::{BTreeMap, BTreeSet};

use accounts::{HealthTag, Purpose, store};
use db::AuditLine;
use kernel::{Fault, Id, kinds};

use super::parties::Parties;
use crate::{App, Principal};

/// Somebody says what they eat and do not eat.
#[derive(Debug, Clone)]
pub struct SetHealthTags {
    /// Whose tags; `None` for one's own. A guardian names the child.
    pub person: Option<Id<kinds::Person>>,
    /// All tags from now on; the others are deleted.
    pub tags: BTreeSet<HealthTag>,
}

/// Why tags stay as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetHealthTagsRefusal {
    /// Nobody of that id, or nobody whose guardian this is: the two answer alike.
    #[error("there is no such person")]
    NoSuchPerson,
    /// Under fourteen: an adult of the household sets them.
    #[error("a guardian sets the health tags of a child")]
    GuardianNeeded,
    /// Nothing is kept without consent to it.
    #[error("health tags need a consent of their own")]
    ConsentNeeded,
}

impl App {
    /// Replaces a person's health tags; returns them.
    ///
    /// # Errors
    /// [`SetHealthTagsRefusal`]; a [`Fault`] of the database.
    pub async fn set_health_tags(
        &self,
        principal: &Principal,
        command: &SetHealthTags,
    ) -> Result<Result<BTreeSet<HealthTag>, SetHealthTagsRefusal>, Fault> {
        db::retry_contention(|| self.try_set_health_tags(principal, command)).await
    }

    async fn try_set_health_tags(
        &self,
        principal: &Principal,
        command: &SetHealthTags,
    ) -> Result<Result<BTreeSet<HealthTag>, SetHealthTagsRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let parties = self.lock_parties(&mut tx, principal, command.person).await?;
        let about = command.person.unwrap_or(principal.person);
        let consent = store::lock_consent(&mut tx, about, Purpose::HealthTags).await?;
        let known = store::lock_health_tags(&mut tx, self.health_keys(), about).await?;

        let judged = judge(&parties, self.day_of(&tx));
        let covering = consent.filter(accounts::Consent::covers).ok_or(SetHealthTagsRefusal::ConsentNeeded);
        let consent = match judged.and(covering) {
            Ok(consent) => consent,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        };
        let (added, removed) = difference(&known, &command.tags);

        store::update_health_tags_removed(&mut tx, &removed).await?;
        store::insert_health_tags(&mut tx, self.health_keys(), self.db().ids(), &consent, added).await?;
        // Neither the tags nor how many: the log is read by more people than the tags.
        tx.audit(AuditLine {
            action: "set_health_tags",
            household: parties.by.household.map(|(household, _)| household),
            subject: about.to_string(),
            detail: String::new(),
        });

        tx.commit().await?;
        Ok(Ok(command.tags.clone()))
    }
}

fn judge(parties: &Parties, today: kernel::BusinessDate) -> Result<(), SetHealthTagsRefusal> {
    let about = parties.about.ok_or(SetHealthTagsRefusal::NoSuchPerson)?;
    let is_oneself = parties.by.person == about.person;
    if is_oneself && about.needs_guardian(today) {
        return Err(SetHealthTagsRefusal::GuardianNeeded);
    }
    if is_oneself || parties.by.is_guardian_of(&about, today) {
        Ok(())
    } else {
        Err(SetHealthTagsRefusal::NoSuchPerson)
    }
}

/// What to add, and the rows to delete.
fn difference(
    known: &BTreeMap<HealthTag, Id<kinds::HealthTag>>,
    wanted: &BTreeSet<HealthTag>,
) -> (Vec<HealthTag>, Vec<Id<kinds::HealthTag>>) {
    let added = wanted.iter().filter(|tag| !known.contains_key(tag)).copied().collect();
    let removed = known.iter().filter(|(tag, _)| !wanted.contains(tag)).map(|(_, row)| *row).collect();
    (added, removed)
}
