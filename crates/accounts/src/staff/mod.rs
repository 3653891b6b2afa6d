//! Who works for the operator: what proves it, and what each may do.

mod approval;
mod authenticator;
mod member;
mod name;
mod password;
mod recovery_code;
mod role;
mod sealed_secret;
mod session;

pub use approval::{APPROVAL_LIFE, Approval, ApprovalState, DecideRefusal, Decision, MAX_PENDING_APPROVALS, Verdict};
pub use authenticator::Authenticator;
pub use member::{
    MAX_FAILED_STAFF_SIGN_INS, NewStaff, STAFF_LOCK_OUT, SecondFactor, Staff, StaffSignInRefusal, StaffView,
    TypedSecondFactor,
};
pub use name::StaffName;
pub use password::{Password, PasswordHash, PasswordRefusal};
pub use recovery_code::{RECOVERY_CODES, RecoveryCode, RecoveryCodeHash};
pub use role::{StaffRole, StaffRoles, UnknownStaffRole};
pub use sealed_secret::SealedSecret;
pub use session::{StaffSession, StaffSessionHolder, StaffToken};

#[cfg(test)]
mod tests;
