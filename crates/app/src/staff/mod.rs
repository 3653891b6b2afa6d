//! Use-cases about the operator's staff, and what lets the other use-cases trust them.

mod authenticate_staff;
mod authority;
mod change_staff_access;
mod change_staff_password;
mod change_staff_roles;
mod close_staff;
mod create_staff;
mod hashing;
mod list_staff;
mod replace_authenticator;
mod staff_sign_in;
mod staff_sign_out;

pub use authority::NotAllowed;
pub use change_staff_access::{AccessChange, ChangeStaffAccess, ChangeStaffAccessRefusal, StaffAccessProposed};
pub use change_staff_password::{ChangeStaffPassword, WrongStaffCredentials};
pub use change_staff_roles::{ChangeStaffRoles, ChangeStaffRolesRefusal, StaffRolesProposed};
pub use close_staff::CloseStaffRefusal;
pub use create_staff::{CreateStaff, CreateStaffRefusal, StaffCreated};
pub(crate) use hashing::Hashing;
pub use replace_authenticator::{AuthenticatorReplaced, ReplaceAuthenticator};
pub use staff_sign_in::{StaffSignIn, StaffSignInRefused, StaffSignedIn};

#[cfg(test)]
mod tests;
