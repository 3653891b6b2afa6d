//! The operator's staff: who is signed in, and how; what they do to points and roles, alone or by two; what was done.

mod adjust_points;
mod approval;
mod audit_line;
mod change_staff_password;
mod change_staff_roles;
mod decide_approval;
mod household_account;
mod member;
mod preview_death;
mod query;
mod record_death;
mod reverse_adjustment;
mod staff_sign_in;
mod staff_sign_out;
mod webhooks;

pub(super) use adjust_points::{AdjustPointsError, AdjustPointsMutation};
pub(super) use approval::{Adjustment, Approval};
pub(super) use audit_line::AuditLine;
pub(super) use change_staff_password::{ChangeStaffPasswordError, ChangeStaffPasswordMutation};
pub(super) use change_staff_roles::{ChangeStaffRolesError, ChangeStaffRolesMutation};
pub(super) use decide_approval::{DecideApprovalError, DecideApprovalMutation};
pub(super) use household_account::HouseholdAccountQuery;
pub(super) use member::{StaffMember, StaffRole};
pub(super) use preview_death::PreviewDeathQuery;
pub(super) use query::StaffQuery;
pub(super) use record_death::{RecordDeathError, RecordDeathMutation};
pub(super) use reverse_adjustment::{ReverseAdjustmentError, ReverseAdjustmentMutation};
pub(super) use staff_sign_in::{StaffSignInError, StaffSignInMutation};
pub(super) use staff_sign_out::{StaffSignOutError, StaffSignOutMutation};
pub(super) use webhooks::{
    AddWebhookError, AddWebhookMutation, ChangeWebhookError, ChangeWebhookMutation, DisableWebhookError,
    DisableWebhookMutation, IssueEventKeyError, IssueEventKeyMutation, RedeliverError, RedeliverMutation,
    RevokeEventKeyError, RevokeEventKeyMutation, RotateWebhookKeyError, RotateWebhookKeyMutation, Webhook,
    WebhookDelivery, WebhooksQuery,
};
