use ::accounts::SuccessionRefusal;
use app::accounts::{ChangeVersion, Death, DeathProposed, NoDeath, RecordDeath, RecordDeathRefusal};
use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Label, Locale};

use super::Approval;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::LocalDate,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct RecordDeathMutation;

/// Who died, when, who inherits the household, and how it is known.
#[derive(InputObject)]
struct RecordDeathInput {
    /// Who died.
    person_id: ID,
    /// Who owns the household from then on, one of the preview's `heirIds`; only where who died owned it.
    heir_id: Option<ID>,
    /// The day, in the operator's time zone.
    died_on: LocalDate,
    /// The `version` of `previewDeath` with the same heir.
    version: String,
    /// How it is known, 1 to 120 characters. Name nobody in it.
    reason: String,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same input it answers again and
    /// changes nothing.
    idempotency_key: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct RecordDeathPayload {
    /// What waits for a second person of support or an admin; null when refused.
    approval: Option<Approval>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<RecordDeathUserError>,
}

user_error! {
    /// Why no death is proposed.
    RecordDeathUserError(RecordDeathErrorCode)
}

/// The refusals of `recordDeath`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RecordDeathErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used for another act.
    IdempotencyKeyReused,
    /// The reason is empty, too long, or holds characters that cannot be seen.
    BadReason,
    /// You are neither support nor admin.
    NotAllowed,
    /// Nobody has that id, or they were forgotten.
    NoSuchPerson,
    /// Their death was recorded before.
    AlreadyRecorded,
    /// The day is still to come.
    BadDay,
    /// Who died owned the household, and somebody else may own it: say who.
    HeirNeeded,
    /// The heir is a child, who died, or no member of the household.
    HeirCannotOwn,
    /// The household keeps its owner: name no heir.
    NothingToPassOn,
    /// The household changed since the preview: look again.
    Stale,
    /// As many acts you proposed wait as may.
    TooManyPending,
}

use RecordDeathErrorCode as Code;

#[Object]
impl RecordDeathMutation {
    /// Proposes to record that a member died, exactly as `previewDeath` said; a second person of support or an admin decides: see
    /// `decideApproval`. Then their membership, sessions, invitations, kin links, consents and health tags end, the household passes to
    /// the heir, and its points stay in it.
    async fn record_death(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who died, when, who inherits the household, and how it is known.")] input: RecordDeathInput,
    ) -> Nullable<RecordDeathPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let record = match read(&input)? {
                Ok(record) => record,
                Err(code) => return Ok(Some(RecordDeathPayload::refused(code, locale))),
            };
            let DeathProposed { approval, is_replay } = match app(ctx).record_death(principal, &record).await? {
                Ok(proposed) => proposed,
                Err(refusal) => return Ok(Some(RecordDeathPayload::refused(code_of(refusal), locale))),
            };
            if is_replay {
                session.note_replay();
            }
            Ok(Some(RecordDeathPayload { approval: Some(approval.into()), ..Default::default() }))
        })
        .await
    }
}

fn read(input: &RecordDeathInput) -> Result<Result<RecordDeath, Code>, Error> {
    let Ok(idempotency_key) = input.idempotency_key.parse::<IdempotencyKey>() else {
        return Ok(Err(Code::BadIdempotencyKey));
    };
    let Ok(reason) = input.reason.parse::<Label>() else { return Ok(Err(Code::BadReason)) };
    let Some(person) = ids::read(&input.person_id)? else { return Ok(Err(Code::NoSuchPerson)) };
    let heir = match &input.heir_id {
        None => None,
        Some(heir) => match ids::read(heir)? {
            Some(heir) => Some(heir),
            None => return Ok(Err(Code::HeirCannotOwn)),
        },
    };
    let death = Death { person, heir, died_on: input.died_on.0, version: ChangeVersion::told(&input.version) };
    Ok(Ok(RecordDeath { death, reason, idempotency_key }))
}

fn code_of(refusal: RecordDeathRefusal) -> Code {
    match refusal {
        RecordDeathRefusal::NotAllowed(_) => Code::NotAllowed,
        RecordDeathRefusal::NoDeath(NoDeath::NoSuchPerson) => Code::NoSuchPerson,
        RecordDeathRefusal::NoDeath(NoDeath::AlreadyRecorded) => Code::AlreadyRecorded,
        RecordDeathRefusal::NotYet => Code::BadDay,
        RecordDeathRefusal::NoSuccession(SuccessionRefusal::HeirNeeded) => Code::HeirNeeded,
        RecordDeathRefusal::NoSuccession(SuccessionRefusal::HeirCannotOwn) => Code::HeirCannotOwn,
        RecordDeathRefusal::NoSuccession(SuccessionRefusal::NothingToPassOn) => Code::NothingToPassOn,
        RecordDeathRefusal::Stale => Code::Stale,
        RecordDeathRefusal::IdempotencyKeyReused => Code::IdempotencyKeyReused,
        RecordDeathRefusal::TooManyPending(_) => Code::TooManyPending,
    }
}

impl RecordDeathPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = explained(code);
        let message = locale.choose(zh, en);
        let retryable = code == Code::TooManyPending;
        let field = field.and_then(input_field);
        let error = RecordDeathUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English, and the field at fault.
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
        Code::NotAllowed => ("您的岗位无权登记离世。", "None of your roles records a death.", None),
        Code::NoSuchPerson => ("没有这位成员。", "There is no such person.", Some("personId")),
        Code::AlreadyRecorded => ("已经登记过。", "This was recorded before.", Some("personId")),
        Code::BadDay => ("日期不能晚于今天。", "The day cannot be still to come.", Some("diedOn")),
        Code::HeirNeeded => ("请指定由谁继任户主。", "Say who owns the household from now on.", Some("heirId")),
        Code::HeirCannotOwn => ("指定的人不能担任户主。", "The heir cannot own the household.", Some("heirId")),
        Code::NothingToPassOn => ("户主不变,无需指定继任者。", "The household keeps its owner.", Some("heirId")),
        Code::Stale => ("情况已有变化,请重新查看。", "The household changed meanwhile: look again.", Some("version")),
        Code::TooManyPending => {
            ("您提交的待审批事项太多,请先等待处理。", "Too many acts you proposed still wait.", None)
        }
    }
}
