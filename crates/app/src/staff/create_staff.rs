use std::fmt;

use accounts::{
    Authenticator, NewStaff, Password, PasswordHash, RECOVERY_CODES, RecoveryCode, SealedSecret, StaffName, StaffRoles,
    store,
};
use db::AuditLine;
use kernel::{Actor, Fault, Id, kinds};

use crate::App;

/// The operator takes somebody into the staff.
#[derive(Debug, Clone)]
pub struct CreateStaff {
    /// The name to sign in with.
    pub name: StaffName,
    /// What they may do.
    pub roles: StaffRoles,
    /// The password they chose.
    pub password: Password,
}

/// Somebody is of the staff now. What is secret here is shown once and kept nowhere in the clear.
#[derive(Clone)]
pub struct StaffCreated {
    /// The id.
    pub staff: Id<kinds::Staff>,
    /// What an authenticator app reads.
    pub authenticator_url: String,
    /// What stands for the authenticator when the phone is lost, each once.
    pub recovery_codes: Vec<RecoveryCode>,
}

impl fmt::Debug for StaffCreated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaffCreated({}, …)", self.staff)
    }
}

/// Why nobody is taken into the staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CreateStaffRefusal {
    /// Somebody has the name, or had it: names are not given twice, or the audit log would mean two people by one.
    #[error("somebody of the staff has or had that name")]
    NameTaken,
}

impl App {
    /// Takes somebody into the staff: the first admin, and whoever comes later. Only from the operator's shell.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn create_staff(&self, create: &CreateStaff) -> Result<Result<StaffCreated, CreateStaffRefusal>, Fault> {
        let (password, salt) = (create.password.clone(), self.random());
        let password_hash = self.hashing().run(move || password.hash(salt)).await?;

        db::retry_contention(|| self.try_create_staff(create, &password_hash)).await
    }

    async fn try_create_staff(
        &self,
        create: &CreateStaff,
        password_hash: &PasswordHash,
    ) -> Result<Result<StaffCreated, CreateStaffRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let known = store::lock_staff_by_name(&mut tx, &create.name).await?;

        if known.is_some() {
            tx.rollback().await?;
            return Ok(Err(CreateStaffRefusal::NameTaken));
        }
        let id = tx.new_id();
        let phone = Authenticator::from_random(self.random());
        let recovery_codes: Vec<RecoveryCode> =
            (0..RECOVERY_CODES).map(|_| RecoveryCode::from_random(self.random())).collect();
        let secret = self.secret().bytes();
        let nonce: [u8; SealedSecret::NONCE_BYTES] = self.random();
        let new = NewStaff {
            id,
            name: create.name.clone(),
            roles: create.roles,
            password_hash: password_hash.clone(),
            totp_secret: phone.seal(secret, id, nonce),
            recovery_codes: recovery_codes.iter().map(|code| code.hash(secret, id)).collect(),
        };

        store::insert_staff(&mut tx, &new).await?;
        tx.audit(AuditLine {
            action: "create_staff",
            household: None,
            subject: id.to_string(),
            detail: format!("roles {}", create.roles),
        });

        tx.commit().await?;
        Ok(Ok(StaffCreated { staff: id, authenticator_url: phone.url(&create.name), recovery_codes }))
    }

    /// Fresh bytes fit for a secret.
    pub(super) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.db().ids().fill(&mut bytes);
        bytes
    }
}
