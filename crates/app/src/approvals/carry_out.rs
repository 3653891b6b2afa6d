use accounts::{Approval, RecoveryCode, Staff};
use db::Tx;
use kernel::Fault;

use super::Act;
use crate::{
    App,
    accounts::RecordDeathRefusal,
    cocreation::AdvanceStudyRefusal,
    ledger::{AdjustPointsRefusal, ReverseAdjustmentRefusal},
    staff::{ChangeStaffAccessRefusal, ChangeStaffRolesRefusal},
};

/// Why an approved act cannot be carried out now. Nothing moved, and it waits on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActRefusal {
    /// Of an adjustment.
    #[error(transparent)]
    AdjustPoints(#[from] AdjustPointsRefusal),
    /// Of a reversal.
    #[error(transparent)]
    ReverseAdjustment(#[from] ReverseAdjustmentRefusal),
    /// Of a death.
    #[error(transparent)]
    RecordDeath(#[from] RecordDeathRefusal),
    /// Of a change of somebody's access.
    #[error(transparent)]
    ChangeStaffAccess(#[from] ChangeStaffAccessRefusal),
    /// Of a step of a study.
    #[error(transparent)]
    AdvanceStudy(#[from] AdvanceStudyRefusal),
    /// Of a change of roles.
    #[error(transparent)]
    ChangeStaffRoles(#[from] ChangeStaffRolesRefusal),
}

/// What carrying an act out came to.
pub(super) struct CarriedOut {
    /// The id of what it made.
    pub(super) made: String,
    /// Codes that are shown once, to whoever approved it.
    pub(super) recovery_codes: Vec<RecoveryCode>,
}

impl CarriedOut {
    fn of(made: String) -> Self {
        Self { made, recovery_codes: Vec::new() }
    }
}

impl App {
    /// Carries an approved act out in the transaction that approves it, and answers what it made. `held` are those of the
    /// staff who are locked, among them whom the act is about.
    pub(super) async fn carry_out(
        &self,
        tx: &mut Tx,
        act: &Act,
        approval: &Approval,
        held: &[Staff],
    ) -> Result<Result<CarriedOut, ActRefusal>, Fault> {
        // The approval's id is the reference: the ledger itself refuses a second posting of it.
        let (reference, reason) = (approval.id.to_string(), &approval.reason);
        Ok(match act.clone() {
            Act::AdjustPoints { household, adjustment, points } => {
                let done = self.adjust_points_in(tx, household, adjustment, points, reason, reference).await?;
                done.map(|posting| CarriedOut::of(posting.cause.id.to_string())).map_err(ActRefusal::from)
            }
            Act::ReverseAdjustment { household, posting } => {
                let done = self.reverse_adjustment_in(tx, household, posting, reason).await?;
                done.map(|posting| CarriedOut::of(posting.cause.id.to_string())).map_err(ActRefusal::from)
            }
            Act::ChangeStaffRoles { staff, from, to } => {
                let staff = held.iter().find(|held| held.id == staff);
                let done = self.change_staff_roles_in(tx, staff, from, to, reason).await?;
                done.map(|id| CarriedOut::of(id.to_string())).map_err(ActRefusal::from)
            }
            Act::ChangeStaffAccess { staff, change } => {
                let staff = held.iter().find(|held| held.id == staff);
                let done = self.change_staff_access_in(tx, staff, change, reason).await?;
                done.map(|(id, recovery_codes)| CarriedOut { recovery_codes, ..CarriedOut::of(id.to_string()) })
                    .map_err(ActRefusal::from)
            }
            Act::RecordDeath { death, .. } => {
                let done = self.record_death_in(tx, &death, reason).await?;
                done.map(|id| CarriedOut::of(id.to_string())).map_err(ActRefusal::from)
            }
            Act::AdvanceStudy { study, step } => {
                let done = self.advance_study_in(tx, study, step).await?;
                done.map(|study| CarriedOut::of(study.to_string())).map_err(ActRefusal::from)
            }
        })
    }
}
