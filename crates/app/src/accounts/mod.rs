//! Use-cases about people and sessions.

mod authenticate;
mod find_household;
mod find_household_by_ref;
mod find_person;
mod import_households;
mod list_sessions;
mod record_member_joined;
mod request_sign_in_code;
mod revoke_other_sessions;
mod revoke_session;
mod send_sign_in_code;
mod sign_in;
mod sign_in_with_assertion;
mod sign_out;

pub use import_households::MAX_HOUSEHOLD_ROWS;
pub use list_sessions::MAX_SESSIONS_LISTED;
pub use request_sign_in_code::RequestSignInCode;
pub use revoke_other_sessions::NotSignedIn;
pub use revoke_session::RevokeSessionRefusal;
pub use send_sign_in_code::SEND_SIGN_IN_CODE;
pub use sign_in::{SignIn, SignInRefusal, SignedIn};
pub use sign_in_with_assertion::{SignInWithAssertion, SignInWithAssertionRefusal};

#[cfg(test)]
mod tests;
