use accounts::{DataExport, EXPORT_LIFE, ExportToken, TooManyExports, store};
use db::AuditLine;
use kernel::Fault;

use crate::{App, Principal};

/// A link to one's own data, ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedExport {
    /// What opens it. Not kept here: whoever loses it asks for another.
    pub token: ExportToken,
    /// How long and how often it works.
    pub export: DataExport,
}

impl App {
    /// Makes a link by which whoever is signed in downloads what is kept about them.
    ///
    /// # Errors
    /// [`TooManyExports`]; a [`Fault`] of the database.
    pub async fn request_data_export(
        &self,
        principal: &Principal,
    ) -> Result<Result<RequestedExport, TooManyExports>, Fault> {
        db::retry_contention(|| self.try_request_data_export(principal)).await
    }

    async fn try_request_data_export(
        &self,
        principal: &Principal,
    ) -> Result<Result<RequestedExport, TooManyExports>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        self.lock_parties(&mut tx, principal, None).await?;
        let since = tx.now() - EXPORT_LIFE;
        let recent = store::count_data_exports(&mut tx, principal.person, since).await?;

        let export = match DataExport::request(tx.new_id(), principal.person, recent, tx.now()) {
            Ok(export) => export,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        };
        let mut bytes = [0; 32];
        self.db().ids().fill(&mut bytes);
        let token = ExportToken::from_random(bytes);

        store::insert_data_export(&mut tx, &export, &token.hash()).await?;
        tx.audit(AuditLine {
            action: "request_data_export",
            household: None,
            subject: export.id.to_string(),
            detail: principal.person.to_string(),
        });

        tx.commit().await?;
        Ok(Ok(RequestedExport { token, export }))
    }
}
