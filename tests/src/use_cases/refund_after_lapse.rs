//! Refunds of points whose last day is over, and of points the policy did not let be taken.

use app::{App, ImportMode, LotLife, Maturity, Principal, Secret, Settings, orders::EventTold};
use ledger::RefundPolicy;
use mail::Mailer;
use orders::{OrderPaid, OrderRefunded};
use testkit::{TestDb, on_both_engines};

use crate::world::{
    assert_verifies, balance, define_perk, event, found, label, local, paid, redeem, reference, set_rule, yuan,
};

/// Points can be spent at once and last until the end of the month.
async fn monthly(db: &TestDb, policy: RefundPolicy) -> App {
    let mailer = Mailer::capture("hearth@hearth.example".parse().unwrap());
    let settings = Settings {
        lot_life: LotLife::EndOfMonth(0),
        maturity: Maturity::AtOnce,
        refund_policy: policy,
        ..Settings::default()
    };
    let app = App::new(db.db().clone(), settings, Secret::new(vec![7; Secret::MIN_BYTES]).unwrap(), mailer);
    set_rule(&app, "1", "2017-01-01", &[]).await;
    app
}

async fn buy(app: &App, order: &str, at: &str, amount: &str) {
    let order = OrderPaid { channel: Some(label("app")), ..paid(order, "H-WANG", at, &[("", amount)]) };
    app.import_orders(&[order], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
}

async fn refund(app: &App, order: &str, n: usize, amount: &str) {
    let told = EventTold::Refunded(OrderRefunded {
        order_ref: reference(order),
        refund_ref: reference(&format!("R-{n}")),
        refunded_at: app.db().clock().now(),
        amount: yuan(amount),
        lines: Vec::new(),
    });
    app.record_order_events(&[event(&format!("ev-{order}-{n}"), told)]).await.unwrap()[0].clone().unwrap();
}

async fn spend(app: &App, who: &Principal, price: i64, key: &str) {
    let perk = define_perk(app, price, 9, 9).await;
    app.redeem_perk(who, &redeem(perk.id, key)).await.unwrap().unwrap();
}

const KEY: &str = "key-0123456789abcdef";

on_both_engines! {
    async fn a_perk_bought_on_the_last_day_is_not_free_when_the_order_is_refunded_on_the_next(db: TestDb) {
        db.clock().set(local("2026-03-31T12:00:00"));
        let app = monthly(&db, RefundPolicy::Debt).await;
        let wang = found(&app, "H-WANG").await;
        buy(&app, "D-1", "2026-03-31T11:00:00", "300").await;
        spend(&app, &wang, 300, KEY).await;

        db.clock().set(local("2026-04-01T09:00:00"));
        refund(&app, "D-1", 1, "300").await;

        assert_eq!(balance(&app, &wang).await, [0, 0, 0, 300]);
        assert_verifies(&app).await;
    }

    async fn it_makes_no_difference_whether_the_lapse_is_booked(db: TestDb) {
        db.clock().set(local("2026-03-31T12:00:00"));
        let app = monthly(&db, RefundPolicy::Debt).await;
        for (is_booked, household) in [(false, "H-WANG"), (true, "H-LI")] {
            db.clock().set(local("2026-03-31T12:00:00"));
            let who = found(&app, household).await;
            for (order, amount) in [("A", "200"), ("B", "200")] {
                let order = paid(&format!("{household}-{order}"), household, "2026-03-31T11:00:00", &[("", amount)]);
                app.import_orders(&[order], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
            }
            spend(&app, &who, 100, &format!("{KEY}-{household}")).await;
            db.clock().set(local("2026-04-01T09:00:00"));
            if is_booked {
                assert_eq!(app.lapse_lots().await.unwrap(), 1 + 1);
            }
            // 300 of the 400 lapsed: of each order's 200, 150 did and 50 were spent.
            refund(&app, &format!("{household}-A"), 1, "120").await;
            assert_eq!(balance(&app, &who).await, [0, 0, 0, 0], "{household}");
            refund(&app, &format!("{household}-A"), 2, "80").await;
            assert_eq!(balance(&app, &who).await, [0, 0, 0, 50], "{household}");
            refund(&app, &format!("{household}-B"), 1, "200").await;
            assert_eq!(balance(&app, &who).await, [0, 0, 0, 100], "{household}");
        }
        assert_verifies(&app).await;
    }

    async fn what_within_balance_could_not_take_is_settled_and_not_taken_from_later_points(db: TestDb) {
        db.clock().set(local("2026-03-10T12:00:00"));
        let app = monthly(&db, RefundPolicy::WithinBalance).await;
        let wang = found(&app, "H-WANG").await;
        buy(&app, "D-A", "2026-03-10T11:00:00", "200").await;
        spend(&app, &wang, 200, KEY).await;
        refund(&app, "D-A", 1, "100").await;
        assert_eq!(balance(&app, &wang).await, [0, 0, 0, 0]);

        buy(&app, "D-B", "2026-03-10T11:30:00", "100").await;
        refund(&app, "D-A", 2, "0.01").await;
        assert_eq!(balance(&app, &wang).await, [100, 0, 0, 0]);
        refund(&app, "D-A", 3, "10").await;
        assert_eq!(balance(&app, &wang).await, [90, 0, 0, 0]);
        refund(&app, "D-B", 1, "100").await;
        assert_eq!(balance(&app, &wang).await, [0, 0, 0, 0]);
        assert_verifies(&app).await;
    }
}
