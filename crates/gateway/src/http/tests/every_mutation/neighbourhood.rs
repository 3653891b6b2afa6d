//! Who acts in these tests, and what the inputs name.

use accounts::{Authenticator, Password, Role, StaffRoles};
use app::{
    App, StaffPrincipal,
    ledger::{Acted, AdjustPoints, Adjustment},
    staff::{CreateStaff, StaffSignIn},
};
use kernel::{Id, Label, Points, kinds};
use serde_json::Value;

use super::{Door, INPUTS, staff};

const PASSWORD: &str = "correct horse battery";

/// 王, who owns a household with points, a perk that it can afford, and somebody of the staff with every role.
pub(super) struct Neighbourhood {
    pub(super) member: String,
    staff: String,
    /// What stands for what in an input.
    named: Vec<(&'static str, String)>,
}

impl Neighbourhood {
    pub(super) async fn of(door: &Door) -> Self {
        door.set_rule().await;
        door.add_member("H-1", "wang", Role::Owner).await;
        door.earn("H-1", 30_000).await;
        let member = door.sign_in("wang").await;
        let household = door.household_of(&member).await;
        let app = door.world.app();
        let (_, staff) = hire(app, "li", StaffRoles::all()).await;
        let (target, _) = hire(app, "target", "support".parse().unwrap()).await;
        let (_, proposer) = hire(app, "zhao", "finance".parse().unwrap()).await;
        let proposer = app.authenticate_staff(&proposer).await.unwrap().unwrap();
        let household_id = household.parse().unwrap();
        let Acted::Done(posting) = adjust(app, &proposer, household_id, 5).await else { panic!("at once") };
        let Acted::Waiting(approval) = adjust(app, &proposer, household_id, 1_001).await else { panic!("it waits") };
        let wang = app.authenticate(&member).await.unwrap().unwrap().person;
        let li = app.authenticate_staff(&staff).await.unwrap().unwrap();
        let death = app.preview_death(&li, wang, None, &"call 17".parse().unwrap()).await.unwrap().unwrap().unwrap();
        let named = vec![
            ("$DEATH", death.version.to_string()),
            ("$PERK", door.define_perk(100, 10, 5).await),
            ("$HOUSEHOLD", household),
            ("$PERSON", wang.to_string()),
            ("$POSTING", posting.cause.id.to_string()),
            ("$APPROVAL", approval.id.to_string()),
            ("$STAFF", target.to_string()),
        ];
        Self { member, staff, named }
    }

    /// Who takes a mutation.
    pub(super) fn token(&self, mutation: &str) -> &str {
        if is_of_staff(mutation) { &self.staff } else { &self.member }
    }

    /// A row's input as JSON, with what it names filled in.
    pub(super) fn input_of(&self, mutation: &str) -> Value {
        let (_, input) =
            INPUTS.iter().chain(staff::INPUTS).find(|(name, _)| *name == mutation).expect("a row in INPUTS");
        let filled = self.named.iter().fold((*input).to_owned(), |input, (name, id)| input.replace(name, id));
        serde_json::from_str(&filled).unwrap()
    }
}

/// Whether somebody of the staff does it; no household is another's to them.
pub(super) fn is_of_staff(mutation: &str) -> bool {
    staff::INPUTS.iter().any(|(name, _)| *name == mutation)
}

/// Somebody of the staff and their token.
async fn hire(app: &App, name: &str, roles: StaffRoles) -> (Id<kinds::Staff>, String) {
    let password = Password::parse(PASSWORD).unwrap();
    let created = app.create_staff(&CreateStaff { name: name.parse().unwrap(), roles, password }).await.unwrap();
    let created = created.unwrap();
    let code = Authenticator::from_url(&created.authenticator_url).unwrap().code_at(app.db().clock().now());
    let signed_in = app.staff_sign_in(StaffSignIn { name: name.to_owned(), password: PASSWORD.to_owned(), code }).await;
    (created.staff, signed_in.unwrap().unwrap().token.to_text())
}

async fn adjust(app: &App, by: &StaffPrincipal, household: Id<kinds::Household>, points: i64) -> Acted {
    let adjust = AdjustPoints {
        household,
        adjustment: Adjustment::Credit,
        points: Points::new(points).unwrap(),
        reason: "late".parse::<Label>().unwrap(),
        idempotency_key: format!("adjust-{points:010}").parse().unwrap(),
    };
    app.adjust_points_by_staff(by, &adjust).await.unwrap().unwrap().acted
}
