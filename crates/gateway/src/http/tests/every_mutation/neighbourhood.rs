//! Who acts in these tests, and what the inputs name.

use accounts::{Authenticator, HouseholdRow, Kin, Password, Relation, Role, StaffRoles};
use app::{
    App, ImportMode, StaffPrincipal,
    entitlements::{DefinePerk, DefineSlot},
    ledger::{Acted, AdjustPoints, Adjustment},
    staff::{CreateStaff, StaffSignIn},
};
use cocreation::{NewStudy, PanelRule, StudyKind, StudyOption};
use kernel::{Currency, Id, Label, Money, Points, kinds};
use orders::{Offer, OrderPaid};
use serde_json::Value;

use super::{Door, INPUTS, staff};

const PASSWORD: &str = "correct horse battery";

/// 王, who owns a household with points, a perk that it can afford, those who leave, put out, merge, split and undo, and somebody of the
/// staff with every role. Those who move live elsewhere, each apart, where nothing else changes what they saw before.
pub(super) struct Neighbourhood {
    member: String,
    asking: String,
    leaving: String,
    removing: String,
    merging: String,
    splitting: String,
    undoing_merge: String,
    undoing_split: String,
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
        let asking = asking(door).await;
        let (leaving, leave) = leaving(door).await;
        let (removing, member_id, removal) = removing(door).await;
        let moving = super::moving::Moving::of(door).await;
        let named = vec![
            ("$INVITED", moving.invited),
            ("$MERGED", moving.merged),
            ("$MERGE", moving.merge),
            ("$SPLIT", moving.split),
            ("$FOUNDED", moving.founded),
            ("$COMMUNITY", community(app, &li).await),
            ("$LEAVE", leave),
            ("$MEMBER", member_id),
            ("$REMOVAL", removal),
            ("$DEATH", death.version.to_string()),
            ("$SLOT", slot(door, &li).await),
            ("$PERK", door.define_perk(100, 10, 5).await),
            ("$STUDY", open_study(app, StudyKind::Product).await),
            ("$DRAFT", draft_study(app, StudyKind::Product).await.to_string()),
            ("$LADDER", open_study(app, StudyKind::Price).await),
            ("$HOUSEHOLD", household),
            ("$PERSON", wang.to_string()),
            ("$POSTING", posting.cause.id.to_string()),
            ("$APPROVAL", approval.id.to_string()),
            ("$STAFF", target.to_string()),
        ];
        let [merging, splitting, undoing_merge, undoing_split] = moving.tokens;
        Self { member, asking, leaving, removing, merging, splitting, undoing_merge, undoing_split, staff, named }
    }

    /// Who takes a mutation.
    pub(super) fn token(&self, mutation: &str) -> &str {
        match mutation {
            "askToPay" => &self.asking,
            "leaveHousehold" => &self.leaving,
            "removeMember" => &self.removing,
            "mergeHouseholds" => &self.merging,
            "splitHousehold" => &self.splitting,
            "undoMerge" => &self.undoing_merge,
            "undoSplit" => &self.undoing_split,
            _ if is_of_staff(mutation) => &self.staff,
            _ => &self.member,
        }
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

async fn community(app: &App, staff: &StaffPrincipal) -> String {
    let page = app::Page::Forward { size: app::PageSize::new(1).unwrap(), after: None };
    app.list_communities(staff, page).await.unwrap().unwrap().items[0].community.to_string()
}

/// A delivery slot of 王's community, and an order of theirs that is still to come.
async fn slot(door: &Door, staff: &StaffPrincipal) -> String {
    let (app, now) = (door.world.app(), door.world.app().db().clock().now());
    let word = |text: &str| text.parse::<Label>().unwrap();
    let perk = DefinePerk {
        code: "slots".parse().unwrap(),
        name_zh: word("优先配送"),
        name_en: word("Priority delivery"),
        terms_zh: word("准时"),
        terms_en: word("In time"),
        price: Points::new(1).unwrap(),
        limit_per_household: 5,
        valid_days: 30,
        stock_total: 5,
        is_open: true,
    };
    app.define_perk(&perk).await.unwrap().unwrap();
    let order = OrderPaid {
        order_ref: "O-SLOT".parse().unwrap(),
        household_ref: "H-1".parse().unwrap(),
        person_ref: None,
        community: None,
        channel: None,
        ordered_at: now,
        picked_up_at: None,
        amount: Money::parse("9.90", Currency::Cny).unwrap(),
        cash: Money::parse("9.90", Currency::Cny).unwrap(),
        points_tendered: Points::ZERO,
        items_count: 1,
        lines: Vec::new(),
    };
    app.import_orders(&[order], ImportMode::Commit).await.unwrap().remove(0).unwrap();
    let hours = chrono::TimeDelta::hours;
    let define = DefineSlot {
        perk: "slots".parse().unwrap(),
        community: word("玉兰里"),
        starts_at: now + hours(24),
        ends_at: now + hours(25),
        cut_off_at: now + hours(23),
        capacity: 3,
        is_open: true,
        expected_version: None,
    };
    app.define_slot(staff, &define).await.unwrap().unwrap().id.to_string()
}

/// A choice between A and B, or a ladder of two prices, that every household may answer.
async fn open_study(app: &App, kind: StudyKind) -> String {
    let draft = draft_study(app, kind).await;
    app.open_study(draft).await.unwrap().unwrap().id.to_string()
}

async fn draft_study(app: &App, kind: StudyKind) -> Id<kinds::Study> {
    let label = |text: &str| text.parse::<Label>().unwrap();
    let option = |id: &str| StudyOption { id: id.to_owned(), name_zh: label(id), name_en: label(id) };
    let (definition, options) = match kind {
        StudyKind::Price => (serde_json::json!({ "method": "gabor_granger", "prices": [900, 1500] }), Vec::new()),
        StudyKind::Product | StudyKind::Packaging => {
            (serde_json::json!({ "method": "single_choice", "options": ["A", "B"] }), vec![option("A"), option("B")])
        }
    };
    let asked = NewStudy {
        kind,
        title_zh: label("哪一种"),
        title_en: label("Which one"),
        options,
        definition: serde_json::from_value(definition).unwrap(),
        panel: PanelRule::default(),
        closes_at: app.db().clock().now() + chrono::TimeDelta::days(7),
        is_shuffled: true,
    };
    app.draft_study(&asked).await.unwrap().unwrap().id
}

/// The token of somebody whose daughter lives elsewhere, and something to order.
async fn asking(door: &Door) -> String {
    door.add_member("H-21", "asker", Role::Owner).await;
    let app = door.world.app();
    let word = |text: &str| text.parse::<Label>().unwrap();
    let kin = Kin { senior: "asker".parse().unwrap(), relation: Relation::Daughter };
    let daughter = HouseholdRow {
        household: "H-20".parse().unwrap(),
        household_name: None,
        community: None,
        person: "daughter".parse().unwrap(),
        person_name: word("daughter"),
        role: Role::Owner,
        born_on: None,
        email: None,
        leads: None,
        kin: Some(kin),
    };
    app.import_households(vec![daughter], ImportMode::Commit).await.unwrap().remove(0).unwrap();
    let oranges = Offer {
        product_ref: "F01".parse().unwrap(),
        name: word("橘子"),
        unit: word("斤"),
        price: Money::parse("9.90", Currency::Cny).unwrap(),
        packs: Vec::new(),
        aliases: Vec::new(),
        warns: Vec::new(),
        stock_thousandths: None,
        cut_off_minute: None,
    };
    app.offer_products(&[oranges]).await.unwrap().unwrap();
    door.sign_in("asker").await
}

/// An adult's token, and what they saw of leaving.
async fn leaving(door: &Door) -> (String, String) {
    door.add_member("H-3", "zhu", Role::Owner).await;
    door.add_member("H-3", "chen", Role::Adult).await;
    let token = door.sign_in("chen").await;
    let chen = door.world.app().authenticate(&token).await.unwrap().unwrap();
    let preview = door.world.app().preview_leave(&chen).await.unwrap().unwrap();
    (token, preview.version.to_string())
}

/// An owner's token, a member of theirs, and what the owner saw of removing them.
async fn removing(door: &Door) -> (String, String, String) {
    door.add_member("H-4", "sun", Role::Owner).await;
    door.add_member("H-4", "qian", Role::Adult).await;
    let app = door.world.app();
    let qian = app.authenticate(&door.sign_in("qian").await).await.unwrap().unwrap().person;
    let token = door.sign_in("sun").await;
    let sun = app.authenticate(&token).await.unwrap().unwrap();
    let preview = app.preview_removal(&sun, qian).await.unwrap().unwrap();
    (token, qian.to_string(), preview.version.to_string())
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
