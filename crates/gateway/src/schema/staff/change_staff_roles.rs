use ::accounts::StaffRoles;
use app::staff::{ChangeStaffRoles, ChangeStaffRolesRefusal, NotAllowed, StaffRolesProposed};
use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Label, Locale};

use super::{Approval, StaffRole};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct ChangeStaffRolesMutation;

/// Whose roles, which, and why.
#[derive(InputObject)]
struct ChangeStaffRolesInput {
    /// Who, from `staffMembers`.
    staff_id: ID,
    /// All the roles they shall have: one or more.
    roles: Vec<StaffRole>,
    /// Why, 1 to 120 characters.
    reason: String,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same input it answers again and
    /// changes nothing.
    idempotency_key: String,
}

/// What became of changing roles.
#[derive(SimpleObject, Default)]
struct ChangeStaffRolesPayload {
    /// What waits for a second admin; null when refused.
    approval: Option<Approval>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<ChangeStaffRolesUserError>,
}

user_error! {
    /// Why roles are not changed.
    ChangeStaffRolesUserError(ChangeStaffRolesErrorCode)
}

/// The refusals of `changeStaffRoles`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ChangeStaffRolesErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used for another change.
    IdempotencyKeyReused,
    /// The reason is empty, too long, or holds characters that cannot be seen.
    BadReason,
    /// Nobody of the staff is without a role: whoever shall have none is closed from the operator's shell.
    NoRoles,
    /// You are no admin.
    NotAllowed,
    /// There is no such staff member, or they were closed.
    NoSuchStaff,
    /// They have just these roles.
    NothingChanges,
    /// As many acts you proposed wait as may.
    TooManyPending,
}

use ChangeStaffRolesErrorCode as Code;

#[Object]
impl ChangeStaffRolesMutation {
    /// Proposes that one of the staff get other roles; a second admin decides: see `decideApproval`. Taking a role away ends every
    /// session of theirs.
    async fn change_staff_roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose roles, which, and why.")] input: ChangeStaffRolesInput,
    ) -> Nullable<ChangeStaffRolesPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let change = match read(&input)? {
                Ok(change) => change,
                Err(code) => return Ok(Some(ChangeStaffRolesPayload::refused(code, locale))),
            };
            let StaffRolesProposed { approval, is_replay } =
                match app(ctx).change_staff_roles(principal, &change).await? {
                    Ok(proposed) => proposed,
                    Err(refusal) => return Ok(Some(ChangeStaffRolesPayload::explain(refusal, locale))),
                };
            if is_replay {
                session.note_replay();
            }
            Ok(Some(ChangeStaffRolesPayload { approval: Some(approval.into()), ..Default::default() }))
        })
        .await
    }
}

fn read(input: &ChangeStaffRolesInput) -> Result<Result<ChangeStaffRoles, Code>, Error> {
    let Ok(idempotency_key) = input.idempotency_key.parse::<IdempotencyKey>() else {
        return Ok(Err(Code::BadIdempotencyKey));
    };
    let Ok(reason) = input.reason.parse::<Label>() else { return Ok(Err(Code::BadReason)) };
    let roles = StaffRoles::of(input.roles.iter().map(|&role| role.into()));
    let Some(roles) = roles else { return Ok(Err(Code::NoRoles)) };
    let Some(staff) = ids::read(&input.staff_id)? else { return Ok(Err(Code::NoSuchStaff)) };
    Ok(Ok(ChangeStaffRoles { staff, roles, reason, idempotency_key }))
}

impl ChangeStaffRolesPayload {
    fn explain(refusal: ChangeStaffRolesRefusal, locale: Locale) -> Self {
        let code = match refusal {
            ChangeStaffRolesRefusal::NotAllowed(NotAllowed) => Code::NotAllowed,
            ChangeStaffRolesRefusal::NoSuchStaff => Code::NoSuchStaff,
            // What changed since it was proposed cannot have, for it is proposed now.
            ChangeStaffRolesRefusal::NothingChanges | ChangeStaffRolesRefusal::RolesChanged => Code::NothingChanges,
            ChangeStaffRolesRefusal::IdempotencyKeyReused => Code::IdempotencyKeyReused,
            ChangeStaffRolesRefusal::TooManyPending(_) => Code::TooManyPending,
        };
        Self::refused(code, locale)
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = explained(code);
        let message = locale.choose(zh, en);
        let retryable = code == Code::TooManyPending;
        let field = field.and_then(input_field);
        let error = ChangeStaffRolesUserError { code, message: message.to_owned(), field, retryable };
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
        Code::NoRoles => ("至少需要一个岗位。", "At least one role is needed.", Some("roles")),
        Code::NotAllowed => ("只有管理员可以变更岗位。", "Only admins change roles.", None),
        Code::NoSuchStaff => ("没有这位工作人员。", "There is no such staff member.", Some("staffId")),
        Code::NothingChanges => ("岗位没有变化。", "They have these roles already.", Some("roles")),
        Code::TooManyPending => {
            ("您提交的待审批事项太多,请先等待处理。", "Too many acts you proposed still wait.", None)
        }
    }
}
