use accounts::{Approval, Authenticator, PasswordHash, RecoveryCode, SealedSecret, Staff, StaffName, StaffRole, store};
use db::{AuditLine, Tx, idempotency::Known};
use kernel::{Fault, Id, IdempotencyKey, Label, kinds};

use super::NotAllowed;
use crate::{
    App, StaffPrincipal,
    approvals::{Act, ActKey, TooManyPending},
};

/// The use-case, as idempotency keys and the audit log have it.
const OPERATION: &str = "change_staff_access";

/// How many codes whoever lost their second factor is let in by: one to sign in, one to replace the authenticator.
const RESET_CODES: usize = 2;

/// What becomes of somebody's way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessChange {
    /// The authenticator and the recovery codes are worthless; two new codes let them in with their password.
    ResetSecondFactor,
    /// They have no access any more. What they did stays with their name.
    Close,
    /// Closed, and what is kept about the person goes: the name, the password, the authenticator. What they did stays with their id.
    Erase,
}

impl AccessChange {
    /// The word as kept: `reset_second_factor`, `close`, `erase`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ResetSecondFactor => "reset_second_factor",
            Self::Close => "close",
            Self::Erase => "erase",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::ResetSecondFactor, Self::Close, Self::Erase].into_iter().find(|change| change.word() == word)
    }
}

/// An admin wants to change how one of the staff gets in, or whether at all; a second admin decides.
#[derive(Debug, Clone)]
pub struct ChangeStaffAccess {
    /// Who.
    pub staff: Id<kinds::Staff>,
    /// What becomes of it.
    pub change: AccessChange,
    /// Why.
    pub reason: Label,
    /// The key of this very act.
    pub idempotency_key: IdempotencyKey,
}

/// A change of somebody's access waits for a second admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffAccessProposed {
    /// What waits.
    pub approval: Approval,
    /// Whether this is the answer of an earlier act under the same key.
    pub is_replay: bool,
}

/// Why nobody's access changes. Nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeStaffAccessRefusal {
    /// Only admins say who gets in.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Nobody of the staff has that id, or they are closed; or erased, where it is about erasing.
    #[error("there is no such staff member")]
    NoSuchStaff,
    /// Nobody decides about themselves, and nobody need propose it.
    #[error("nobody changes their own access")]
    AboutYourself,
    /// The key was used for something else.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// Too many acts of theirs wait.
    #[error(transparent)]
    TooManyPending(#[from] TooManyPending),
}

