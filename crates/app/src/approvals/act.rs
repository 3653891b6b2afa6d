use accounts::{StaffRole, StaffRoles};
use kernel::{Id, Points, kinds};

use crate::{
    accounts::Death,
    cocreation::{ADVANCERS_OF_STUDIES, StudyStep},
    ledger::Adjustment,
    staff::AccessChange,
};

/// Something two of the staff must agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Points are given or taken by decision.
    AdjustPoints {
        /// Whose.
        household: Id<kinds::Household>,
        /// Which way.
        adjustment: Adjustment,
        /// How many.
        points: Points,
    },
    /// An adjustment is undone by posting its reverse.
    ReverseAdjustment {
        /// Whose.
        household: Id<kinds::Household>,
        /// Which one.
        posting: Id<kinds::Posting>,
    },
    /// One of the staff gets other roles.
    ChangeStaffRoles {
        /// Who.
        staff: Id<kinds::Staff>,
        /// The roles they had when it was proposed; with others meanwhile it is not done.
        from: StaffRoles,
        /// The roles they get.
        to: StaffRoles,
    },
    /// One of the staff gets in another way, or not at all.
    ChangeStaffAccess {
        /// Who.
        staff: Id<kinds::Staff>,
        /// What becomes of it.
        change: AccessChange,
    },
    /// A member died.
    RecordDeath {
        /// Who, when, and who inherits the household.
        death: Death,
        /// The household they belonged to when it was proposed, if one.
        household: Option<Id<kinds::Household>>,
    },
    /// A study is opened, or its result announced.
    AdvanceStudy {
        /// Which study.
        study: Id<kinds::Study>,
        /// Which step.
        step: StudyStep,
    },
}

impl Act {
    /// Who proposes and decides deaths: row 22 of the access matrix, whose acts change households alike.
    pub(crate) const RECORDERS_OF_DEATHS: &[StaffRole] = &[StaffRole::Support, StaffRole::Admin];

    /// Its name, as the list of approvals and the audit log have it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AdjustPoints { .. } => "adjust_points",
            Self::ReverseAdjustment { .. } => "reverse_adjustment",
            Self::ChangeStaffRoles { .. } => "change_staff_roles",
            Self::ChangeStaffAccess { .. } => "change_staff_access",
            Self::RecordDeath { .. } => "record_death",
            Self::AdvanceStudy { .. } => "advance_study",
        }
    }

    /// Whose household it touches, if one.
    #[must_use]
    pub const fn household(&self) -> Option<Id<kinds::Household>> {
        match self {
            Self::AdjustPoints { household, .. } | Self::ReverseAdjustment { household, .. } => Some(*household),
            Self::ChangeStaffRoles { .. } | Self::ChangeStaffAccess { .. } | Self::AdvanceStudy { .. } => None,
            Self::RecordDeath { household, .. } => *household,
        }
    }

    /// Who of the staff it is about: locked with those who decide, and never one of them.
    #[must_use]
    pub const fn about(&self) -> Option<Id<kinds::Staff>> {
        match self {
            Self::AdjustPoints { .. }
            | Self::ReverseAdjustment { .. }
            | Self::RecordDeath { .. }
            | Self::AdvanceStudy { .. } => None,
            Self::ChangeStaffRoles { staff, .. } | Self::ChangeStaffAccess { staff, .. } => Some(*staff),
        }
    }

    /// Who may propose it: rows 5, 6, 32, 42 and 48 of the access matrix.
    #[must_use]
    pub const fn proposers(&self) -> &'static [StaffRole] {
        match self {
            Self::AdjustPoints { .. } => &[StaffRole::Support, StaffRole::Finance],
            Self::ReverseAdjustment { .. } => &[StaffRole::Finance],
            Self::ChangeStaffRoles { .. } | Self::ChangeStaffAccess { .. } => &[StaffRole::Admin],
            Self::RecordDeath { .. } => Self::RECORDERS_OF_DEATHS,
            Self::AdvanceStudy { .. } => ADVANCERS_OF_STUDIES,
        }
    }

    /// Who may decide it.
    #[must_use]
    pub const fn deciders(&self) -> &'static [StaffRole] {
        match self {
            Self::AdjustPoints { .. } | Self::ReverseAdjustment { .. } => &[StaffRole::Finance],
            Self::ChangeStaffRoles { .. } | Self::ChangeStaffAccess { .. } => &[StaffRole::Admin],
            Self::RecordDeath { .. } => Self::RECORDERS_OF_DEATHS,
            Self::AdvanceStudy { .. } => ADVANCERS_OF_STUDIES,
        }
    }
}
