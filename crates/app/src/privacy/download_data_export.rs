use accounts::{ExportToken, store};
use db::AuditLine;
use kernel::{Actor, Fault, Id, kinds};

use super::personal_data::PersonalData;
use crate::App;

impl App {
    /// What is kept about the person whose link this is, put together now. `None` for a link that is unknown, expired or used up: all
    /// one. A download that breaks counts; there are some to spare.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn download_data_export(&self, token: &str) -> Result<Option<PersonalData>, Fault> {
        let Some(token) = ExportToken::parse(token) else { return Ok(None) };
        match db::retry_contention(|| self.try_count_download(&token)).await? {
            Some(person) => self.personal_data(person).await.map(Some),
            None => Ok(None),
        }
    }

    async fn try_count_download(&self, token: &ExportToken) -> Result<Option<Id<kinds::Person>>, Fault> {
        let mut tx = self.begin(Actor::Anonymous).await?;
        let export = store::lock_data_export(&mut tx, &token.hash()).await?;

        let Some(export) = export.and_then(|export| export.download(tx.now())) else {
            tx.rollback().await?;
            return Ok(None);
        };

        store::update_downloaded(&mut tx, &export).await?;
        tx.audit(AuditLine {
            action: "download_data_export",
            household: None,
            subject: export.id.to_string(),
            detail: export.person.to_string(),
        });

        tx.commit().await?;
        Ok(Some(export.person))
    }
}