impl App {
    /// Proposes to change somebody's access. The last admins are safe: whoever proposes and whoever decides are admins when it is done, and
    /// it is about neither.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn change_staff_access(
        &self,
        principal: &StaffPrincipal,
        change: &ChangeStaffAccess,
    ) -> Result<Result<StaffAccessProposed, ChangeStaffAccessRefusal>, Fault> {
        db::retry_contention(|| self.try_change_staff_access(principal, change)).await
    }

    async fn try_change_staff_access(
        &self,
        principal: &StaffPrincipal,
        change: &ChangeStaffAccess,
    ) -> Result<Result<StaffAccessProposed, ChangeStaffAccessRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        // Both at once, by id: two admins who mean each other must not wait for each other.
        let held = store::lock_staff(&mut tx, &[principal.staff, change.staff]).await?;
        let input = [change.staff.to_string(), change.change.word().to_owned(), change.reason.to_string()];
        let input: Vec<&str> = input.iter().map(String::as_str).collect();
        let key = ActKey::new(principal, OPERATION, &change.idempotency_key, &input);

        let find = |id| held.iter().find(|staff| staff.id == id);
        let Some(admin) = find(principal.staff).filter(|staff| staff.may(&[StaffRole::Admin])) else {
            return Ok(Err(NotAllowed.into()));
        };
        match key.find(&mut tx).await? {
            Some(Known::SameInput(answer)) => {
                let id = answer.parse().map_err(|_| Fault::inconsistent("read the answer of a change of access"))?;
                let approval = store::lock_approval(&mut tx, id).await?;
                let approval = approval.ok_or_else(|| Fault::inconsistent("find an approval that was proposed"))?;
                return Ok(Ok(StaffAccessProposed { approval, is_replay: true }));
            }
            Some(Known::OtherInput) => return Ok(Err(ChangeStaffAccessRefusal::IdempotencyKeyReused)),
            None => {}
        }
        if change.staff == principal.staff {
            return Ok(Err(ChangeStaffAccessRefusal::AboutYourself));
        }
        if let Err(refusal) = judge(find(change.staff), change.change) {
            return Ok(Err(refusal));
        }

        let act = Act::ChangeStaffAccess { staff: change.staff, change: change.change };
        let approval = match self.propose_in(&mut tx, act, &change.reason, admin).await? {
            Ok(approval) => approval,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        key.keep(&mut tx, approval.id.to_string()).await?;

        tx.commit().await?;
        Ok(Ok(StaffAccessProposed { approval, is_replay: false }))
    }

    /// Changes the access of one of the staff, who is held: every session of theirs ends. The codes that let them in where their second
    /// factor was reset: they are kept as hashes only, and shown once.
    pub(crate) async fn change_staff_access_in(
        &self,
        tx: &mut Tx,
        staff: Option<&Staff>,
        change: AccessChange,
        reason: &Label,
    ) -> Result<Result<(Id<kinds::Staff>, Vec<RecoveryCode>), ChangeStaffAccessRefusal>, Fault> {
        let mut staff = match judge(staff, change) {
            Ok(staff) => staff.clone(),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (id, now) = (staff.id, tx.now());
        let (secret, nonce): (_, [u8; SealedSecret::NONCE_BYTES]) = (self.secret().bytes(), self.random());
        // Drawn, sealed and shown to nobody.
        let nobodys = Authenticator::from_random(self.random()).seal(secret, id, nonce);
        let count = if change == AccessChange::ResetSecondFactor { RESET_CODES } else { 0 };
        let codes: Vec<RecoveryCode> = (0..count).map(|_| RecoveryCode::from_random(self.random())).collect();

        let hashes: Vec<_> = codes.iter().map(|code| code.hash(secret, id)).collect();
        match change {
            AccessChange::ResetSecondFactor => {
                let staff = staff.with_authenticator(nobodys).let_in();
                store::update_staff(tx, &staff).await?;
                store::update_staff_authenticator(tx, &staff, &hashes).await?;
            }
            AccessChange::Close => {
                staff.closed_at = Some(now);
                store::update_staff(tx, &staff).await?;
            }
            AccessChange::Erase => {
                staff.closed_at = staff.closed_at.or(Some(now));
                staff.name = StaffName::erased(id);
                let erased = staff.with_password(PasswordHash::of_nobody()).with_authenticator(nobodys);
                store::update_staff(tx, &erased).await?;
                store::update_staff_password(tx, &erased).await?;
                store::update_staff_authenticator(tx, &erased, &hashes).await?;
                store::update_staff_name(tx, &erased).await?;
            }
        }
        let ended = store::update_staff_sessions_revoked(tx, id).await?;
        tx.audit(AuditLine {
            action: OPERATION,
            household: None,
            subject: id.to_string(),
            detail: format!("{}, {ended} sessions ended: {reason}", change.word()),
        });
        Ok(Ok((id, codes)))
    }
}

fn judge(staff: Option<&Staff>, change: AccessChange) -> Result<&Staff, ChangeStaffAccessRefusal> {
    let can_be_done = |staff: &&Staff| match change {
        AccessChange::ResetSecondFactor | AccessChange::Close => staff.closed_at.is_none(),
        AccessChange::Erase => staff.name != StaffName::erased(staff.id),
    };
    staff.filter(can_be_done).ok_or(ChangeStaffAccessRefusal::NoSuchStaff)
}
