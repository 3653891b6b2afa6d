//! People, households and sessions.

mod household;
mod me;
mod person;
mod request_sign_in_code;
mod revoke_other_sessions;
mod revoke_session;
mod sessions;
mod sign_in;
mod sign_in_with_assertion;
mod sign_out;

pub(super) use household::Household;
pub(super) use me::AccountsQuery;
pub(super) use person::Person;
pub(super) use request_sign_in_code::{RequestSignInCodeError, RequestSignInCodeMutation};
pub(super) use revoke_other_sessions::{RevokeOtherSessionsError, RevokeOtherSessionsMutation};
pub(super) use revoke_session::{RevokeSessionError, RevokeSessionMutation};
pub(super) use sign_in::{SignInError, SignInMutation};
pub(super) use sign_in_with_assertion::{SignInWithAssertionError, SignInWithAssertionMutation};
pub(super) use sign_out::{SignOutError, SignOutMutation};
