mod import_households;
mod people;
mod sign_in;

use accounts::{HouseholdRow, Kin, Relation, Role};
use db::outbox;
use kernel::{EmailAddress, Locale};
use mail::{Mailer, Message};
use testkit::{Engine, Fixture, TestDb};

use super::{RequestSignInCode, SignIn, SignedIn};
use crate::{App, ImportMode, Principal, Secret, Settings};

/// The use-cases on a fresh database, with mails kept in memory.
struct World {
    db: TestDb,
    app: App,
}

impl Fixture for World {
    async fn on(engine: Engine) -> Self {
        let db = TestDb::new(engine).await;
        let secret = Secret::new(vec![7; Secret::MIN_BYTES]).unwrap();
        let app =
            App::new(db.db().clone(), Settings::default(), secret, Mailer::capture(address("hearth@operator.example")));
        Self { db, app }
    }
}

impl World {
    /// 王奶奶 (p1) owns H1 with a child (p2); her son (p3) owns H2.
    async fn settle(&self) {
        let son = Kin { senior: "p1".parse().unwrap(), relation: Relation::Son };
        let rows = vec![
            row("H1", "p1", Role::Owner),
            row("H1", "p2", Role::Child),
            HouseholdRow { kin: Some(son), ..row("H2", "p3", Role::Owner) },
        ];
        let answers = self.app.import_households(rows, ImportMode::Commit).await.unwrap();
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }

    async fn ask(&self, to: &str) -> Result<(), accounts::TooManyCodes> {
        let request = RequestSignInCode { address: address(to), locale: Locale::ZhCn };
        self.app.request_sign_in_code(request).await.unwrap()
    }

    /// Runs the mail reaction of every due event, as the worker does.
    async fn deliver(&self) {
        let mut tx = self.db.begin(kernel::Actor::System).await;
        let due = outbox::lock_due(&mut tx, 100).await.unwrap();
        for event in &due {
            outbox::update_settled(&mut tx, event.id).await.unwrap();
        }
        tx.commit().await.unwrap();
        for event in &due {
            self.app.send_sign_in_code(event).await.unwrap();
        }
    }

    /// The codes mailed so far, oldest first.
    fn codes(&self) -> Vec<String> {
        let code = |message| match message {
            Message::SignInCode(message) => message.code,
            Message::PerkRedeemed(_)
            | Message::LapseNotice(_)
            | Message::HeldPointsLapsed(_)
            | Message::MemberRemoved(_)
            | Message::BallotThanked(_)
            | Message::FamilyPay(_)
            | Message::PlaceOffered(_)
            | Message::SlotMissed(_)
            | Message::SeatsReturned(_)
            | Message::Invitation(_) => {
                unreachable!("nothing is redeemed, lapses or invited here")
            }
        };
        self.app.mailer().captured().into_iter().map(|mail| code(mail.message)).collect()
    }

    /// Asks for a code and reads it from the mail.
    async fn code_for(&self, to: &str) -> String {
        self.ask(to).await.unwrap();
        self.deliver().await;
        self.codes().pop().unwrap()
    }

    async fn type_code(&self, to: &str, code: &str) -> Option<SignedIn> {
        let command = SignIn { address: address(to), code: code.to_owned(), locale: kernel::Locale::ZhCn };
        self.app.sign_in(command).await.unwrap().ok()
    }

    /// Signs somebody in through the mail.
    async fn sign_in(&self, to: &str) -> (String, Principal) {
        let code = self.code_for(to).await;
        let token = self.type_code(to, &code).await.unwrap().token.to_text();
        let principal = self.app.authenticate(&token).await.unwrap().unwrap();
        (token, principal)
    }
}

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn row(household: &str, person: &str, role: Role) -> HouseholdRow {
    HouseholdRow {
        household: household.parse().unwrap(),
        household_name: None,
        community: None,
        person: person.parse().unwrap(),
        person_name: format!("name of {person}").parse().unwrap(),
        role,
        born_on: None,
        email: Some(address(&format!("{person}@hearth.example"))),
        leads: None,
        kin: None,
    }
}
