use accounts::{Staff, StaffName, StaffRole, store};
use db::AuditLine;
use kernel::{Actor, Fault, Id, kinds};

use crate::App;

/// Why nobody's access ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CloseStaffRefusal {
    /// Nobody of the staff has that name.
    #[error("nobody of the staff has that name")]
    NoSuchStaff,
    /// Their access ended before.
    #[error("they are closed already")]
    AlreadyClosed,
    /// Nobody would be left who says who is of the staff.
    #[error("they are the last admin: take in another first")]
    LastAdmin,
}

impl App {
    /// Ends the access of one of the staff for good; every session of theirs ends with it. Only from the operator's shell. What
    /// they did stays with their name.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn close_staff(&self, name: &StaffName) -> Result<Result<Id<kinds::Staff>, CloseStaffRefusal>, Fault> {
        db::retry_contention(|| self.try_close_staff(name)).await
    }

    async fn try_close_staff(&self, name: &StaffName) -> Result<Result<Id<kinds::Staff>, CloseStaffRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let open = store::lock_open_staff(&mut tx).await?;
        let Some(mut staff) = store::lock_staff_by_name(&mut tx, name).await? else {
            tx.rollback().await?;
            return Ok(Err(CloseStaffRefusal::NoSuchStaff));
        };

        if staff.closed_at.is_some() {
            tx.rollback().await?;
            return Ok(Err(CloseStaffRefusal::AlreadyClosed));
        }
        let is_admin = |staff: &Staff| staff.may(&[StaffRole::Admin]);
        if is_admin(&staff) && !open.iter().any(|other| other.id != staff.id && is_admin(other)) {
            tx.rollback().await?;
            return Ok(Err(CloseStaffRefusal::LastAdmin));
        }
        staff.closed_at = Some(tx.now());

        store::update_staff(&mut tx, &staff).await?;
        let ended = store::update_staff_sessions_revoked(&mut tx, staff.id).await?;
        tx.audit(AuditLine {
            action: "close_staff",
            household: None,
            subject: staff.id.to_string(),
            detail: format!("{ended} sessions ended"),
        });

        tx.commit().await?;
        Ok(Ok(staff.id))
    }
}
