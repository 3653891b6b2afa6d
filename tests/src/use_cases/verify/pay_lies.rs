//! Everything that can be falsified about family payments, and what `hearth verify` says of it.

use app::familypay::{DeclineReason, GiveMandate, PayDoor, SandboxOutcome};
use testkit::{TestApp, on_both_engines};

use super::{disarm, named};
use crate::{
    use_cases::family_pay::{Family, begins, chooses},
    world::yuan,
};

const CONTRADICTS: &str = "it says paid and nothing paid it, or the other way about";
const NO_PAYMENT: &str = "what paid it is no payment of its worth by one of its attempts";
const HOLDS: &str = "it ended and still holds goods or a part of a mandate";
const UNKNOWN_MONTH: &str = "it uses a mandate's month that knows nothing of it";
const OTHERWISE: &str = "it pays a request that says otherwise";
const NOT_BACK: &str = "it is not needed and does not go back whole";
const TOO_MUCH: &str = "more goes back than was paid, or to somebody else";

/// A lie, and all that is said of it, in the order of the alphabet. One request was paid by a mandate; another by both children.
const LIES: &[(&str, &[&str])] = &[
    ("UPDATE pay_requests SET refunded_minor = 1 WHERE mandate_id IS NULL", &["what went back 1, recomputed 0"]),
    ("UPDATE mandate_months SET used_minor = 1", &["what a month used 1, recomputed 5680"]),
    ("UPDATE pay_requests SET state = 'asked' WHERE mandate_id IS NULL", &[CONTRADICTS]),
    ("UPDATE pay_requests SET state = 'cancelled' WHERE mandate_id IS NULL", &[HOLDS, CONTRADICTS]),
    ("UPDATE pay_requests SET amount_minor = 5681 WHERE mandate_id IS NULL", &[NO_PAYMENT]),
    ("UPDATE payments SET outcome = 'ended' WHERE outcome = 'pays'", &[NOT_BACK, NOT_BACK, NO_PAYMENT, NO_PAYMENT]),
    ("UPDATE payments SET outcome = 'pays'", &[OTHERWISE]),
    ("DELETE FROM paid_requests", &[OTHERWISE, OTHERWISE, CONTRADICTS, CONTRADICTS]),
    ("DELETE FROM mandate_months", &[UNKNOWN_MONTH]),
    ("DELETE FROM payment_refunds", &[NOT_BACK]),
    ("UPDATE payment_refunds SET amount_minor = 5681", &[NOT_BACK, TOO_MUCH]),
    ("UPDATE payment_refunds SET payer_id = (SELECT asked_by_id FROM pay_requests LIMIT 1)", &[TOO_MUCH]),
];

on_both_engines! {
    async fn every_lie_about_a_payment_is_named(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let given =
            GiveMandate { senior: family.senior.person, per_order: yuan("60"), per_month: yuan("60") };
        app.give_mandate(&family.daughter, &given).await.unwrap().unwrap();
        family.asks(app, "1").await;
        let request = family.asks(app, "2").await;
        let first = begins(app, &family.daughter, request).await;
        let door = PayDoor::Member(family.daughter, request);
        app.decline_pay_request(&door, DeclineReason::Busy).await.unwrap().unwrap();
        let second = begins(app, &family.son, request).await;
        chooses(app, second, SandboxOutcome::Succeed).await;
        chooses(app, first, SandboxOutcome::Succeed).await;
        app.drain().await.unwrap();
        assert_eq!(named(&world).await, []);
        disarm(&world).await;

        let tables = ["pay_requests", "mandate_months", "payments", "paid_requests", "payment_refunds"];
        for table in tables {
            world.db().execute(&format!("CREATE TABLE true_{table} AS SELECT * FROM {table}")).await.unwrap();
        }
        for (lie, expected) in LIES {
            world.db().execute(lie).await.unwrap();
            let mut said: Vec<String> = named(&world).await.into_iter().map(|(_, what)| what).collect();
            said.sort();
            assert_eq!(said, *expected, "{lie}");
            for table in tables {
                world.db().execute(&format!("DELETE FROM {table}")).await.unwrap();
                world.db().execute(&format!("INSERT INTO {table} SELECT * FROM true_{table}")).await.unwrap();
            }
        }
        assert_eq!(named(&world).await, []);
    }
}
