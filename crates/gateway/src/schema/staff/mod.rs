//! The operator's staff: who is signed in, and how; what they do to points and roles, alone or by two; what was done.

mod adjust_points;
mod approval;
mod audit_line;
mod change_staff_access;
mod change_staff_password;
mod change_staff_roles;
mod decide_approval;
mod household_account;
mod member;
mod preview_death;
mod query;
mod record_death;
mod replace_authenticator;
mod reverse_adjustment;
mod staff_sign_in;
mod staff_sign_out;
mod webhooks;

use async_graphql::MergedObject;

pub(super) use adjust_points::{AdjustPointsMutation, AdjustPointsUserError};
pub(super) use approval::{Adjustment, Approval};
pub(super) use audit_line::AuditLine;
pub(super) use change_staff_access::{ChangeStaffAccessMutation, ChangeStaffAccessUserError};
pub(super) use change_staff_password::{ChangeStaffPasswordMutation, ChangeStaffPasswordUserError};
pub(super) use change_staff_roles::{ChangeStaffRolesMutation, ChangeStaffRolesUserError};
pub(super) use decide_approval::{DecideApprovalMutation, DecideApprovalUserError};
pub(super) use household_account::HouseholdAccountQuery;
pub(super) use member::{StaffMember, StaffRole};
pub(super) use preview_death::PreviewDeathQuery;
pub(super) use query::{StaffQuery, not_allowed};
pub(super) use record_death::{RecordDeathMutation, RecordDeathUserError};
pub(super) use replace_authenticator::{ReplaceAuthenticatorMutation, ReplaceAuthenticatorUserError};
pub(super) use reverse_adjustment::{ReverseAdjustmentMutation, ReverseAdjustmentUserError};
pub(super) use staff_sign_in::{StaffSignInMutation, StaffSignInUserError};
pub(super) use staff_sign_out::{StaffSignOutMutation, StaffSignOutUserError};
pub(super) use webhooks::{
    AddWebhookMutation, AddWebhookUserError, ChangeWebhookMutation, ChangeWebhookUserError, DisableWebhookMutation,
    DisableWebhookUserError, IssueEventKeyMutation, IssueEventKeyUserError, RedeliverMutation, RedeliverUserError,
    RevokeEventKeyMutation, RevokeEventKeyUserError, RotateWebhookKeyMutation, RotateWebhookKeyUserError, Webhook,
    WebhookDelivery, WebhooksQuery,
};

/// What the staff do about people and points.
#[derive(MergedObject, Default)]
pub(super) struct StaffMutations(
    StaffSignInMutation,
    StaffSignOutMutation,
    ChangeStaffPasswordMutation,
    ChangeStaffAccessMutation,
    ChangeStaffRolesMutation,
    ReplaceAuthenticatorMutation,
    AdjustPointsMutation,
    ReverseAdjustmentMutation,
    DecideApprovalMutation,
    RecordDeathMutation,
);

/// What the staff do about webhooks and event keys.
#[derive(MergedObject, Default)]
pub(super) struct WebhookMutations(
    AddWebhookMutation,
    ChangeWebhookMutation,
    DisableWebhookMutation,
    IssueEventKeyMutation,
    RedeliverMutation,
    RevokeEventKeyMutation,
    RotateWebhookKeyMutation,
);
