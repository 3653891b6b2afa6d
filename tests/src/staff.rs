//! People of the operator's staff for tests, with their phones.

use accounts::{Authenticator, Password, RecoveryCode, StaffRoles};
use app::{
    App, StaffPrincipal,
    staff::{CreateStaff, StaffSignIn},
};

use kernel::{Id, kinds};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody of the staff, with their phone and their recovery codes.
#[derive(Debug, Clone)]
pub(crate) struct Hired {
    pub(crate) id: Id<kinds::Staff>,
    pub(crate) name: String,
    pub(crate) phone: Authenticator,
    recovery_codes: Vec<RecoveryCode>,
}

/// Takes somebody into the staff, as `hearth staff create` does.
pub(crate) async fn hire(app: &App, name: &str, roles: StaffRoles) -> Hired {
    let password = Password::parse(PASSWORD).unwrap();
    let created = app.create_staff(&CreateStaff { name: name.parse().unwrap(), roles, password }).await.unwrap();
    let created = created.unwrap();
    let phone = Authenticator::from_url(&created.authenticator_url).unwrap();
    Hired { id: created.staff, name: name.to_owned(), phone, recovery_codes: created.recovery_codes }
}

impl Hired {
    /// What their phone shows now.
    pub(crate) fn code(&self, app: &App) -> String {
        self.phone.code_at(app.db().clock().now())
    }

    /// A token of theirs. Signs in by the next recovery code, so that no clock must be moved for a second one.
    pub(crate) async fn sign_in(&mut self, app: &App) -> String {
        let code = self.recovery_codes.pop().expect("a recovery code is left").to_text();
        let (name, password) = (self.name.clone(), PASSWORD.to_owned());
        let signed_in = app.staff_sign_in(StaffSignIn { name, password, code }).await.unwrap().unwrap();
        signed_in.token.to_text()
    }

    /// Them, signed in.
    pub(crate) async fn principal(&mut self, app: &App) -> StaffPrincipal {
        let token = self.sign_in(app).await;
        app.authenticate_staff(&token).await.unwrap().unwrap()
    }
}
