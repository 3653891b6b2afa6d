use async_graphql::Interface;

use super::{
    accounts::{
        AcceptInvitationError, AcceptOwnershipError, DeclineInvitationError, EndKinLinkError, InviteHouseholdError,
        InviteKinError, InviteMemberError, LeaveHouseholdError, MergeHouseholdsError, OfferOwnershipError,
        OfferSplitError, RemoveMemberError, RequestSignInCodeError, RevokeOtherSessionsError, RevokeSessionError,
        SetSpendRightError, SignInError, SignInWithAssertionError, SignOutError, SplitHouseholdError, UndoMergeError,
        UndoSplitError, WithdrawInvitationError,
    },
    entitlements::RedeemPerkError,
    privacy::{
        CancelErasureError, FindPersonsByContactError, GiveConsentError, ReadHealthTagsError, RequestDataExportError,
        RequestErasureError, SetHealthTagsError, SetPhoneError, WithdrawConsentError,
    },
    staff::{
        AddWebhookError, AdjustPointsError, ChangeStaffPasswordError, ChangeStaffRolesError, ChangeWebhookError,
        DecideApprovalError, DisableWebhookError, IssueEventKeyError, RecordDeathError, RedeliverError,
        ReverseAdjustmentError, RevokeEventKeyError, RotateWebhookKeyError, StaffSignInError, StaffSignOutError,
    },
};

/// What an act refused, and why. Expected, explained in the reader's language, and nothing has moved.
#[derive(Interface)]
#[graphql(
    field(
        name = "message",
        ty = "&String",
        desc = "A sentence for the person, in Chinese, or in English when `Accept-Language` asks for it."
    ),
    field(
        name = "field",
        ty = "&Option<Vec<String>>",
        desc = "The path of the input field at fault, from `input` on; null when no single field is."
    ),
    field(name = "retryable", ty = "&bool", desc = "Whether the very same request may succeed later, unchanged.")
)]
pub(super) enum UserError {
    RequestSignInCode(RequestSignInCodeError),
    SignIn(SignInError),
    SignInWithAssertion(SignInWithAssertionError),
    SignOut(SignOutError),
    RevokeSession(RevokeSessionError),
    RevokeOtherSessions(RevokeOtherSessionsError),
    RedeemPerk(RedeemPerkError),
    GiveConsent(GiveConsentError),
    WithdrawConsent(WithdrawConsentError),
    SetHealthTags(SetHealthTagsError),
    SetPhone(SetPhoneError),
    FindPersonsByContact(FindPersonsByContactError),
    ReadHealthTags(ReadHealthTagsError),
    RequestErasure(RequestErasureError),
    CancelErasure(CancelErasureError),
    RequestDataExport(RequestDataExportError),
    StaffSignIn(StaffSignInError),
    AdjustPoints(AdjustPointsError),
    ReverseAdjustment(ReverseAdjustmentError),
    DecideApproval(DecideApprovalError),
    ChangeStaffRoles(ChangeStaffRolesError),
    AddWebhook(AddWebhookError),
    ChangeWebhook(ChangeWebhookError),
    DisableWebhook(DisableWebhookError),
    IssueEventKey(IssueEventKeyError),
    Redeliver(RedeliverError),
    RevokeEventKey(RevokeEventKeyError),
    RotateWebhookKey(RotateWebhookKeyError),
    RecordDeath(RecordDeathError),
    ChangeStaffPassword(ChangeStaffPasswordError),
    StaffSignOut(StaffSignOutError),
    AcceptInvitation(AcceptInvitationError),
    AcceptOwnership(AcceptOwnershipError),
    DeclineInvitation(DeclineInvitationError),
    EndKinLink(EndKinLinkError),
    InviteKin(InviteKinError),
    InviteMember(InviteMemberError),
    LeaveHousehold(LeaveHouseholdError),
    OfferOwnership(OfferOwnershipError),
    RemoveMember(RemoveMemberError),
    WithdrawInvitation(WithdrawInvitationError),
    SetSpendRight(SetSpendRightError),
    InviteHousehold(InviteHouseholdError),
    MergeHouseholds(MergeHouseholdsError),
    UndoMerge(UndoMergeError),
    OfferSplit(OfferSplitError),
    SplitHousehold(SplitHouseholdError),
    UndoSplit(UndoSplitError),
}

/// A path into a mutation's input.
pub(super) fn input_field(name: &str) -> Option<Vec<String>> {
    Some(vec!["input".to_owned(), name.to_owned()])
}
