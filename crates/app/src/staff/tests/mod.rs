mod sign_in;

use accounts::{Authenticator, Password, StaffRoles};
use kernel::Clock;
use mail::Mailer;
use testkit::{Engine, Fixture, TestDb};

use super::{CreateStaff, StaffCreated, StaffSignIn, StaffSignInRefused, StaffSignedIn};
use crate::{App, Secret, Settings, StaffPrincipal};

const PASSWORD: &str = "correct horse battery";

/// The use-cases on a fresh database.
struct World {
    db: TestDb,
    app: App,
}

impl Fixture for World {
    async fn on(engine: Engine) -> Self {
        let db = TestDb::new(engine).await;
        let secret = Secret::new(vec![7; Secret::MIN_BYTES]).unwrap();
        let mailer = Mailer::capture("hearth@operator.example".parse().unwrap());
        let app = App::new(db.db().clone(), Settings::default(), secret, mailer);
        Self { db, app }
    }
}

/// Somebody of the staff with their phone and their paper of recovery codes.
struct Hired {
    created: StaffCreated,
    phone: Authenticator,
    name: &'static str,
}

impl World {
    async fn hire(&self, name: &'static str, roles: &str) -> Hired {
        let create = CreateStaff {
            name: name.parse().unwrap(),
            roles: roles.parse::<StaffRoles>().unwrap(),
            password: Password::parse(PASSWORD).unwrap(),
        };
        let created = self.app.create_staff(&create).await.unwrap().unwrap();
        let phone = Authenticator::from_url(&created.authenticator_url).unwrap();
        Hired { created, phone, name }
    }

    /// What the phone shows now.
    fn code(&self, hired: &Hired) -> String {
        hired.phone.code_at(self.db.clock().now())
    }

    async fn try_sign_in(&self, name: &str, password: &str, code: &str) -> Result<StaffSignedIn, StaffSignInRefused> {
        let command = StaffSignIn { name: name.to_owned(), password: password.to_owned(), code: code.to_owned() };
        self.app.staff_sign_in(command).await.unwrap()
    }

    async fn sign_in(&self, hired: &Hired) -> (String, StaffPrincipal) {
        let signed_in = self.try_sign_in(hired.name, PASSWORD, &self.code(hired)).await.unwrap();
        let token = signed_in.token.to_text();
        let principal = self.app.authenticate_staff(&token).await.unwrap().unwrap();
        (token, principal)
    }
}
