use async_graphql::Interface;

use super::{
    accounts::{
        AcceptInvitationUserError, AcceptOwnershipUserError, DeclineInvitationUserError, EndKinLinkUserError,
        InviteHouseholdUserError, InviteKinUserError, InviteMemberUserError, LeaveHouseholdUserError,
        MergeHouseholdsUserError, OfferOwnershipUserError, OfferSplitUserError, RemoveMemberUserError,
        RequestSignInCodeUserError, RevokeOtherSessionsUserError, RevokeSessionUserError, SetLanguageUserError,
        SetSpendRightUserError, SignInUserError, SignInWithAssertionUserError, SignOutUserError,
        SplitHouseholdUserError, UndoMergeUserError, UndoSplitUserError, WithdrawInvitationUserError,
    },
    cocreation::{
        AdvanceStudyUserError, AnswerPriceStudyUserError, CastBallotUserError, EndStudyUserError,
        RequestVotingLinkUserError,
    },
    communities::{AppointLeaderUserError, ChangeCommunityUserError, EndLeaderUserError},
    entitlements::{
        BookSlotUserError, CallOffGatheringUserError, CheckInSeatUserError, DefineGatheringUserError,
        DefineSlotUserError, GiveBackGrantUserError, JoinWaitingListUserError, LeaveWaitingListUserError,
        RedeemPerkUserError, SettleBookingUserError,
    },
    familypay::{
        AskToPayUserError, BeginPaymentUserError, CancelPayRequestUserError, DeclinePayRequestUserError,
        DraftOrderFromSpeechUserError, GiveMandateUserError, PayAtPickUpUserError, RevokeMandateUserError,
        SetPayerOrderUserError,
    },
    privacy::{
        CancelErasureUserError, FindPersonsByContactUserError, GiveConsentUserError, ReadHealthTagsUserError,
        RequestDataExportUserError, RequestErasureUserError, SetHealthTagsUserError, SetPhoneUserError,
        WithdrawConsentUserError,
    },
    staff::{
        AddWebhookUserError, AdjustPointsUserError, ChangeStaffAccessUserError, ChangeStaffPasswordUserError,
        ChangeStaffRolesUserError, ChangeWebhookUserError, DecideApprovalUserError, DisableWebhookUserError,
        IssueEventKeyUserError, RecordDeathUserError, RedeliverUserError, ReplaceAuthenticatorUserError,
        ReverseAdjustmentUserError, RevokeEventKeyUserError, RotateWebhookKeyUserError, StaffSignInUserError,
        StaffSignOutUserError,
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
    RequestSignInCode(RequestSignInCodeUserError),
    SignIn(SignInUserError),
    SignInWithAssertion(SignInWithAssertionUserError),
    SignOut(SignOutUserError),
    RevokeSession(RevokeSessionUserError),
    RevokeOtherSessions(RevokeOtherSessionsUserError),
    RedeemPerk(RedeemPerkUserError),
    GiveBackGrant(GiveBackGrantUserError),
    JoinWaitingList(JoinWaitingListUserError),
    LeaveWaitingList(LeaveWaitingListUserError),
    DefineGathering(DefineGatheringUserError),
    CallOffGathering(CallOffGatheringUserError),
    CheckInSeat(CheckInSeatUserError),
    BookSlot(BookSlotUserError),
    DefineSlot(DefineSlotUserError),
    SettleBooking(SettleBookingUserError),
    CastBallot(CastBallotUserError),
    AdvanceStudy(AdvanceStudyUserError),
    EndStudy(EndStudyUserError),
    DraftOrderFromSpeech(DraftOrderFromSpeechUserError),
    AskToPay(AskToPayUserError),
    BeginPayment(BeginPaymentUserError),
    CancelPayRequest(CancelPayRequestUserError),
    DeclinePayRequest(DeclinePayRequestUserError),
    GiveMandate(GiveMandateUserError),
    PayAtPickUp(PayAtPickUpUserError),
    RevokeMandate(RevokeMandateUserError),
    SetPayerOrder(SetPayerOrderUserError),
    AnswerPriceStudy(AnswerPriceStudyUserError),
    RequestVotingLink(RequestVotingLinkUserError),
    GiveConsent(GiveConsentUserError),
    WithdrawConsent(WithdrawConsentUserError),
    SetHealthTags(SetHealthTagsUserError),
    SetPhone(SetPhoneUserError),
    SetLanguage(SetLanguageUserError),
    FindPersonsByContact(FindPersonsByContactUserError),
    ReadHealthTags(ReadHealthTagsUserError),
    RequestErasure(RequestErasureUserError),
    CancelErasure(CancelErasureUserError),
    RequestDataExport(RequestDataExportUserError),
    StaffSignIn(StaffSignInUserError),
    AdjustPoints(AdjustPointsUserError),
    ReverseAdjustment(ReverseAdjustmentUserError),
    DecideApproval(DecideApprovalUserError),
    ChangeStaffRoles(ChangeStaffRolesUserError),
    AddWebhook(AddWebhookUserError),
    ChangeWebhook(ChangeWebhookUserError),
    DisableWebhook(DisableWebhookUserError),
    IssueEventKey(IssueEventKeyUserError),
    Redeliver(RedeliverUserError),
    RevokeEventKey(RevokeEventKeyUserError),
    RotateWebhookKey(RotateWebhookKeyUserError),
    RecordDeath(RecordDeathUserError),
    ChangeStaffPassword(ChangeStaffPasswordUserError),
    ChangeStaffAccess(ChangeStaffAccessUserError),
    ReplaceAuthenticator(ReplaceAuthenticatorUserError),
    StaffSignOut(StaffSignOutUserError),
    AcceptInvitation(AcceptInvitationUserError),
    AcceptOwnership(AcceptOwnershipUserError),
    DeclineInvitation(DeclineInvitationUserError),
    EndKinLink(EndKinLinkUserError),
    InviteKin(InviteKinUserError),
    InviteMember(InviteMemberUserError),
    LeaveHousehold(LeaveHouseholdUserError),
    OfferOwnership(OfferOwnershipUserError),
    RemoveMember(RemoveMemberUserError),
    WithdrawInvitation(WithdrawInvitationUserError),
    SetSpendRight(SetSpendRightUserError),
    InviteHousehold(InviteHouseholdUserError),
    MergeHouseholds(MergeHouseholdsUserError),
    UndoMerge(UndoMergeUserError),
    OfferSplit(OfferSplitUserError),
    SplitHousehold(SplitHouseholdUserError),
    UndoSplit(UndoSplitUserError),
    AppointLeader(AppointLeaderUserError),
    ChangeCommunity(ChangeCommunityUserError),
    EndLeader(EndLeaderUserError),
}

/// A path into a mutation's input.
pub(super) fn input_field(name: &str) -> Option<Vec<String>> {
    Some(vec!["input".to_owned(), name.to_owned()])
}

/// The type of what one mutation refuses, with its doc lines: `user_error! { /// Why no seat was given. XUserError(XErrorCode) }`.
/// All have the same fields, which is what [`UserError`] wants of them.
macro_rules! user_error {
    ($(#[$doc:meta])* $name:ident($code:ty)) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub(in crate::schema) struct $name {
            /// Which refusal.
            code: $code,
            /// A sentence for the person.
            pub(in crate::schema) message: String,
            /// The path of the input field at fault; null when no single field is.
            pub(in crate::schema) field: Option<Vec<String>>,
            /// Whether the very same request may succeed later, unchanged.
            pub(in crate::schema) retryable: bool,
        }
    };
}

pub(super) use user_error;
