use app::cocreation::{AdvanceStudy, AdvanceStudyRefusal, OpenStudyRefusal, PublishStudyRefusal, StudyStepProposed};
use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Label, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    staff::Approval,
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct AdvanceStudyMutation;

/// What two of the staff agree on in the life of a study.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum StudyStep {
    /// All there is to vote on and who may vote is frozen and hashed, and ballots are taken.
    Open,
    /// The ballots of a closed study are counted, and the result is announced.
    Publish,
}

impl From<StudyStep> for app::cocreation::StudyStep {
    fn from(step: StudyStep) -> Self {
        match step {
            StudyStep::Open => Self::Open,
            StudyStep::Publish => Self::Publish,
        }
    }
}

impl From<app::cocreation::StudyStep> for StudyStep {
    fn from(step: app::cocreation::StudyStep) -> Self {
        match step {
            app::cocreation::StudyStep::Open => Self::Open,
            app::cocreation::StudyStep::Publish => Self::Publish,
        }
    }
}

/// Which study, which step, and why.
#[derive(InputObject)]
struct AdvanceStudyInput {
    /// Which study.
    study_id: ID,
    /// Which step.
    step: StudyStep,
    /// Why, 1 to 120 characters.
    reason: String,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same input it answers again and
    /// changes nothing.
    idempotency_key: String,
}

/// What became of advancing a study.
#[derive(SimpleObject, Default)]
struct AdvanceStudyPayload {
    /// What waits for a second one of the staff; null when refused.
    approval: Option<Approval>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<AdvanceStudyUserError>,
}

user_error! {
    /// Why a study does not advance.
    AdvanceStudyUserError(AdvanceStudyErrorCode)
}

/// The refusals of `advanceStudy`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AdvanceStudyErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used for something else.
    IdempotencyKeyReused,
    /// The reason is empty, too long, or holds characters that cannot be seen.
    BadReason,
    /// None of your roles advances studies: they are for perks and for auditors.
    NotAllowed,
    /// There is no such study.
    NoSuchStudy,
    /// It was opened already: what is frozen stays.
    AlreadyOpened,
    /// It is not closed yet. Its chain is sealed within a minute of closing.
    NotClosed,
    /// Its result was announced already.
    AlreadyPublished,
    /// It cannot be done: it would close before it opens, nobody could vote, or there are too few ballots to tell a result.
    CannotBeDone,
    /// As many acts you proposed wait as may.
    TooManyPending,
}

use AdvanceStudyErrorCode as Code;

#[Object]
impl AdvanceStudyMutation {
    /// Proposes that a study be opened, or its result announced; a second one of the staff decides: see `decideApproval`.
    async fn advance_study(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which study, which step, and why.")] input: AdvanceStudyInput,
    ) -> Nullable<AdvanceStudyPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let advance = match read(&input)? {
                Ok(advance) => advance,
                Err(code) => return Ok(Some(AdvanceStudyPayload::refused(code, locale))),
            };
            let StudyStepProposed { approval, is_replay } = match app(ctx).advance_study(principal, &advance).await? {
                Ok(proposed) => proposed,
                Err(refusal) => return Ok(Some(AdvanceStudyPayload::refused(code_of(refusal), locale))),
            };
            if is_replay {
                session.note_replay();
            }
            Ok(Some(AdvanceStudyPayload { approval: Some(approval.into()), user_errors: Vec::new() }))
        })
        .await
    }
}

fn read(input: &AdvanceStudyInput) -> Result<Result<AdvanceStudy, Code>, Error> {
    let Ok(idempotency_key) = input.idempotency_key.parse::<IdempotencyKey>() else {
        return Ok(Err(Code::BadIdempotencyKey));
    };
    let Ok(reason) = input.reason.parse::<Label>() else { return Ok(Err(Code::BadReason)) };
    let Some(study) = ids::read(&input.study_id)? else { return Ok(Err(Code::NoSuchStudy)) };
    Ok(Ok(AdvanceStudy { study, step: input.step.into(), reason, idempotency_key }))
}

const fn code_of(refusal: AdvanceStudyRefusal) -> Code {
    match refusal {
        AdvanceStudyRefusal::NotAllowed(_) => Code::NotAllowed,
        AdvanceStudyRefusal::NotOpened(OpenStudyRefusal::NoSuchStudy)
        | AdvanceStudyRefusal::NotPublished(PublishStudyRefusal::NoSuchStudy) => Code::NoSuchStudy,
        AdvanceStudyRefusal::NotOpened(OpenStudyRefusal::AlreadyOpened) => Code::AlreadyOpened,
        AdvanceStudyRefusal::NotPublished(PublishStudyRefusal::NotClosed) => Code::NotClosed,
        AdvanceStudyRefusal::NotPublished(PublishStudyRefusal::AlreadyPublished) => Code::AlreadyPublished,
        AdvanceStudyRefusal::NotOpened(
            OpenStudyRefusal::ClosesInThePast | OpenStudyRefusal::EmptyPanel | OpenStudyRefusal::TooManyHouseholds,
        )
        | AdvanceStudyRefusal::NotPublished(PublishStudyRefusal::TooFewBallots(_) | PublishStudyRefusal::Uncountable) => {
            Code::CannotBeDone
        }
        AdvanceStudyRefusal::IdempotencyKeyReused => Code::IdempotencyKeyReused,
        AdvanceStudyRefusal::TooManyPending(_) => Code::TooManyPending,
    }
}

impl AdvanceStudyPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = explained(code);
        let message = locale.choose(zh, en);
        let retryable = matches!(code, Code::TooManyPending | Code::NotClosed);
        let field = field.and_then(input_field);
        let error = AdvanceStudyUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>) {
    match code {
        Code::BadIdempotencyKey => (
            "请求编号格式不对,请重试。",
            "The idempotency key must be 16 to 64 visible ASCII characters.",
            Some("idempotencyKey"),
        ),
        Code::IdempotencyKeyReused => {
            ("这个请求编号已用于另一次操作。", "This idempotency key was used for another act.", Some("idempotencyKey"))
        }
        Code::BadReason => ("请写明原因。", "Please give a reason of 1 to 120 characters.", Some("reason")),
        Code::NotAllowed => ("您的岗位不能操作投票。", "None of your roles advances studies.", None),
        Code::NoSuchStudy => ("没有这项投票。", "There is no such study.", Some("studyId")),
        Code::AlreadyOpened => ("投票已经开始,内容不能再改。", "It was opened already.", Some("studyId")),
        Code::NotClosed => ("投票还没有截止。", "It is not closed yet.", Some("studyId")),
        Code::AlreadyPublished => ("结果已经公布。", "Its result was announced already.", Some("studyId")),
        Code::CannotBeDone => (
            "现在不能执行:截止时间已过、没有家庭符合条件,或票数太少。",
            "It cannot be done: it would close before it opens, nobody could vote, or there are too few ballots.",
            Some("step"),
        ),
        Code::TooManyPending => {
            ("您提交的待审批事项太多,请先等待处理。", "Too many acts you proposed still wait.", None)
        }
    }
}
