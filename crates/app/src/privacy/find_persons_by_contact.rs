use accounts::{Contact, Contacts, MaskedContacts, Party, StaffRole, store};
use db::AuditLine;
use kernel::{Fault, Id, Label, kinds};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// A person found by a contact, as staff see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPerson {
    /// Who.
    pub person: Id<kinds::Person>,
    /// Where the person belongs, if anywhere.
    pub household: Option<Id<kinds::Household>>,
    /// How the person can be reached, masked.
    pub contacts: MaskedContacts,
}

impl App {
    /// Who has exactly this mail address or phone number, for support. Goes through the keyed index; the audit line names who was found
    /// and why, never what was asked for.
    ///
    /// # Errors
    /// [`NotAllowed`]; a [`Fault`] of the database.
    pub async fn find_persons_by_contact(
        &self,
        principal: &StaffPrincipal,
        contact: &Contact,
        reason: &Label,
    ) -> Result<Result<Vec<FoundPerson>, NotAllowed>, Fault> {
        // Others may not even have the index brought up to date; who may is judged again under lock.
        if !principal.roles.has_any(&[StaffRole::Support]) {
            return Ok(Err(NotAllowed));
        }
        // Who came to be known within the last minute is not indexed yet.
        self.index_contacts().await?;
        db::retry_contention(|| self.try_find_persons_by_contact(principal, contact, reason)).await
    }

    async fn try_find_persons_by_contact(
        &self,
        principal: &StaffPrincipal,
        contact: &Contact,
        reason: &Label,
    ) -> Result<Result<Vec<FoundPerson>, NotAllowed>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &[StaffRole::Support]).await? {
            tx.rollback().await?;
            return Ok(Err(refusal));
        }
        let found = store::list_persons_by_contact(&mut tx, contact.hash(self.secret().bytes())).await?;
        let people: Vec<_> = found.iter().map(|(person, _)| *person).collect();
        let parties = store::lock_parties(&mut tx, &people).await?;

        let household = |person| parties.get(person).and_then(|party: &Party| party.household).map(|(own, _)| own);
        let has_it = |contacts: &Contacts| contact.is_of(contacts);
        let found: Vec<FoundPerson> = found
            .iter()
            .filter(|(_, contacts)| has_it(contacts))
            .map(|(person, contacts)| FoundPerson {
                person: *person,
                household: household(person),
                contacts: contacts.masked(),
            })
            .collect();

        for person in &found {
            tx.audit(AuditLine {
                action: "find_persons_by_contact",
                household: person.household,
                subject: person.person.to_string(),
                detail: reason.to_string(),
            });
        }
        if found.is_empty() {
            tx.audit(AuditLine {
                action: "find_persons_by_contact",
                household: None,
                subject: String::new(),
                detail: reason.to_string(),
            });
        }

        tx.commit().await?;
        Ok(Ok(found))
    }
}
