//! People, households and sessions.

mod household;
mod me;
mod person;
mod request_sign_in_code;
mod sign_in;
mod sign_out;

pub(super) use household::Household;
pub(super) use me::AccountsQuery;
pub(super) use person::Person;
pub(super) use request_sign_in_code::{RequestSignInCodeError, RequestSignInCodeMutation};
pub(super) use sign_in::{SignInError, SignInMutation};
pub(super) use sign_out::{SignOutError, SignOutMutation};
