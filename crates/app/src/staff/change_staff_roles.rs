use accounts::{Approval, Staff, StaffRole, StaffRoles, store};
use db::{AuditLine, Tx, idempotency::Known};
use kernel::{Fault, Id, IdempotencyKey, Label, kinds};

use super::NotAllowed;
use crate::{
    App, StaffPrincipal,
    approvals::{Act, ActKey, TooManyPending},
};

/// An admin wants one of the staff to have other roles; a second admin decides.
#[derive(Debug, Clone)]
pub struct ChangeStaffRoles {
    /// Who.
    pub staff: Id<kinds::Staff>,
    /// All the roles they shall have.
    pub roles: StaffRoles,
    /// Why.
    pub reason: Label,
    /// The key of this very act.
    pub idempotency_key: IdempotencyKey,
}

/// A change of roles waits for a second admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffRolesProposed {
    /// What waits.
    pub approval: Approval,
    /// Whether this is the answer of an earlier act under the same key.
    pub is_replay: bool,
}

/// Why roles are not changed. Nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeStaffRolesRefusal {
    /// Only admins say who has which roles.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Nobody of the staff has that id, or they were closed.
    #[error("there is no such staff member")]
    NoSuchStaff,
    /// They have just these roles.
    #[error("they have these roles already")]
    NothingChanges,
    /// They were given other roles since it was proposed.
    #[error("their roles changed since this was proposed")]
    RolesChanged,
    /// The key was used for something else.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// Too many acts of theirs wait.
    #[error(transparent)]
    TooManyPending(#[from] TooManyPending),
}

impl App {
    /// Proposes that one of the staff get other roles.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn change_staff_roles(
        &self,
        principal: &StaffPrincipal,
        change: &ChangeStaffRoles,
    ) -> Result<Result<StaffRolesProposed, ChangeStaffRolesRefusal>, Fault> {
        db::retry_contention(|| self.try_change_staff_roles(principal, change)).await
    }

    async fn try_change_staff_roles(
        &self,
        principal: &StaffPrincipal,
        change: &ChangeStaffRoles,
    ) -> Result<Result<StaffRolesProposed, ChangeStaffRolesRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        // Both at once, by id: two admins who change each other's roles must not wait for each other.
        let held = store::lock_staff(&mut tx, &[principal.staff, change.staff]).await?;
        let input = [change.staff.to_string(), change.roles.to_string(), change.reason.to_string()];
        let input: Vec<&str> = input.iter().map(String::as_str).collect();
        let key = ActKey::new(principal, "change_staff_roles", &change.idempotency_key, &input);

        let find = |id| held.iter().find(|staff| staff.id == id);
        let Some(admin) = find(principal.staff).filter(|staff| staff.may(&[StaffRole::Admin])) else {
            return Ok(Err(NotAllowed.into()));
        };
        match key.find(&mut tx).await? {
            Some(Known::SameInput(answer)) => {
                let id = answer.parse().map_err(|_| Fault::inconsistent("read the answer of a change of roles"))?;
                let approval = store::lock_approval(&mut tx, id).await?;
                let approval = approval.ok_or_else(|| Fault::inconsistent("find an approval that was proposed"))?;
                return Ok(Ok(StaffRolesProposed { approval, is_replay: true }));
            }
            Some(Known::OtherInput) => return Ok(Err(ChangeStaffRolesRefusal::IdempotencyKeyReused)),
            None => {}
        }
        let from = match judge(find(change.staff), None, change.roles) {
            Ok(staff) => staff.roles,
            Err(refusal) => return Ok(Err(refusal)),
        };

        let act = Act::ChangeStaffRoles { staff: change.staff, from, to: change.roles };
        let approval = match self.propose_in(&mut tx, act, &change.reason, admin).await? {
            Ok(approval) => approval,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        key.keep(&mut tx, approval.id.to_string()).await?;

        tx.commit().await?;
        Ok(Ok(StaffRolesProposed { approval, is_replay: false }))
    }

    /// Gives one of the staff, who is held, other roles. Taking a role away ends every session of theirs at once.
    pub(crate) async fn change_staff_roles_in(
        &self,
        tx: &mut Tx,
        staff: Option<&Staff>,
        from: StaffRoles,
        to: StaffRoles,
        reason: &Label,
    ) -> Result<Result<Id<kinds::Staff>, ChangeStaffRolesRefusal>, Fault> {
        let staff = match judge(staff, Some(from), to) {
            Ok(staff) => staff,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut changed = staff.clone();
        changed.roles = to;

        store::update_staff(tx, &changed).await?;
        if !to.covers(from) {
            store::update_staff_sessions_revoked(tx, staff.id).await?;
        }
        tx.audit(AuditLine {
            action: "change_staff_roles",
            household: None,
            subject: staff.id.to_string(),
            detail: format!("from {from} to {to}: {reason}"),
        });
        Ok(Ok(staff.id))
    }
}

fn judge(staff: Option<&Staff>, from: Option<StaffRoles>, to: StaffRoles) -> Result<&Staff, ChangeStaffRolesRefusal> {
    let staff = staff.filter(|staff| staff.closed_at.is_none()).ok_or(ChangeStaffRolesRefusal::NoSuchStaff)?;
    if from.is_some_and(|from| staff.roles != from) {
        return Err(ChangeStaffRolesRefusal::RolesChanged);
    }
    if staff.roles == to { Err(ChangeStaffRolesRefusal::NothingChanges) } else { Ok(staff) }
}
