use ::accounts::DecideRefusal;
use app::{
    approvals::{ApprovalDecided, DecideApproval, DecideApprovalRefusal},
    staff::NotAllowed,
};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Locale};

use super::Approval;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct DecideApprovalMutation;

/// What can be decided.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Carry it out, as the second person.
    Approve,
    /// Refuse it, as the second person.
    Reject,
    /// Take it back, as whoever proposed it.
    Withdraw,
}

impl From<Verdict> for ::accounts::Verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approve => Self::Approve,
            Verdict::Reject => Self::Reject,
            Verdict::Withdraw => Self::Withdraw,
        }
    }
}

/// What was proposed, and what becomes of it.
#[derive(InputObject)]
struct DecideApprovalInput {
    /// What was proposed, from `approvals`.
    approval_id: ID,
    /// What becomes of it.
    verdict: Verdict,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same input it answers again and
    /// changes nothing.
    idempotency_key: String,
}

/// What became of deciding.
#[derive(SimpleObject, Default)]
struct DecideApprovalPayload {
    /// The approval as it stands now; null when refused.
    approval: Option<Approval>,
    /// What lets somebody in whose second factor was reset, for you to hand over: shown once. Empty otherwise, and when this answers again.
    recovery_codes: Vec<String>,
    /// Why the act cannot be carried out now, in words for the log; null otherwise. It waits on.
    because: Option<String>,
    /// What was refused. Nothing moved then.
    user_errors: Vec<DecideApprovalUserError>,
}

user_error! {
    /// Why nothing was decided.
    DecideApprovalUserError(DecideApprovalErrorCode)
}

/// The refusals of `decideApproval`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DecideApprovalErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used for another decision.
    IdempotencyKeyReused,
    /// None of your roles decides such acts.
    NotAllowed,
    /// There is no such approval.
    NoSuchApproval,
    /// It was decided before.
    AlreadyDecided,
    /// Nobody decided in time; it must be proposed anew.
    Expired,
    /// You proposed it yourself: a second person decides.
    SamePerson,
    /// Only whoever proposed it takes it back.
    NotYours,
    /// It is about you: somebody else decides.
    AboutYourself,
    /// Whoever proposed it works here no more, or lost the role it took.
    ProposerMayNoLonger,
    /// It cannot be carried out now: `because` says why. It waits on.
    CannotBeDone,
}

use DecideApprovalErrorCode as Code;

#[Object]
impl DecideApprovalMutation {
    /// Decides what one of the staff proposed. Approving carries it out at once and once. Who may depends on the act: adjustments are
    /// for finance, roles for admins, deaths for support and admins, studies for perks and auditors.
    async fn decide_approval(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was proposed, and what becomes of it.")] input: DecideApprovalInput,
    ) -> Nullable<DecideApprovalPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let Ok(idempotency_key) = input.idempotency_key.parse::<IdempotencyKey>() else {
                return Ok(Some(DecideApprovalPayload::refused(Code::BadIdempotencyKey, locale)));
            };
            let Some(approval) = ids::read(&input.approval_id)? else {
                return Ok(Some(DecideApprovalPayload::refused(Code::NoSuchApproval, locale)));
            };
            let decide = DecideApproval { approval, verdict: input.verdict.into(), idempotency_key };
            let ApprovalDecided { approval, recovery_codes, is_replay } =
                match app(ctx).decide_approval(principal, &decide).await? {
                    Ok(decided) => decided,
                    Err(refusal) => return Ok(Some(DecideApprovalPayload::explain(refusal, locale))),
                };
            if is_replay {
                session.note_replay();
            }
            let recovery_codes = recovery_codes.iter().map(::accounts::RecoveryCode::to_text).collect();
            Ok(Some(DecideApprovalPayload { approval: Some(approval.into()), recovery_codes, ..Default::default() }))
        })
        .await
    }
}

impl DecideApprovalPayload {
    fn explain(refusal: DecideApprovalRefusal, locale: Locale) -> Self {
        let refused = |code| Self::refused(code, locale);
        match refusal {
            DecideApprovalRefusal::NotAllowed(NotAllowed) => refused(Code::NotAllowed),
            DecideApprovalRefusal::NoSuchApproval => refused(Code::NoSuchApproval),
            DecideApprovalRefusal::IdempotencyKeyReused => refused(Code::IdempotencyKeyReused),
            DecideApprovalRefusal::NotDecided(DecideRefusal::AlreadyDecided) => refused(Code::AlreadyDecided),
            DecideApprovalRefusal::NotDecided(DecideRefusal::Expired) => refused(Code::Expired),
            DecideApprovalRefusal::NotDecided(DecideRefusal::SamePerson) => refused(Code::SamePerson),
            DecideApprovalRefusal::NotDecided(DecideRefusal::NotYours) => refused(Code::NotYours),
            DecideApprovalRefusal::AboutYourself => refused(Code::AboutYourself),
            DecideApprovalRefusal::ProposerMayNoLonger => refused(Code::ProposerMayNoLonger),
            DecideApprovalRefusal::NotDone(why) => {
                Self { because: Some(why.to_string()), ..refused(Code::CannotBeDone) }
            }
        }
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            Code::BadIdempotencyKey | Code::IdempotencyKeyReused => input_field("idempotencyKey"),
            Code::NoSuchApproval | Code::AlreadyDecided | Code::Expired => input_field("approvalId"),
            Code::NotAllowed
            | Code::SamePerson
            | Code::NotYours
            | Code::AboutYourself
            | Code::ProposerMayNoLonger
            | Code::CannotBeDone => None,
        };
        let retryable = code == Code::CannotBeDone;
        let error = DecideApprovalUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

const fn sentences(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::BadIdempotencyKey => {
            ("请求编号格式不对,请重试。", "The idempotency key must be 16 to 64 visible ASCII characters.")
        }
        Code::IdempotencyKeyReused => {
            ("这个请求编号已用于另一次操作。", "This idempotency key was used for another act.")
        }
        Code::NotAllowed => ("您的岗位无权审批此事项。", "None of your roles decides this."),
        Code::NoSuchApproval => ("没有这个审批事项。", "There is no such approval."),
        Code::AlreadyDecided => ("此事项已经处理过。", "This was decided before."),
        Code::Expired => ("此事项已过期,请重新提交。", "This expired. It must be proposed anew."),
        Code::SamePerson => {
            ("不能审批自己提交的事项,请由另一人处理。", "You proposed this yourself. Somebody else must decide.")
        }
        Code::NotYours => ("只有提交人可以撤回。", "Only whoever proposed it can take it back."),
        Code::AboutYourself => ("此事项与您本人有关,请由他人审批。", "This is about you. Somebody else must decide."),
        Code::ProposerMayNoLonger => {
            ("提交人已无权提出此事项,请重新提交。", "Whoever proposed this may not any more. It must be proposed anew.")
        }
        Code::CannotBeDone => ("此事项目前无法执行,仍待处理。", "This cannot be done now. It waits on."),
    }
}
