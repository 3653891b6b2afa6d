//! The operator's staff: who is signed in, and how.

mod member;
mod query;
mod staff_sign_in;
mod staff_sign_out;

pub(super) use member::{StaffMember, StaffRole};
pub(super) use query::StaffQuery;
pub(super) use staff_sign_in::{StaffSignInError, StaffSignInMutation};
pub(super) use staff_sign_out::{StaffSignOutError, StaffSignOutMutation};
