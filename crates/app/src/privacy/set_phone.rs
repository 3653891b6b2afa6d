use accounts::{Contacts, store};
use db::AuditLine;
use kernel::{Fault, PhoneNumber};

use crate::{App, Principal};

impl App {
    /// Keeps the phone number of whoever is signed in, or that there is none. Whether somebody else has the same is not asked: the
    /// answer would tell who is known, and families share phones. Returns the contacts as they are kept now.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn set_phone(&self, principal: &Principal, phone: Option<&PhoneNumber>) -> Result<Contacts, Fault> {
        db::retry_contention(|| self.try_set_phone(principal, phone)).await
    }

    async fn try_set_phone(&self, principal: &Principal, phone: Option<&PhoneNumber>) -> Result<Contacts, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        self.lock_parties(&mut tx, principal, None).await?;

        let contacts = store::update_phone(&mut tx, self.secret().bytes(), principal.person, phone).await?;
        tx.audit(AuditLine {
            action: "set_phone",
            household: None,
            subject: principal.person.to_string(),
            detail: if phone.is_some() { "set".to_owned() } else { "removed".to_owned() },
        });

        tx.commit().await?;
        Ok(contacts)
    }
}
