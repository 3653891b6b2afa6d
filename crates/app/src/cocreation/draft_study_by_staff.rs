use cocreation::{DraftRefusal, NewStudy, Study, store};
use db::{AuditLine, idempotency::Known};
use kernel::{Fault, Id, IdempotencyKey, kinds};

use super::ADVANCERS_OF_STUDIES;
use crate::{App, StaffPrincipal, approvals::ActKey, staff::NotAllowed};

/// Why a study was not drafted. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftByStaffRefusal {
    /// Only whoever keeps the lab, and auditors.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The study does not hold together.
    #[error(transparent)]
    NotDrafted(#[from] DraftRefusal),
    /// The key was used for something else.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
}

impl App {
    /// Drafts a study as one of the staff; nobody sees it before two of them opened it. The id of the draft.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn draft_study_by_staff(
        &self,
        principal: &StaffPrincipal,
        asked: &NewStudy,
        key: &IdempotencyKey,
    ) -> Result<Result<Id<kinds::Study>, DraftByStaffRefusal>, Fault> {
        db::retry_contention(|| self.try_draft_study_by_staff(principal, asked, key)).await
    }

    async fn try_draft_study_by_staff(
        &self,
        principal: &StaffPrincipal,
        asked: &NewStudy,
        key: &IdempotencyKey,
    ) -> Result<Result<Id<kinds::Study>, DraftByStaffRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, ADVANCERS_OF_STUDIES).await? {
            return Ok(Err(refusal.into()));
        }
        let drafted = Study::draft(tx.new_id(), asked.clone(), tx.now());
        // All that is asked, as it would be frozen: the same form says the same.
        let input = drafted.as_ref().map_or_else(|_| String::new(), |study| study.frozen(asked.closes_at).to_string());
        let key = ActKey::new(principal, "draft_study", key, &[&input]);
        match key.find(&mut tx).await? {
            Some(Known::SameInput(answer)) => {
                let id = answer.parse().map_err(|_| Fault::inconsistent("read the answer of drafting a study"))?;
                return Ok(Ok(id));
            }
            Some(Known::OtherInput) => return Ok(Err(DraftByStaffRefusal::IdempotencyKeyReused)),
            None => {}
        }
        let study = match drafted {
            Ok(study) => study,
            Err(refusal) => return Ok(Err(refusal.into())),
        };

        store::insert_study(&mut tx, &study).await?;
        let (subject, detail) = (study.id.to_string(), asked.title_zh.to_string());
        tx.audit(AuditLine { action: "draft_study", household: None, subject, detail });
        key.keep(&mut tx, study.id.to_string()).await?;

        tx.commit().await?;
        Ok(Ok(study.id))
    }
}
