use accounts::store;
use db::AuditLine;
use kernel::{Fault, Locale};

use crate::{App, Principal};

impl App {
    /// Keeps in which language whoever is signed in reads mails. Again with the same it changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn set_language(&self, principal: &Principal, locale: Locale) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            store::update_locale(&mut tx, principal.person, locale, false).await?;
            tx.audit(AuditLine {
                action: "set_language",
                household: None,
                subject: principal.person.to_string(),
                detail: locale.tag().to_owned(),
            });
            tx.commit().await
        })
        .await
    }
}
