use std::fmt;

use accounts::{Authenticator, Password, PasswordHash, RECOVERY_CODES, RecoveryCode, TypedSecondFactor, store};
use db::{AuditLine, Tx};
use kernel::{Fault, Id, kinds};

use super::WrongStaffCredentials;
use crate::{App, StaffPrincipal};

/// One of the staff has another phone.
#[derive(Clone)]
pub struct ReplaceAuthenticator {
    /// The password they have, as typed.
    pub password: String,
    /// The authenticator's six digits, or a recovery code: the lost phone's place.
    pub code: String,
}

impl fmt::Debug for ReplaceAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplaceAuthenticator(…)")
    }
}

/// A new authenticator and new recovery codes, shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticatorReplaced {
    /// What the authenticator app reads.
    pub authenticator_url: String,
    /// Each good once when the phone is lost. Those from before are worth nothing.
    pub recovery_codes: Vec<RecoveryCode>,
}

impl fmt::Debug for AuthenticatorReplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthenticatorReplaced(…)")
    }
}

/// What was typed, judged as far as it can be outside a transaction.
struct Judged {
    /// Against which hash the password was judged.
    password: Option<PasswordHash>,
    is_password_right: bool,
    second: TypedSecondFactor,
}

impl App {
    /// Gives one of the staff a new authenticator and new recovery codes, for their password and what they have left of the old ones.
    /// Every session of theirs ends, also the one that asks.
    ///
    /// # Errors
    /// [`WrongStaffCredentials`]; a [`Fault`] of the database. After a fault the code may be used up: an admin helps when it was the last.
    pub async fn replace_authenticator(
        &self,
        principal: &StaffPrincipal,
        replace: ReplaceAuthenticator,
    ) -> Result<Result<AuthenticatorReplaced, WrongStaffCredentials>, Fault> {
        let Some(view) = store::find_staff(&self.reader(), principal.staff).await? else {
            return Ok(Err(WrongStaffCredentials));
        };
        let kept = store::find_staff_password(&self.reader(), &view.name).await?;
        let (against, typed) = (kept.clone(), Password::parse(&replace.password).ok());
        let judged = self.hashing().run(move || Password::judge(typed.as_ref(), against.as_ref()));
        let is_password_right = judged.await?;
        let judged = Judged { password: kept, is_password_right, second: TypedSecondFactor::parse(&replace.code) };

        db::retry_contention(|| self.try_replace_authenticator(principal, &judged)).await
    }

    async fn try_replace_authenticator(
        &self,
        principal: &StaffPrincipal,
        judged: &Judged,
    ) -> Result<Result<AuthenticatorReplaced, WrongStaffCredentials>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let Some(staff) = store::lock_staff(&mut tx, &[principal.staff]).await?.pop() else {
            return Ok(Err(WrongStaffCredentials));
        };
        let second = self.second_factor(&mut tx, &staff, &judged.second).await?;

        // The password was judged outside: it counts only if it is still the one that is kept.
        let is_same = judged.password.as_ref() == Some(staff.password_hash());
        let (staff, answer) = staff.attempt(judged.is_password_right && is_same, second, tx.now());

        let answer = match answer {
            Ok(()) => {
                let (id, secret) = (staff.id, self.secret().bytes());
                let phone = Authenticator::from_random(self.random());
                let recovery_codes: Vec<RecoveryCode> =
                    (0..RECOVERY_CODES).map(|_| RecoveryCode::from_random(self.random())).collect();
                let hashes: Vec<_> = recovery_codes.iter().map(|code| code.hash(secret, id)).collect();
                let authenticator_url = phone.url(&staff.name);
                let staff = staff.with_authenticator(phone.seal(secret, id, self.random()));
                store::update_staff(&mut tx, &staff).await?;
                store::update_staff_authenticator(&mut tx, &staff, &hashes).await?;
                let ended = store::update_staff_sessions_revoked(&mut tx, id).await?;
                note(&mut tx, id, format!("{ended} sessions ended"));
                Ok(AuthenticatorReplaced { authenticator_url, recovery_codes })
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
    tx.audit(AuditLine { action: "replace_authenticator", household: None, subject: staff.to_string(), detail });
}
