use std::fmt;

use accounts::{
    Authenticator, Password, PasswordHash, SecondFactor, Staff, StaffName, StaffRoles, StaffSession, StaffToken,
    TypedSecondFactor, store,
};
use db::{AuditLine, Tx};
use kernel::{Actor, Fault, Id, Timestamp, kinds};

use crate::App;

/// Somebody of the staff typed a name, a password and a code.
#[derive(Clone)]
pub struct StaffSignIn {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The authenticator's six digits, or a recovery code.
    pub code: String,
}

impl fmt::Debug for StaffSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaffSignIn(…)")
    }
}

/// Somebody of the staff is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffSignedIn {
    /// What to show with every request from now on. Not kept here: whoever loses it signs in again.
    pub token: StaffToken,
    /// From this instant on it is worth nothing.
    pub expires_at: Timestamp,
    /// Who signed in.
    pub staff: Id<kinds::Staff>,
    /// With which roles.
    pub roles: StaffRoles,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StaffSignInRefused {
    /// The name, the password or the code, or too many tries, or closed: all one, so that guessing teaches nothing.
    #[error("the name, the password or the code is not right, or too many tries failed")]
    WrongCredentials,
}

/// What was typed, judged as far as it can be outside a transaction.
struct Judged {
    name: Option<StaffName>,
    /// Against which hash the password was judged; none when nobody has the name.
    password_hash: Option<PasswordHash>,
    is_password_right: bool,
    second: TypedSecondFactor,
}

impl App {
    /// Signs in somebody of the staff by password and a second factor.
    ///
    /// A name nobody has costs what a wrong password costs: one hash, one transaction, one audit line.
    ///
    /// # Errors
    /// [`StaffSignInRefused`]; a [`Fault`] of the database. After a fault the code may be used up: wait for the next.
    pub async fn staff_sign_in(
        &self,
        command: StaffSignIn,
    ) -> Result<Result<StaffSignedIn, StaffSignInRefused>, Fault> {
        let name = command.name.trim().parse::<StaffName>().ok();
        let password_hash = match &name {
            Some(name) => store::find_staff_password(&self.reader(), name).await?,
            None => None,
        };
        let (kept, password) = (password_hash.clone(), Password::parse(&command.password).ok());
        let is_password_right = self.hashing().run(move || Password::judge(password.as_ref(), kept.as_ref())).await?;
        let judged = Judged { name, password_hash, is_password_right, second: TypedSecondFactor::parse(&command.code) };

        db::retry_contention(|| self.try_staff_sign_in(&judged)).await
    }

    async fn try_staff_sign_in(&self, judged: &Judged) -> Result<Result<StaffSignedIn, StaffSignInRefused>, Fault> {
        let mut tx = self.begin(Actor::Anonymous).await?;
        let staff = match &judged.name {
            Some(name) => store::lock_staff_by_name(&mut tx, name).await?,
            None => None,
        };
        let Some(staff) = staff else {
            note_refusal(&mut tx, None, "nobody has the name");
            tx.commit().await?;
            return Ok(Err(StaffSignInRefused::WrongCredentials));
        };
        let id = staff.id;
        let second = self.second_factor(&mut tx, &staff, &judged.second).await?;

        // The password was judged outside: it counts only if it is still the one that is kept.
        let is_same = judged.password_hash.as_ref() == Some(staff.password_hash());
        let (staff, answer) = staff.attempt(judged.is_password_right && is_same, second, tx.now());

        store::update_staff(&mut tx, &staff).await?;
        let answer = match answer {
            Ok(()) => {
                self.use_up(&mut tx, id, &judged.second).await?;
                Ok(self.open_staff_session(&mut tx, &staff).await?)
            }
            Err(refusal) => {
                note_refusal(&mut tx, Some(id), &refusal.to_string());
                Err(StaffSignInRefused::WrongCredentials)
            }
        };

        // A refusal is committed too: the try it counted is what ends guessing.
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn second_factor(
        &self,
        tx: &mut Tx,
        staff: &Staff,
        typed: &TypedSecondFactor,
    ) -> Result<SecondFactor, Fault> {
        let secret = self.secret().bytes();
        match typed {
            TypedSecondFactor::Recovery(code) => {
                let is_unused = store::lock_recovery_code(tx, staff.id, &code.hash(secret, staff.id)).await?;
                Ok(if is_unused { SecondFactor::RecoveryCode } else { SecondFactor::Wrong })
            }
            TypedSecondFactor::Code(digits) => {
                let phone = Authenticator::open(staff.totp_secret(), secret, staff.id)
                    .ok_or_else(|| Fault::inconsistent("open the authenticator's secret with this deployment's"))?;
                Ok(phone.step_of(digits, tx.now()).map_or(SecondFactor::Wrong, SecondFactor::Step))
            }
        }
    }

    pub(super) async fn use_up(
        &self,
        tx: &mut Tx,
        id: Id<kinds::Staff>,
        typed: &TypedSecondFactor,
    ) -> Result<(), Fault> {
        let TypedSecondFactor::Recovery(code) = typed else { return Ok(()) };
        let hash = code.hash(self.secret().bytes(), id);
        let was_unused = store::update_recovery_code_used(tx, id, &hash).await?;
        was_unused.then_some(()).ok_or_else(|| Fault::inconsistent("use up a recovery code that is held and unused"))
    }

    async fn open_staff_session(&self, tx: &mut Tx, staff: &Staff) -> Result<StaffSignedIn, Fault> {
        let token = StaffToken::from_random(self.random());
        let session = StaffSession::new(tx.new_id(), staff.id, tx.now(), self.settings().staff_session_hours);
        store::insert_staff_session(tx, &session, &token.hash()).await?;
        tx.audit_of(
            Actor::Staff(staff.id),
            AuditLine {
                action: "staff_sign_in",
                household: None,
                subject: session.id.to_string(),
                detail: String::new(),
            },
        );
        Ok(StaffSignedIn { token, expires_at: session.expires_at, staff: staff.id, roles: staff.roles })
    }
}

fn note_refusal(tx: &mut Tx, staff: Option<Id<kinds::Staff>>, why: &str) {
    tx.audit(AuditLine {
        action: "staff_sign_in",
        household: None,
        subject: staff.map_or_else(|| "nobody".to_owned(), |staff| staff.to_string()),
        detail: format!("refused: {why}"),
    });
}
