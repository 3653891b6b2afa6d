//! A small neighbourhood for tests: households with people, the earn rule, a perk, orders.

use std::collections::BTreeMap;

use accounts::{HouseholdRow, Role, SessionToken};
use app::{
    App, ImportMode, Principal,
    accounts::{RequestSignInCode, SignIn},
    entitlements::{DefinePerk, RedeemPerk},
    ledger::ReviseEarnRule,
    orders::{EventTold, Recorded},
};
use cocreation::{NewStudy, PanelRule, Study, StudyKind, StudyOption, tally_file::Definition};
use entitlements::Perk;
use kernel::{Currency, EmailAddress, ExternalRef, Id, Label, Locale, Money, Points, Rate, Timestamp, kinds};
use ledger::{EarnTerms, PROGRAMME_RULE};
use mail::Message;
use orders::{OrderPaid, OrderPaidLine};
use testkit::TestApp;

pub(crate) fn label(text: &str) -> Label {
    text.parse().unwrap()
}

pub(crate) fn reference(text: &str) -> ExternalRef {
    text.parse().unwrap()
}

pub(crate) fn yuan(text: &str) -> Money {
    Money::parse(text, Currency::Cny).unwrap()
}

pub(crate) fn points(n: i64) -> Points {
    Points::new(n).unwrap()
}

/// An instant written as local time of the operator's zone: `2026-03-31T23:59:59`.
pub(crate) fn local(text: &str) -> Timestamp {
    kernel::Zone::SHANGHAI.instant_of(text.parse().unwrap())
}

/// Founds a household with one owner, whose address is `REF@hearth.example` in lower case.
pub(crate) async fn found(app: &App, household: &str) -> Principal {
    add_person(app, household, &format!("{household}-owner"), Role::Owner).await
}

/// Adds a person to a household, founding it when it is new.
pub(crate) async fn add_person(app: &App, household: &str, person: &str, role: Role) -> Principal {
    let row = HouseholdRow {
        household: reference(household),
        household_name: Some(label(household)),
        community: Some(label("玉兰里社区")),
        person: reference(person),
        person_name: label(person),
        role,
        born_on: Some("1960-05-01".parse().unwrap()),
        email: Some(format!("{}@hearth.example", person.to_lowercase()).parse().unwrap()),
        leads: None,
        kin: None,
    };
    let answers = app.import_households(vec![row], ImportMode::Commit).await.unwrap();
    assert_eq!(answers, [Ok(accounts::Imported::New)]);
    principal(app, person).await
}

/// The principal a person would be after signing in.
pub(crate) async fn principal(app: &App, person: &str) -> Principal {
    let mut tx = begin(app).await;
    let mut places = accounts::store::find_person_refs(&mut tx, &[reference(person)]).await.unwrap();
    tx.rollback().await.unwrap();
    let place = places.remove(&reference(person)).unwrap();
    Principal { session: Id::from_uuid(place.person.uuid()), person: place.person, household: place.household }
}

#[expect(clippy::disallowed_methods, reason = "a test looks behind the rules, and rolls back")]
pub(crate) async fn begin(app: &App) -> db::Tx {
    app.db().begin(kernel::Actor::System).await.unwrap()
}

/// One point per yuan from 2017 on; categories as given.
pub(crate) async fn set_rule(app: &App, rate: &str, valid_from: &str, multipliers: &[(&str, &str)]) {
    let multipliers: BTreeMap<Label, Rate> =
        multipliers.iter().map(|(category, rate)| (label(category), Rate::parse(rate).unwrap())).collect();
    let plain = EarnTerms::plain(label("基本积分"), Rate::parse(rate).unwrap(), valid_from.parse().unwrap());
    let revise = ReviseEarnRule { rule: Some(PROGRAMME_RULE), terms: EarnTerms { multipliers, ..plain } };
    app.revise_earn_rule(&revise).await.unwrap().unwrap();
}

/// Priority delivery at a price, so many in stock, so many per household.
pub(crate) async fn define_perk(app: &App, price: i64, stock_total: u32, limit_per_household: u32) -> Perk {
    app.define_perk(&define_perk_at(price, stock_total, limit_per_household)).await.unwrap().unwrap()
}

pub(crate) fn define_perk_at(price: i64, stock_total: u32, limit_per_household: u32) -> DefinePerk {
    DefinePerk {
        code: "priority-delivery".parse().unwrap(),
        name_zh: label("优先配送"),
        name_en: label("Priority delivery"),
        terms_zh: label("次日第一批送达"),
        terms_en: label("First on tomorrow's round"),
        price: points(price),
        limit_per_household,
        valid_days: 30,
        stock_total,
        is_open: true,
    }
}

/// A single choice between these options, open to every household for a week.
pub(crate) async fn open_study(app: &App, options: &[&str]) -> Study {
    let study = app.draft_study(&study_of(app, options, PanelRule::default())).await.unwrap().unwrap();
    app.open_study(study.id).await.unwrap().unwrap()
}

