use ::accounts::{ApprovalState as State, Verdict};
use app::{App, approvals::Act};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject, Union};

use super::{StaffRole, change_staff_access::AccessChange};
use crate::schema::{
    cocreation::StudyStep,
    ids,
    scalars::{Instant, LocalDate, points},
    session::app,
};

pub(in crate::schema) struct Approval(::accounts::Approval);

/// Where an approval stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum ApprovalState {
    /// It waits for a second person.
    Pending,
    /// Nobody decided in time; it must be proposed anew.
    Expired,
    /// A second person approved it, and it was carried out.
    Approved,
    /// A second person refused it.
    Rejected,
    /// Whoever proposed it took it back.
    Withdrawn,
}

/// Whether points are given or taken by decision.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum Adjustment {
    /// Given: debt is paid first, the rest lasts as long as points earned today.
    Credit,
    /// Taken: the earliest expiry first, never more than there are.
    Debit,
}

/// What two of the staff must agree on.
#[derive(Union)]
pub(in crate::schema) enum ProposedAct {
    PointsAdjustment(PointsAdjustment),
    AdjustmentReversal(AdjustmentReversal),
    StaffRolesChange(StaffRolesChange),
    DeathRecord(DeathRecord),
    StaffAccessChange(StaffAccessChange),
    StudyAdvance(StudyAdvance),
}

/// Points to be given or taken by decision.
#[derive(SimpleObject)]
pub(in crate::schema) struct PointsAdjustment {
    /// Whose.
    household_id: ID,
    /// Which way.
    adjustment: Adjustment,
    /// How many.
    points: i32,
}

/// An adjustment to be undone by posting its reverse.
#[derive(SimpleObject)]
pub(in crate::schema) struct AdjustmentReversal {
    /// Whose.
    household_id: ID,
    /// Which one.
    posting_id: ID,
}

/// Other roles for one of the staff.
#[derive(SimpleObject)]
pub(in crate::schema) struct StaffRolesChange {
    /// Who.
    staff_id: ID,
    /// The roles they had when it was proposed; with others meanwhile it is not done.
    from: Vec<StaffRole>,
    /// The roles they get.
    to: Vec<StaffRole>,
}

/// Another way in for one of the staff, or none.
#[derive(SimpleObject)]
pub(in crate::schema) struct StaffAccessChange {
    /// Who.
    staff_id: ID,
    /// What becomes of it.
    change: AccessChange,
}

/// A study to be opened, or its result announced.
#[derive(SimpleObject)]
pub(in crate::schema) struct StudyAdvance {
    /// Which study.
    study_id: ID,
    /// Which step.
    step: StudyStep,
}

/// A member died: their membership, sessions, invitations, kin links, consents and health tags end, and the household's points stay.
#[derive(SimpleObject)]
pub(in crate::schema) struct DeathRecord {
    /// Who died.
    person_id: ID,
    /// The household they belonged to when it was proposed; null when to none.
    household_id: Option<ID>,
    /// Who owns the household from then on; null when nobody inherits it.
    heir_id: Option<ID>,
    /// The day, in the operator's time zone.
    died_on: LocalDate,
}

impl From<Adjustment> for app::ledger::Adjustment {
    fn from(adjustment: Adjustment) -> Self {
        match adjustment {
            Adjustment::Credit => Self::Credit,
            Adjustment::Debit => Self::Debit,
        }
    }
}

impl From<::accounts::Approval> for Approval {
    fn from(approval: ::accounts::Approval) -> Self {
        Self(approval)
    }
}

/// An act that one of the staff proposed and a second one decides.
#[Object]
impl Approval {
    /// The approval's id.
    async fn id(&self) -> ID {
        ids::write(self.0.id)
    }

    /// What is proposed.
    async fn act(&self, ctx: &Context<'_>) -> Result<ProposedAct> {
        proposed(app(ctx), &self.0)
    }

    /// Why, in the words of whoever proposed it.
    async fn reason(&self) -> &str {
        self.0.reason.as_str()
    }

    /// Where it stands now.
    async fn state(&self, ctx: &Context<'_>) -> ApprovalState {
        match app(ctx).approval_state(&self.0) {
            State::Pending => ApprovalState::Pending,
            State::Expired => ApprovalState::Expired,
            State::Decided(Verdict::Approve) => ApprovalState::Approved,
            State::Decided(Verdict::Reject) => ApprovalState::Rejected,
            State::Decided(Verdict::Withdraw) => ApprovalState::Withdrawn,
        }
    }

    /// Who of the staff proposed it.
    async fn proposed_by(&self) -> ID {
        ids::write(self.0.proposed_by)
    }

    /// When it was proposed.
    async fn proposed_at(&self) -> Instant {
        Instant(self.0.proposed_at)
    }

    /// From this instant on nobody can approve it any more.
    async fn expires_at(&self) -> Instant {
        Instant(self.0.expires_at)
    }

    /// Who of the staff decided it; null while nobody did.
    async fn decided_by(&self) -> Option<ID> {
        self.0.decision.as_ref().map(|decision| ids::write(decision.decided_by))
    }

    /// When it was decided; null while it was not.
    async fn decided_at(&self) -> Option<Instant> {
        self.0.decision.as_ref().map(|decision| Instant(decision.decided_at))
    }

    /// The id of what the act made, such as the statement line of an adjustment; null unless it was approved.
    async fn outcome_id(&self) -> Option<ID> {
        self.0.decision.as_ref().and_then(|decision| decision.outcome.clone()).map(ID)
    }
}

fn proposed(app: &App, approval: &::accounts::Approval) -> Result<ProposedAct> {
    let roles = |roles: ::accounts::StaffRoles| roles.iter().map(StaffRole::from).collect();
    Ok(match app.act_of(approval)? {
        Act::AdjustPoints { household, adjustment, points: how_many } => {
            let adjustment = match adjustment {
                app::ledger::Adjustment::Credit => Adjustment::Credit,
                app::ledger::Adjustment::Debit => Adjustment::Debit,
            };
            let household_id = ids::write(household);
            ProposedAct::PointsAdjustment(PointsAdjustment { household_id, adjustment, points: points(how_many)? })
        }
        Act::ReverseAdjustment { household, posting } => ProposedAct::AdjustmentReversal(AdjustmentReversal {
            household_id: ids::write(household),
            posting_id: ids::write(posting),
        }),
        Act::ChangeStaffRoles { staff, from, to } => ProposedAct::StaffRolesChange(StaffRolesChange {
            staff_id: ids::write(staff),
            from: roles(from),
            to: roles(to),
        }),
        Act::ChangeStaffAccess { staff, change } => {
            ProposedAct::StaffAccessChange(StaffAccessChange { staff_id: ids::write(staff), change: change.into() })
        }
        Act::RecordDeath { death, household } => ProposedAct::DeathRecord(DeathRecord {
            person_id: ids::write(death.person),
            household_id: household.map(ids::write),
            heir_id: death.heir.map(ids::write),
            died_on: LocalDate(death.died_on),
        }),
        Act::AdvanceStudy { study, step } => {
            ProposedAct::StudyAdvance(StudyAdvance { study_id: ids::write(study), step: step.into() })
        }
    })
}
