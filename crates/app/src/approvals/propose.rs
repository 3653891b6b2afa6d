use accounts::{Approval, MAX_PENDING_APPROVALS, Staff, store};
use db::{AuditLine, Tx};
use kernel::{Fault, Label};

use super::Act;
use crate::App;

/// As many acts of theirs wait as may: somebody should decide some first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} acts you proposed still wait", MAX_PENDING_APPROVALS)]
pub struct TooManyPending;

impl App {
    /// Proposes an act, in the transaction of a use-case that has judged whether this one of the staff, whom it holds, may.
    pub(crate) async fn propose_in(
        &self,
        tx: &mut Tx,
        act: Act,
        reason: &Label,
        by: &Staff,
    ) -> Result<Result<Approval, TooManyPending>, Fault> {
        let now = tx.now();
        let pending = store::count_pending_approvals(tx, by.id, now).await?;

        if pending >= MAX_PENDING_APPROVALS {
            return Ok(Err(TooManyPending));
        }
        let (id, payload) = (tx.new_id(), act.to_payload());
        let approval = Approval::propose(id, act.name(), act.household(), payload, reason.clone(), by.id, now);

        store::insert_approval(tx, &approval).await?;
        tx.audit(AuditLine {
            action: "propose",
            household: act.household(),
            subject: id.to_string(),
            detail: format!("{} {}: {reason}", act.name(), act.subject()),
        });
        Ok(Ok(approval))
    }
}

impl Act {
    /// What it is done to, in a few words for the audit log.
    fn subject(&self) -> String {
        match self {
            Self::AdjustPoints { adjustment, points, .. } => format!("{} {points}", adjustment.word()),
            Self::ReverseAdjustment { posting, .. } => posting.to_string(),
            Self::ChangeStaffRoles { staff, from, to } => format!("{staff} from {from} to {to}"),
            Self::ChangeStaffAccess { staff, change } => format!("{} of {staff}", change.word()),
            Self::RecordDeath { death, .. } => death.person.to_string(),
            Self::AdvanceStudy { study, step } => format!("{study} {}", step.word()),
        }
    }
}
