//! Seniors ask and relatives pay: money in every order of events, to the fen.

mod mandate_ends;
mod mandates;
mod model;
mod races;
mod reconciled_days;
mod requests;
mod wechat_pay;

use accounts::{Relation, Role};
use app::{
    App, Principal,
    familypay::{AskToPay, AskToPayRefusal, AskedLine, BeginPayment, PayDoor, PayLink, SandboxOutcome},
};
use familypay::understand::Quantity;
use kernel::{Id, kinds};
use orders::Offer;
use testkit::TestApp;

use crate::world::{add_person, begin, found, label, principal, reference, set_rule, yuan};

/// Six in the evening of a day in Shanghai; orders close at ten.
const EVENING: &str = "2026-07-02T18:00:00";

/// A senior and her two children, who live elsewhere, and what can be ordered.
pub(crate) struct Family {
    pub(crate) senior: Principal,
    pub(crate) daughter: Principal,
    pub(crate) son: Principal,
}

fn offer(product_ref: &str, name: &str, unit: &str, price: &str, stock: Option<i64>) -> Offer {
    Offer {
        product_ref: reference(product_ref),
        name: label(name),
        unit: label(unit),
        price: yuan(price),
        packs: Vec::new(),
        aliases: Vec::new(),
        warns: Vec::new(),
        stock_thousandths: stock.map(|units| units * 1_000),
        cut_off_minute: None,
    }
}

impl Family {
    /// The daughter is asked first. There are 10 jin of oranges and as many eggs as anybody wants.
    pub(crate) async fn of(world: &TestApp) -> Self {
        let app = world.app();
        let evening = crate::world::local(EVENING);
        world.clock().advance(evening - app.db().clock().now());
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        add_person(app, "H-WANG", "nainai", Role::Senior).await;
        let (daughter, son) = (found(app, "H-LI").await, found(app, "H-ZHAO").await);
        let senior = principal(app, "nainai").await;
        let mut tx = begin(app).await;
        for (relative, relation) in [(&daughter, Relation::Daughter), (&son, Relation::Son)] {
            accounts::store::insert_kin_link(&mut tx, senior.person, relative.person, relation).await.unwrap();
        }
        tx.commit().await.unwrap();
        let offers = [offer("F01", "橘子", "斤", "9.90", Some(10)), offer("E01", "鸡蛋", "板", "37.00", None)];
        app.offer_products(&offers).await.unwrap().unwrap();
        app.set_payer_order(&senior, &[daughter.person, son.person]).await.unwrap().unwrap();
        Self { senior, daughter, son }
    }

    /// Two jin of oranges and a tray of eggs, for 56.80.
    pub(crate) async fn asks(&self, app: &App, key: &str) -> Id<kinds::PayRequest> {
        ask(app, &self.senior, basket(key)).await.unwrap()
    }
}

pub(crate) async fn ask(
    app: &App,
    senior: &Principal,
    asked: AskToPay,
) -> Result<Id<kinds::PayRequest>, AskToPayRefusal> {
    app.ask_to_pay(senior, &asked).await.unwrap().map(|asked| asked.request)
}

pub(crate) fn basket(key: &str) -> AskToPay {
    let line = |product: &str, units: i64| AskedLine {
        product_ref: reference(product),
        quantity: Quantity::from_thousandths(units * 1_000).unwrap(),
    };
    AskToPay {
        lines: vec![line("F01", 2), line("E01", 1)],
        price: yuan("56.80"),
        pick_up: Some(label("东门自提点")),
        key: format!("{key:0>16}").parse().unwrap(),
    }
}

/// Opens the cashier as a payer.
pub(crate) async fn begins(app: &App, payer: &Principal, request: Id<kinds::PayRequest>) -> Id<kinds::PaymentAttempt> {
    let door = PayDoor::Member(*payer, request);
    app.begin_payment(&BeginPayment { door, confirms_name: true }).await.unwrap().unwrap().attempt
}

pub(crate) async fn chooses(app: &App, attempt: Id<kinds::PaymentAttempt>, outcome: SandboxOutcome) {
    app.choose_sandbox_outcome(attempt, outcome).await.unwrap().unwrap();
}

pub(crate) async fn pays(app: &App, payer: &Principal, request: Id<kinds::PayRequest>) {
    let attempt = begins(app, payer, request).await;
    chooses(app, attempt, SandboxOutcome::Succeed).await;
}

pub(crate) async fn link(app: &App, payer: &Principal, request: Id<kinds::PayRequest>) -> PayLink {
    app.find_pay_link(payer, request).await.unwrap().unwrap()
}

/// The word of where a request stands, as the senior sees it.
pub(crate) async fn state(app: &App, family: &Family, request: Id<kinds::PayRequest>) -> &'static str {
    app.find_pay_request(&family.senior, request).await.unwrap().unwrap().state.word()
}

/// How much of the oranges is left, in thousandths of a jin.
pub(crate) async fn oranges(world: &TestApp) -> String {
    let rows = world.db().texts("SELECT CAST(stock_thousandths AS TEXT) FROM offers WHERE product_ref = 'F01'").await;
    rows[0][0].clone()
}

/// Payments, refunds that are over, and all they moved, in fen.
pub(crate) async fn money(world: &TestApp) -> [i64; 4] {
    let rows = world
        .db()
        .texts(
            "SELECT CAST((SELECT count(*) FROM payments) AS TEXT), \
             CAST((SELECT COALESCE(sum(amount_minor), 0) FROM payments) AS TEXT), \
             CAST((SELECT count(*) FROM payment_refunds WHERE state = 'succeeded') AS TEXT), \
             CAST((SELECT COALESCE(sum(amount_minor), 0) FROM payment_refunds WHERE state = 'succeeded') AS TEXT)",
        )
        .await;
    [0, 1, 2, 3].map(|column| rows[0][column].parse().unwrap())
}

/// To whom mails of a kind went, in their order.
pub(crate) fn mailed(world: &TestApp, kind: mail::FamilyPayKind) -> Vec<String> {
    let mails = world.mails();
    let of_kind = mails.iter().filter(|mail| matches!(&mail.message, mail::Message::FamilyPay(it) if it.kind == kind));
    of_kind.map(|mail| mail.to.to_string()).collect()
}
