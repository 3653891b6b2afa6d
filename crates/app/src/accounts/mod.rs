//! Use-cases about people and sessions.

mod accept_invitation;
mod answer_invitation;
mod authenticate;
mod change_version;
mod find_household;
mod find_household_by_ref;
mod find_person;
mod hand_over;
mod import_households;
mod invite;
mod kin;
mod leave_household;
mod list_sessions;
mod mail_invitation;
mod preview_death;
mod record_death;
mod record_member_joined;
mod remove_member;
mod request_sign_in_code;
mod revoke_other_sessions;
mod revoke_session;
mod send_sign_in_code;
mod set_spend_right;
mod sign_in;
mod sign_in_with_assertion;
mod sign_out;

pub use accept_invitation::{AcceptInvitationRefusal, InvitationAccepted};
pub use answer_invitation::{InvitationSeen, NoSuchInvitation};
pub use change_version::ChangeVersion;
pub use hand_over::{AcceptOwnershipRefusal, OfferOwnershipRefusal, OwnershipPreview};
pub use import_households::MAX_HOUSEHOLD_ROWS;
pub use invite::{Invite, KinSide};
pub(crate) use leave_household::read_left;
pub use leave_household::{HouseholdLeft, LeavePreview, LeaveRefusal};
pub use list_sessions::MAX_SESSIONS_LISTED;
pub(crate) use mail_invitation::MAIL_INVITATION;
pub use preview_death::{DeathPreview, HouseholdOfDead, NoDeath};
pub use record_death::{Death, DeathProposed, RecordDeath, RecordDeathRefusal};
pub use remove_member::{RemoveMember, RemoveMemberRefusal};
pub use request_sign_in_code::RequestSignInCode;
pub use revoke_other_sessions::NotSignedIn;
pub use revoke_session::RevokeSessionRefusal;
pub use send_sign_in_code::SEND_SIGN_IN_CODE;
pub use set_spend_right::{SetSpendRight, SetSpendRightRefusal};
pub use sign_in::{SignIn, SignInRefusal, SignedIn};
pub use sign_in_with_assertion::{SignInWithAssertion, SignInWithAssertionRefusal};

#[cfg(test)]
mod tests;
