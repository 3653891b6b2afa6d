use app::staff::{ChangeStaffAccess, ChangeStaffAccessRefusal, NotAllowed, StaffAccessProposed};
use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Label, Locale};

use super::Approval;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct ChangeStaffAccessMutation;

/// What becomes of somebody's way in.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum AccessChange {
    /// Their authenticator and recovery codes are worthless from then on. `decideApproval` shows whoever approves it two codes, once: the
    /// person signs in with their password and the first, and takes a new authenticator by `replaceAuthenticator` with the second.
    ResetSecondFactor,
    /// They have no access any more. What they did stays with their name.
    Close,
    /// They have no access, and their name, password and authenticator are forgotten. What they did stays with their id.
    Erase,
}

impl From<AccessChange> for app::staff::AccessChange {
    fn from(change: AccessChange) -> Self {
        match change {
            AccessChange::ResetSecondFactor => Self::ResetSecondFactor,
            AccessChange::Close => Self::Close,
            AccessChange::Erase => Self::Erase,
        }
    }
}

impl From<app::staff::AccessChange> for AccessChange {
    fn from(change: app::staff::AccessChange) -> Self {
        match change {
            app::staff::AccessChange::ResetSecondFactor => Self::ResetSecondFactor,
            app::staff::AccessChange::Close => Self::Close,
            app::staff::AccessChange::Erase => Self::Erase,
        }
    }
}

/// Whose access, what becomes of it, and why.
#[derive(InputObject)]
struct ChangeStaffAccessInput {
    /// Who, from `staffMembers`.
    staff_id: ID,
    /// What becomes of it.
    change: AccessChange,
    /// Why, 1 to 120 characters.
    reason: String,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same input it answers again and
    /// changes nothing.
    idempotency_key: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct ChangeStaffAccessPayload {
    /// What waits for a second admin; null when refused.
    approval: Option<Approval>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<ChangeStaffAccessUserError>,
}

user_error! {
    /// Why nothing changes.
    ChangeStaffAccessUserError(ChangeStaffAccessErrorCode)
}

/// The refusals of `changeStaffAccess`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ChangeStaffAccessErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used for another change.
    IdempotencyKeyReused,
    /// The reason is empty, too long, or holds characters that cannot be seen.
    BadReason,
    /// It would be about you: another admin proposes it.
    AboutYourself,
    /// You are no admin.
    NotAllowed,
    /// There is no such staff member, or they were closed; where it is about erasing: or erased.
    NoSuchStaff,
    /// As many acts you proposed wait as may.
    TooManyPending,
}

use ChangeStaffAccessErrorCode as Code;

#[Object]
impl ChangeStaffAccessMutation {
    /// Proposes to reset somebody's second factor, to close their access, or to erase them; a second admin decides: see `decideApproval`.
    /// Every session of theirs ends then.
    async fn change_staff_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose access, what becomes of it, and why.")] input: ChangeStaffAccessInput,
    ) -> Nullable<ChangeStaffAccessPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let change = match read(&input)? {
                Ok(change) => change,
                Err(code) => return Ok(Some(ChangeStaffAccessPayload::refused(code, locale))),
            };
            let StaffAccessProposed { approval, is_replay } =
                match app(ctx).change_staff_access(principal, &change).await? {
                    Ok(proposed) => proposed,
                    Err(refusal) => return Ok(Some(ChangeStaffAccessPayload::explain(refusal, locale))),
                };
            if is_replay {
                session.note_replay();
            }
            Ok(Some(ChangeStaffAccessPayload { approval: Some(approval.into()), ..Default::default() }))
        })
        .await
    }
}

fn read(input: &ChangeStaffAccessInput) -> Result<Result<ChangeStaffAccess, Code>, Error> {
    let Ok(idempotency_key) = input.idempotency_key.parse::<IdempotencyKey>() else {
        return Ok(Err(Code::BadIdempotencyKey));
    };
    let Ok(reason) = input.reason.parse::<Label>() else { return Ok(Err(Code::BadReason)) };
    let Some(staff) = ids::read(&input.staff_id)? else { return Ok(Err(Code::NoSuchStaff)) };
    Ok(Ok(ChangeStaffAccess { staff, change: input.change.into(), reason, idempotency_key }))
}

impl ChangeStaffAccessPayload {
    fn explain(refusal: ChangeStaffAccessRefusal, locale: Locale) -> Self {
        let code = match refusal {
            ChangeStaffAccessRefusal::NotAllowed(NotAllowed) => Code::NotAllowed,
            ChangeStaffAccessRefusal::NoSuchStaff => Code::NoSuchStaff,
            ChangeStaffAccessRefusal::AboutYourself => Code::AboutYourself,
            ChangeStaffAccessRefusal::IdempotencyKeyReused => Code::IdempotencyKeyReused,
            ChangeStaffAccessRefusal::TooManyPending(_) => Code::TooManyPending,
        };
        Self::refused(code, locale)
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = explained(code);
        let message = locale.choose(zh, en);
        let retryable = code == Code::TooManyPending;
        let field = field.and_then(input_field);
        let error = ChangeStaffAccessUserError { code, message: message.to_owned(), field, retryable };
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
        Code::AboutYourself => (
            "不能为自己提交,请由另一位管理员提交。",
            "This is about you. Another admin must propose it.",
            Some("staffId"),
        ),
        Code::NotAllowed => ("只有管理员可以变更登录权限。", "Only admins change who gets in.", None),
        Code::NoSuchStaff => ("没有这位工作人员。", "There is no such staff member.", Some("staffId")),
        Code::TooManyPending => {
            ("您提交的待审批事项太多,请先等待处理。", "Too many acts you proposed still wait.", None)
        }
    }
}
