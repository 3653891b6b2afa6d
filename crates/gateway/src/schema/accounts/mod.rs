//! People, households and sessions.

mod accept_invitation;
mod accept_ownership;
mod decline_invitation;
mod end_kin_link;
mod household;
mod invitation;
mod invite_household;
mod invite_kin;
mod invite_member;
mod kin;
mod leave_household;
mod me;
mod merge_households;
mod merge_preview;
mod offer_ownership;
mod offer_split;
mod person;
mod previews;
mod remove_member;
mod request_sign_in_code;
mod revoke_other_sessions;
mod revoke_session;
mod sessions;
mod set_language;
mod set_spend_right;
mod sign_in;
mod sign_in_with_assertion;
mod sign_out;
mod split_household;
mod split_preview;
mod undo_merge;
mod undo_split;
mod withdraw_invitation;

use async_graphql::MergedObject;

pub(super) use accept_invitation::{AcceptInvitationMutation, AcceptInvitationUserError};
pub(super) use accept_ownership::{AcceptOwnershipMutation, AcceptOwnershipUserError};
pub(super) use decline_invitation::{DeclineInvitationMutation, DeclineInvitationUserError};
pub(super) use end_kin_link::{EndKinLinkMutation, EndKinLinkUserError};
pub(super) use household::Household;
pub(super) use invitation::InvitationQuery;
pub(super) use invite_household::{InviteHouseholdMutation, InviteHouseholdUserError};
pub(super) use invite_kin::{InviteKinMutation, InviteKinUserError};
pub(super) use invite_member::{InviteMemberMutation, InviteMemberUserError};
pub(super) use leave_household::{LeaveHouseholdMutation, LeaveHouseholdUserError};
pub(super) use me::AccountsQuery;
pub(super) use merge_households::{MergeHouseholdsMutation, MergeHouseholdsUserError};
pub(super) use merge_preview::MergePreviewQuery;
pub(super) use offer_ownership::{OfferOwnershipMutation, OfferOwnershipUserError};
pub(super) use offer_split::{OfferSplitMutation, OfferSplitUserError};
pub(super) use person::{MemberRole, Person};
pub(super) use previews::PreviewsQuery;
pub(super) use remove_member::{RemoveMemberMutation, RemoveMemberUserError};
pub(super) use request_sign_in_code::{RequestSignInCodeMutation, RequestSignInCodeUserError};
pub(super) use revoke_other_sessions::{RevokeOtherSessionsMutation, RevokeOtherSessionsUserError};
pub(super) use revoke_session::{RevokeSessionMutation, RevokeSessionUserError};
pub(super) use set_language::{SetLanguageMutation, SetLanguageUserError};
pub(super) use set_spend_right::{SetSpendRightMutation, SetSpendRightUserError};
pub(super) use sign_in::{SignInMutation, SignInUserError};
pub(super) use sign_in_with_assertion::{SignInWithAssertionMutation, SignInWithAssertionUserError};
pub(super) use sign_out::{SignOutMutation, SignOutUserError};
pub(super) use split_household::{SplitHouseholdMutation, SplitHouseholdUserError};
pub(super) use split_preview::SplitPreviewQuery;
pub(super) use undo_merge::{UndoMergeMutation, UndoMergeUserError};
pub(super) use undo_split::{UndoSplitMutation, UndoSplitUserError};
pub(super) use withdraw_invitation::{WithdrawInvitationMutation, WithdrawInvitationUserError};

/// Signing in and out.
#[derive(MergedObject, Default)]
pub(super) struct SignInMutations(
    RequestSignInCodeMutation,
    SignInMutation,
    SignInWithAssertionMutation,
    SignOutMutation,
    RevokeSessionMutation,
    RevokeOtherSessionsMutation,
    SetLanguageMutation,
);

/// Who belongs to a household, and what each may do in it.
#[derive(MergedObject, Default)]
pub(super) struct MembershipMutations(
    SetSpendRightMutation,
    AcceptInvitationMutation,
    DeclineInvitationMutation,
    WithdrawInvitationMutation,
    InviteMemberMutation,
    InviteKinMutation,
    EndKinLinkMutation,
    RemoveMemberMutation,
    LeaveHouseholdMutation,
);

/// What becomes of a household as a whole.
#[derive(MergedObject, Default)]
pub(super) struct HouseholdMutations(
    OfferOwnershipMutation,
    AcceptOwnershipMutation,
    InviteHouseholdMutation,
    MergeHouseholdsMutation,
    UndoMergeMutation,
    OfferSplitMutation,
    SplitHouseholdMutation,
    UndoSplitMutation,
);