/// A price study by this definition, open to every household for a week.
pub(crate) async fn open_price_study(app: &App, definition: &str) -> Study {
    let asked = study_of(app, &[], PanelRule::default());
    let definition = serde_json::from_str(definition).unwrap();
    let study = app.draft_study(&NewStudy { kind: StudyKind::Price, definition, ..asked }).await.unwrap().unwrap();
    app.open_study(study.id).await.unwrap().unwrap()
}

/// A single choice between these options that closes in a week.
pub(crate) fn study_of(app: &App, options: &[&str], panel: PanelRule) -> NewStudy {
    let definition = serde_json::json!({ "method": "single_choice", "options": options, "seed": "seed", "quorum": 5 });
    let definition: Definition = serde_json::from_value(definition).unwrap();
    let option = |id: &&str| StudyOption { id: (*id).to_owned(), name_zh: label(id), name_en: label(id) };
    NewStudy {
        kind: StudyKind::Product,
        title_zh: label("下一款酱上哪一种"),
        title_en: label("Which spread comes next"),
        options: options.iter().map(option).collect(),
        definition,
        panel,
        closes_at: app.db().clock().now() + chrono_days(7),
        is_shuffled: true,
    }
}

/// A paid order, all in cash; lines as (category, amount).
pub(crate) fn paid(order: &str, household: &str, ordered_at: &str, lines: &[(&str, &str)]) -> OrderPaid {
    let lines: Vec<OrderPaidLine> = lines
        .iter()
        .map(|(category, amount)| OrderPaidLine {
            product_ref: None,
            category: (!category.is_empty()).then(|| label(category)),
            quantity: 1,
            amount: yuan(amount),
        })
        .collect();
    let amount = Money::from_minor(lines.iter().map(|line| line.amount.minor()).sum(), Currency::Cny).unwrap();
    OrderPaid {
        order_ref: reference(order),
        household_ref: reference(household),
        person_ref: None,
        community: None,
        channel: None,
        ordered_at: local(ordered_at),
        picked_up_at: None,
        amount,
        cash: amount,
        points_tendered: Points::ZERO,
        items_count: u32::try_from(lines.len()).unwrap(),
        lines,
    }
}

/// Gives a household points that are available now: an order picked up long enough ago.
pub(crate) async fn earn(app: &App, household: &str, amount: &str) {
    let now = app.db().clock().now();
    let ordered_at = now - chrono_days(20);
    let order = OrderPaid {
        ordered_at,
        picked_up_at: Some(now - chrono_days(19)),
        ..paid(&format!("E-{household}"), household, "2026-01-01T00:00:00", &[("", amount)])
    };
    let answers = app.import_orders(&[order], ImportMode::Commit).await.unwrap();
    assert!(matches!(answers[..], [Ok(Recorded::New { .. })]), "{answers:?}");
}

fn chrono_days(days: i64) -> chrono::TimeDelta {
    chrono::TimeDelta::days(days)
}

pub(crate) fn redeem(perk: Id<kinds::Perk>, key: &str) -> RedeemPerk {
    RedeemPerk { perk, idempotency_key: key.parse().unwrap() }
}

pub(crate) fn event(id: &str, told: EventTold) -> (ExternalRef, EventTold) {
    (reference(id), told)
}

/// Available, pending, held, owed.
pub(crate) async fn balance(app: &App, principal: &Principal) -> [i64; 4] {
    let household = principal.household.unwrap().0;
    let account = app.find_asset_account(principal, household).await.unwrap().unwrap();
    let balance = account.balance;
    // The sums that are read without lots say the same as the lots, in whatever state a test brings them.
    let sums = app.find_balance(principal, household).await.unwrap().unwrap();
    assert_eq!(sums, (balance, account.today));
    [balance.available.get(), balance.pending.get(), balance.held.get(), balance.owed.get()]
}

/// Fails naming every row that differs.
pub(crate) async fn assert_verifies(app: &App) {
    let report = app.verify().await.unwrap();
    assert_eq!(report.differences, []);
}

/// A token for the owner of a household made by [`found`].
pub(crate) async fn sign_in_owner(world: &TestApp, household: &str) -> String {
    let app = world.app();
    let address: EmailAddress = format!("{}-owner@hearth.example", household.to_lowercase()).parse().unwrap();
    let request = RequestSignInCode { address: address.clone(), locale: Locale::En };
    app.request_sign_in_code(request).await.unwrap().unwrap();
    app.drain().await.unwrap();
    let mails = world.mails();
    let Some(Message::SignInCode(message)) = mails.last().map(|mail| &mail.message) else {
        panic!("a code was mailed")
    };
    let signed_in = app
        .sign_in(SignIn { address, code: message.code.clone(), locale: kernel::Locale::ZhCn })
        .await
        .unwrap()
        .unwrap();
    SessionToken::to_text(&signed_in.token)
}
