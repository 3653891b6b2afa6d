use cocreation::{DraftRefusal, NewStudy, Study, store};
use db::AuditLine;
use kernel::{Actor, Fault};

use crate::App;

impl App {
    /// Drafts a study; nobody sees it before it is opened. The operator's own act.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn draft_study(&self, asked: &NewStudy) -> Result<Result<Study, DraftRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::Operator).await?;

            let study = match Study::draft(tx.new_id(), asked.clone(), tx.now()) {
                Ok(study) => study,
                Err(refusal) => {
                    tx.rollback().await?;
                    return Ok(Err(refusal));
                }
            };

            store::insert_study(&mut tx, &study).await?;
            let (subject, detail) = (study.id.to_string(), asked.title_zh.to_string());
            tx.audit(AuditLine { action: "draft_study", household: None, subject, detail });

            tx.commit().await?;
            Ok(Ok(study))
        })
        .await
    }
}
