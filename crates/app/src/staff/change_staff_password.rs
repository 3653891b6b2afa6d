use std::fmt;

use accounts::{Password, PasswordHash, TypedSecondFactor, store};
use db::{AuditLine, Tx};
use kernel::{Fault, Id, kinds};

use crate::{App, StaffPrincipal};

/// One of the staff wants another password.
#[derive(Clone)]
pub struct ChangeStaffPassword {
    /// The password they have, as typed.
    pub current: String,
    /// The authenticator's six digits, or a recovery code.
    pub code: String,
    /// The password they want.
    pub new: Password,
}

impl fmt::Debug for ChangeStaffPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangeStaffPassword(…)")
    }
}

/// The password or the code is not right, or too many tries failed: all one, and it counts as a try to sign in, so that a stolen
/// session is no better place to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password or the code is not right, or too many tries failed")]
pub struct WrongStaffCredentials;

/// What was typed, judged as far as it can be outside a transaction, and what shall be kept.
struct Judged {
    /// Against which hash the password was judged.
    current: Option<PasswordHash>,
    is_current_right: bool,
    second: TypedSecondFactor,
    new: PasswordHash,
}

impl App {
    /// Gives one of the staff another password, for the one they have and a second factor. Every session of theirs ends, also the one
    /// that asks: whoever stole one is out.
    ///
    /// # Errors
    /// [`WrongStaffCredentials`]; a [`Fault`] of the database. After a fault the code may be used up: wait for the next.
    pub async fn change_staff_password(
        &self,
        principal: &StaffPrincipal,
        change: ChangeStaffPassword,
    ) -> Result<Result<(), WrongStaffCredentials>, Fault> {
        let Some(view) = store::find_staff(&self.reader(), principal.staff).await? else {
            return Ok(Err(WrongStaffCredentials));
        };
        let kept = store::find_staff_password(&self.reader(), &view.name).await?;
        let (against, typed) = (kept.clone(), Password::parse(&change.current).ok());
        let (new, salt) = (change.new, self.random());
        let hashed = self.hashing().run(move || {
            let is_current_right = Password::judge(typed.as_ref(), against.as_ref());
            (is_current_right, new.hash(salt))
        });
        let (is_current_right, new) = hashed.await?;
        let judged = Judged { current: kept, is_current_right, second: TypedSecondFactor::parse(&change.code), new };

        db::retry_contention(|| self.try_change_staff_password(principal, &judged)).await
    }

    async fn try_change_staff_password(
        &self,
        principal: &StaffPrincipal,
        judged: &Judged,
    ) -> Result<Result<(), WrongStaffCredentials>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let Some(staff) = store::lock_staff(&mut tx, &[principal.staff]).await?.pop() else {
            return Ok(Err(WrongStaffCredentials));
        };
        let second = self.second_factor(&mut tx, &staff, &judged.second).await?;

        // The password was judged outside: it counts only if it is still the one that is kept.
        let is_same = judged.current.as_ref() == Some(staff.password_hash());
        let (staff, answer) = staff.attempt(judged.is_current_right && is_same, second, tx.now());

        let answer = match answer {
            Ok(()) => {
                let changed = staff.with_password(judged.new.clone());
                store::update_staff(&mut tx, &changed).await?;
                store::update_staff_password(&mut tx, &changed).await?;
                self.use_up(&mut tx, changed.id, &judged.second).await?;
                let ended = store::update_staff_sessions_revoked(&mut tx, changed.id).await?;
                note(&mut tx, changed.id, format!("{ended} sessions ended"));
                Ok(())
            }
            Err(refusal) => {
                store::update_staff(&mut tx, &staff).await?;
                note(&mut tx, staff.id, format!("refused: {refusal}"));
                Err(WrongStaffCredentials)
            }
        };

        // A refusal is committed too: the try it counted is what ends guessing.
        tx.commit().await?;
        Ok(answer)
    }
}

fn note(tx: &mut Tx, staff: Id<kinds::Staff>, detail: String) {
    tx.audit(AuditLine { action: "change_staff_password", household: None, subject: staff.to_string(), detail });
}
