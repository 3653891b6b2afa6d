use accounts::{Approval, StaffRole};
use cocreation::{Chain, Study, store};
use db::{Tx, idempotency::Known};
use kernel::{Fault, Id, IdempotencyKey, Label, kinds};

use super::{OpenStudyRefusal, PublishStudyRefusal, open_study::open_study_in, publish_study::publish_study_in};
use crate::{
    App, StaffPrincipal,
    approvals::{Act, ActKey, TooManyPending},
    staff::NotAllowed,
};

/// What two of the staff agree on in the life of a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudyStep {
    /// It is frozen and hashed, and ballots are taken.
    Open,
    /// It is counted, and the result announced.
    Publish,
}

impl StudyStep {
    /// As it is kept.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Publish => "publish",
        }
    }

    /// Reads [`StudyStep::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Open, Self::Publish].into_iter().find(|step| step.word() == word)
    }
}

/// One of the staff wants a study opened, or its result announced; a second one decides.
#[derive(Debug, Clone)]
pub struct AdvanceStudy {
    /// Which study.
    pub study: Id<kinds::Study>,
    /// Which step.
    pub step: StudyStep,
    /// Why, for the audit log.
    pub reason: Label,
    /// The key of this very act.
    pub idempotency_key: IdempotencyKey,
}

/// A step waits for a second one of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyStepProposed {
    /// What waits.
    pub approval: Approval,
    /// Whether this is the answer of an earlier act under the same key.
    pub is_replay: bool,
}

/// Why a study does not advance. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdvanceStudyRefusal {
    /// Only whoever keeps perks and the lab, and auditors.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It cannot be opened.
    #[error(transparent)]
    NotOpened(#[from] OpenStudyRefusal),
    /// Its result cannot be announced.
    #[error(transparent)]
    NotPublished(#[from] PublishStudyRefusal),
    /// The key was used for something else.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// Too many acts of theirs wait.
    #[error(transparent)]
    TooManyPending(#[from] TooManyPending),
}

/// Rows 32 and 42 of the access matrix.
pub(crate) const ADVANCERS_OF_STUDIES: &[StaffRole] = &[StaffRole::Perks, StaffRole::Auditor];

impl App {
    /// Proposes that a study be opened, or its result announced. Nothing changes until a second one of the staff approves.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn advance_study(
        &self,
        principal: &StaffPrincipal,
        advance: &AdvanceStudy,
    ) -> Result<Result<StudyStepProposed, AdvanceStudyRefusal>, Fault> {
        db::retry_contention(|| self.try_advance_study(principal, advance)).await
    }

    async fn try_advance_study(
        &self,
        principal: &StaffPrincipal,
        advance: &AdvanceStudy,
    ) -> Result<Result<StudyStepProposed, AdvanceStudyRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let staff = match principal.lock(&mut tx, ADVANCERS_OF_STUDIES).await? {
            Ok(staff) => staff,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let input = [advance.study.to_string(), advance.step.word().to_owned(), advance.reason.to_string()];
        let input: Vec<&str> = input.iter().map(String::as_str).collect();
        let key = ActKey::new(principal, "advance_study", &advance.idempotency_key, &input);
        match key.find(&mut tx).await? {
            Some(Known::SameInput(answer)) => {
                let id = answer.parse().map_err(|_| Fault::inconsistent("read the answer of advancing a study"))?;
                let approval = accounts::store::lock_approval(&mut tx, id).await?;
                let approval = approval.ok_or_else(|| Fault::inconsistent("find an approval that was proposed"))?;
                return Ok(Ok(StudyStepProposed { approval, is_replay: true }));
            }
            Some(Known::OtherInput) => return Ok(Err(AdvanceStudyRefusal::IdempotencyKeyReused)),
            None => {}
        }
        let study = store::lock_study(&mut tx, advance.study).await?;
        if let Err(refusal) = judge(advance.step, study.as_ref()) {
            return Ok(Err(refusal));
        }

        let act = Act::AdvanceStudy { study: advance.study, step: advance.step };
        let approval = match self.propose_in(&mut tx, act, &advance.reason, &staff).await? {
            Ok(approval) => approval,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        key.keep(&mut tx, approval.id.to_string()).await?;

        tx.commit().await?;
        Ok(Ok(StudyStepProposed { approval, is_replay: false }))
    }

    /// Takes a step in the transaction that approves it.
    pub(crate) async fn advance_study_in(
        &self,
        tx: &mut Tx,
        study: Id<kinds::Study>,
        step: StudyStep,
    ) -> Result<Result<Id<kinds::Study>, AdvanceStudyRefusal>, Fault> {
        Ok(match step {
            StudyStep::Open => open_study_in(tx, study).await?.map(|study| study.id).map_err(AdvanceStudyRefusal::from),
            StudyStep::Publish => {
                publish_study_in(tx, study).await?.map(|study| study.id).map_err(AdvanceStudyRefusal::from)
            }
        })
    }
}

/// Whether the step is next in the study's life; that it can be taken is judged again when it is.
fn judge(step: StudyStep, study: Option<&(Study, Option<Chain>)>) -> Result<(), AdvanceStudyRefusal> {
    let is_sealed = |chain: &Option<Chain>| chain.as_ref().is_some_and(|chain| chain.closed_at.is_some());
    match (step, study) {
        (StudyStep::Open, None) => Err(OpenStudyRefusal::NoSuchStudy.into()),
        (StudyStep::Open, Some((study, _))) if study.opening.is_some() => Err(OpenStudyRefusal::AlreadyOpened.into()),
        (StudyStep::Publish, None) => Err(PublishStudyRefusal::NoSuchStudy.into()),
        (StudyStep::Publish, Some((study, _))) if study.published.is_some() => {
            Err(PublishStudyRefusal::AlreadyPublished.into())
        }
        (StudyStep::Publish, Some((_, chain))) if !is_sealed(chain) => Err(PublishStudyRefusal::NotClosed.into()),
        (StudyStep::Open | StudyStep::Publish, Some(_)) => Ok(()),
    }
}
