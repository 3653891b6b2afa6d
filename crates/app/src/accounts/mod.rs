//! Use-cases about people and sessions.

mod authenticate;
mod find_household;
mod find_household_by_ref;
mod find_person;
mod import_households;
mod request_sign_in_code;
mod send_sign_in_code;
mod sign_in;
mod sign_out;

pub use import_households::MAX_HOUSEHOLD_ROWS;
pub use request_sign_in_code::RequestSignInCode;
pub use send_sign_in_code::SEND_SIGN_IN_CODE;
pub use sign_in::{SignIn, SignInRefusal, SignedIn};

#[cfg(test)]
mod tests;
