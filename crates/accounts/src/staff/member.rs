use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};

use super::{PasswordHash, RecoveryCode, RecoveryCodeHash, SealedSecret, StaffName, StaffRole, StaffRoles};

/// After this many failed sign-ins one after another nobody signs in by that name for [`STAFF_LOCK_OUT`].
pub const MAX_FAILED_STAFF_SIGN_INS: i64 = 5;

/// How long a name is locked out: with five tries each, twenty guesses an hour.
pub const STAFF_LOCK_OUT: TimeDelta = TimeDelta::minutes(15);

/// Somebody who works for the operator, locked to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// The id.
    pub id: Id<kinds::Staff>,
    /// The name to sign in with.
    pub name: StaffName,
    /// What they may do, as long as they are not closed: ask [`Staff::may`].
    pub roles: StaffRoles,
    /// Since when they have no access any more.
    pub closed_at: Option<Timestamp>,
    pub(crate) password_hash: PasswordHash,
    pub(crate) totp_secret: SealedSecret,
    pub(crate) last_totp_step: i64,
    pub(crate) failed_attempts: i64,
    pub(crate) locked_until: Option<Timestamp>,
}

/// Somebody to be made one of the staff.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// The id.
    pub id: Id<kinds::Staff>,
    /// The name to sign in with.
    pub name: StaffName,
    /// What they may do.
    pub roles: StaffRoles,
    /// The password, hashed.
    pub password_hash: PasswordHash,
    /// The authenticator's secret, sealed.
    pub totp_secret: SealedSecret,
    /// The recovery codes, hashed.
    pub recovery_codes: Vec<RecoveryCodeHash>,
}

/// One of the staff as the others see them: nothing that proves who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffView {
    /// The id.
    pub id: Id<kinds::Staff>,
    /// The name they sign in with.
    pub name: StaffName,
    /// What they may do, or might before they were closed.
    pub roles: StaffRoles,
    /// Since when they are of the staff.
    pub created_at: Timestamp,
    /// Until when nobody signs in by that name, after failed tries.
    pub locked_until: Option<Timestamp>,
    /// Since when they have no access any more.
    pub closed_at: Option<Timestamp>,
}

/// What was typed beside the password, told apart by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedSecondFactor {
    /// A recovery code.
    Recovery(RecoveryCode),
    /// Anything else: a code of the authenticator, or nonsense.
    Code(String),
}

impl TypedSecondFactor {
    /// Tells it by its form.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        RecoveryCode::parse(text).map_or_else(|| Self::Code(text.trim().to_owned()), Self::Recovery)
    }
}

/// What the second factor turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// The authenticator's code of this step.
    Step(i64),
    /// A recovery code that was not used yet.
    RecoveryCode,
    /// Neither.
    Wrong,
}

/// Why nobody was signed in. For tests and the audit log; whoever tried hears only that it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StaffSignInRefusal {
    /// They work here no more.
    #[error("the staff member is closed")]
    Closed,
    /// Too many tries failed, and [`STAFF_LOCK_OUT`] is not over.
    #[error("the staff member is locked out")]
    LockedOut,
    /// The password is wrong.
    #[error("the password is wrong")]
    WrongPassword,
    /// The code is wrong, or was used before.
    #[error("the code is wrong")]
    WrongCode,
}

impl Staff {
    /// Whether they may do what one of these roles may: not closed, and with the role now.
    #[must_use]
    pub fn may(&self, roles: &[StaffRole]) -> bool {
        self.closed_at.is_none() && self.roles.has_any(roles)
    }

    /// What is kept of the password, to see whether the one that was judged is still it.
    #[must_use]
    pub const fn password_hash(&self) -> &PasswordHash {
        &self.password_hash
    }

    /// Them with another password.
    #[must_use]
    pub fn with_password(self, password_hash: PasswordHash) -> Self {
        Self { password_hash, ..self }
    }

    /// Them with another authenticator, none of whose codes was used yet.
    #[must_use]
    pub fn with_authenticator(self, totp_secret: SealedSecret) -> Self {
        Self { totp_secret, last_totp_step: 0, ..self }
    }

    /// The authenticator's secret, sealed.
    #[must_use]
    pub const fn totp_secret(&self) -> &SealedSecret {
        &self.totp_secret
    }

    /// Judges a try to sign in. Returns them as they now stand, which must be kept whatever the answer is: a refusal that left
    /// no trace could be had a million times. While locked out no try counts, or guessing on would lock the right one out for ever.
    #[must_use = "a refused try counts only once the staff member is kept"]
    pub fn attempt(
        mut self,
        is_password_right: bool,
        second: SecondFactor,
        now: Timestamp,
    ) -> (Self, Result<(), StaffSignInRefusal>) {
        if self.closed_at.is_some() {
            return (self, Err(StaffSignInRefusal::Closed));
        }
        if self.locked_until.is_some_and(|until| now < until) {
            return (self, Err(StaffSignInRefusal::LockedOut));
        }
        let refusal = match (is_password_right, second) {
            (false, SecondFactor::Step(_) | SecondFactor::RecoveryCode | SecondFactor::Wrong) => {
                StaffSignInRefusal::WrongPassword
            }
            (true, SecondFactor::Step(step)) if step > self.last_totp_step => {
                self.last_totp_step = step;
                return (self.let_in(), Ok(()));
            }
            (true, SecondFactor::RecoveryCode) => return (self.let_in(), Ok(())),
            (true, SecondFactor::Step(_) | SecondFactor::Wrong) => StaffSignInRefusal::WrongCode,
        };
        self.failed_attempts += 1;
        if self.failed_attempts >= MAX_FAILED_STAFF_SIGN_INS {
            self.failed_attempts = 0;
            self.locked_until = Some(now + STAFF_LOCK_OUT);
        }
        (self, Err(refusal))
    }

    /// Them as after a good sign-in: no try counts any more, and nobody is locked out.
    #[must_use]
    pub fn let_in(self) -> Self {
        Self { failed_attempts: 0, locked_until: None, ..self }
    }
}
