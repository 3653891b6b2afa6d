use std::sync::Arc;

use accounts::Role;
use app::{
    App, ImportMode, Principal, Settings,
    ledger::{HoldPoints, MovePoints},
    orders::{EventRefusal, EventTold, RecordOrderRefusal, Recorded, TenderRefusal, ToldAnswer},
};
use kernel::{Actor, ExternalRef, Id, kinds};
use ledger::{Contributor, Hold, SpendRefusal};
use orders::{InvalidOrder, OrderPaid, OrderRefunded};
use testkit::{TestApp, TestDb, on_both_engines};
use tokio::task::JoinSet;

use crate::{
    traps::app_with,
    world::{
        add_person, assert_verifies, balance, define_perk, earn, event, found, label, local, paid, points, redeem,
        reference, set_rule, yuan,
    },
};

/// Noon of 1 March 2026, one point per yuan, and so many points of `H-WANG` to spend.
async fn wang(world: &TestApp, n: &str) -> Principal {
    world.clock().set(local("2026-03-01T12:00:00"));
    set_rule(world.app(), "1", "2017-01-01", &[]).await;
    let wang = found(world.app(), "H-WANG").await;
    earn(world.app(), "H-WANG", n).await;
    wang
}

fn household(principal: &Principal) -> Id<kinds::Household> {
    principal.household.unwrap().0
}

/// An order of `H-WANG` paid just now in cash and points.
fn part_in_points(order: &str, amount: &str, cash: &str, n: i64) -> OrderPaid {
    OrderPaid {
        cash: yuan(cash),
        points_tendered: points(n),
        ..paid(order, "H-WANG", "2026-03-01T11:00:00", &[("", amount)])
    }
}

fn told(id: &str, order: OrderPaid) -> (ExternalRef, EventTold) {
    event(id, EventTold::Paid(order))
}

fn refund(app: &App, order: &str, refund: &str, amount: &str) -> (ExternalRef, EventTold) {
    let told = OrderRefunded {
        order_ref: reference(order),
        refund_ref: reference(refund),
        refunded_at: app.db().clock().now(),
        amount: yuan(amount),
        lines: Vec::new(),
    };
    event(&format!("ev-{order}-{refund}"), EventTold::Refunded(told))
}

async fn tell(app: &App, told: (ExternalRef, EventTold)) -> Result<ToldAnswer, EventRefusal> {
    app.record_order_events(&[told]).await.unwrap().remove(0)
}

fn refused(refusal: impl Into<TenderRefusal>) -> Result<ToldAnswer, EventRefusal> {
    Err(EventRefusal::Paid(RecordOrderRefusal::NotTendered(refusal.into())))
}

fn short_by(n: i64, held: i64) -> SpendRefusal {
    SpendRefusal::InsufficientPoints { short_by: points(n), held: points(held), matures_on: None }
}

/// Points of Wang held for an order, until 12:15.
async fn hold(app: &App, wang: &Principal, order: &str, n: i64) -> Hold {
    let hold = HoldPoints {
        household: household(wang),
        owner: label(order),
        purpose: label("order"),
        points: points(n),
        ends_at: local("2026-03-01T12:15:00"),
    };
    app.hold_points(Actor::OrderSystem, &hold).await.unwrap().unwrap()
}

/// Points and last day of each lot.
async fn lots(app: &App, who: &Principal) -> Vec<(i64, String)> {
    let account = app.find_asset_account(who, household(who)).await.unwrap().unwrap();
    account.lots.iter().map(|lot| (lot.remaining.get(), lot.key.expires_on.to_string())).collect()
}

on_both_engines! {
    async fn points_that_are_not_there_pay_for_nothing(world: TestApp) {
        let (app, wang) = (world.app(), wang(&world, "1999").await);
        let before = world.db().count("postings").await;

        let order = part_in_points("D-1", "100", "80", 2_000);
        assert_eq!(tell(app, told("ev-1", order.clone())).await, refused(short_by(1, 0)));

        assert_eq!(world.db().count("orders WHERE external_ref = 'D-1'").await, 0);
        assert_eq!(world.db().count("order_refs WHERE external_ref = 'D-1'").await, 0);
        assert_eq!(world.db().count("point_tenders").await, 0);
        assert_eq!(world.db().count("postings").await, before);
        assert_eq!(balance(app, &wang).await, [1_999, 0, 0, 0]);
        // Nothing was kept of it: once the points are there, the same event is taken.
        app.import_orders(
            &[OrderPaid { picked_up_at: Some(local("2026-02-01T11:00:00")), ..paid("D-0", "H-WANG", "2026-02-01T11:00:00", &[("", "1")]) }],
            ImportMode::Commit,
        )
        .await
        .unwrap()[0]
            .as_ref()
            .unwrap();
        assert_eq!(tell(app, told("ev-1", order)).await, Ok(ToldAnswer::Accepted));
        assert_eq!(balance(app, &wang).await, [0, 80, 0, 0]);
        assert_verifies(app).await;
    }

    async fn cash_and_points_must_be_the_amount(world: TestApp) {
        let (app, wang) = (world.app(), wang(&world, "9000").await);
        for (cash, n) in [("80", 1_999), ("80", 2_001), ("100", 1)] {
            let does_not_sum = InvalidOrder::TenderDoesNotSum {
                cash: yuan(cash),
                points: points(n),
                worth_minor: n,
                amount: yuan("100"),
            };
            let answer = tell(app, told("ev-1", part_in_points("D-1", "100", cash, n))).await;
            assert_eq!(answer, Err(EventRefusal::Paid(RecordOrderRefusal::Invalid(does_not_sum))));
        }
        assert_eq!(balance(app, &wang).await, [9_000, 0, 0, 0]);
        assert_eq!(world.db().count("orders").await, 1);
    }

    async fn what_points_are_worth_is_a_setting_and_rounded_down_to_the_fen(db: TestDb) {
        db.clock().set(local("2026-03-01T12:00:00"));
        let app = app_with(&db, Settings { point_value: "0.5".parse().unwrap(), ..Settings::default() });
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        earn(&app, "H-WANG", "1000").await;

        // 201 points at ¥0.50 a hundred are ¥1.005, which is ¥1.00 and never ¥1.01.
        let answer = tell(&app, told("ev-1", part_in_points("D-1", "10", "8.99", 201))).await;
        assert!(matches!(answer, Err(EventRefusal::Paid(RecordOrderRefusal::Invalid(_)))), "{answer:?}");
        assert_eq!(tell(&app, told("ev-2", part_in_points("D-1", "10", "9", 201))).await, Ok(ToldAnswer::Accepted));
        assert_eq!(balance(&app, &wang).await, [799, 9, 0, 0]);
        let back = ToldAnswer::Refunded { cash: yuan("9"), points: points(201), returned: points(201) };
        assert_eq!(tell(&app, refund(&app, "D-1", "R-1", "10")).await, Ok(back));
        assert_eq!(balance(&app, &wang).await, [1_000, 0, 0, 0]);
        assert_verifies(&app).await;
    }

    async fn an_order_told_by_many_at_once_spends_once(world: TestApp) {
        let (app, wang) = (Arc::new(world.app().clone()), wang(&world, "5000").await);
        let mut tellings = JoinSet::new();
        for n in 0..8 {
            let app = Arc::clone(&app);
            // The same event, and the same sale under other ids.
            let id = if n % 2 == 0 { "ev-1".to_owned() } else { format!("ev-{n}") };
            tellings.spawn(async move { tell(&app, told(&id, part_in_points("D-1", "100", "80", 2_000))).await });
        }
        let answers = tellings.join_all().await;

        assert_eq!(answers.iter().filter(|answer| **answer == Ok(ToldAnswer::Accepted)).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == Ok(ToldAnswer::Duplicate)).count(), 7, "{answers:?}");
        assert_eq!(balance(&app, &wang).await, [3_000, 80, 0, 0]);
        let other = part_in_points("D-1", "100", "80.01", 1_999);
        let differs = Err(EventRefusal::Paid(RecordOrderRefusal::OrderDiffers));
        assert_eq!(tell(&app, told("ev-other", other)).await, differs);
        assert_verifies(&app).await;
    }

    async fn the_same_points_pay_for_an_order_or_buy_a_perk(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let wang = wang(&world, "2500").await;
        let perk = define_perk(&app, 2_000, 9, 9).await.id;

        let order = { let app = Arc::clone(&app); tokio::spawn(async move { tell(&app, told("ev-1", part_in_points("D-1", "100", "80", 2_000))).await }) };
        let other = { let app = Arc::clone(&app); tokio::spawn(async move { tell(&app, told("ev-2", part_in_points("D-2", "20", "0", 2_000))).await }) };
        let bought = { let (app, wang) = (Arc::clone(&app), wang); tokio::spawn(async move { app.redeem_perk(&wang, &redeem(perk, "key-0123456789-1")).await.unwrap() }) };
        let won = [order.await.unwrap().is_ok(), other.await.unwrap().is_ok(), bought.await.unwrap().is_ok()];

        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
        assert_eq!(balance(&app, &wang).await[0], 500);
        assert_eq!(world.db().count("postings WHERE kind = 'redeem'").await, 1);
        assert_verifies(&app).await;
    }

    async fn orders_of_one_call_are_judged_one_by_one_and_none_pays_for_itself(world: TestApp) {
        let (app, wang) = (world.app(), wang(&world, "3000").await);
        let answers = app
            .record_order_events(&[
                told("ev-1", part_in_points("D-1", "100", "80", 2_000)),
                told("ev-2", paid("D-2", "H-WANG", "2026-03-01T11:00:00", &[("", "5000")])),
                told("ev-3", part_in_points("D-3", "100", "80", 2_000)),
                told("ev-4", part_in_points("D-4", "10", "0", 1_000)),
                refund(app, "D-1", "R-1", "50"),
            ])
            .await
            .unwrap();

        assert_eq!(answers[..2], [Ok(ToldAnswer::Accepted), Ok(ToldAnswer::Accepted)]);
        assert_eq!(answers[2].clone(), refused(SpendRefusal::InsufficientPoints { short_by: points(1_000), held: points(0), matures_on: None }));
        assert_eq!(answers[3], Ok(ToldAnswer::Accepted));
        let half = ToldAnswer::Refunded { cash: yuan("40"), points: points(1_000), returned: points(1_000) };
        assert_eq!(answers[4], Ok(half));
        assert_eq!(balance(app, &wang).await, [1_000, 5_040, 0, 0]);
        assert_verifies(app).await;
    }

    async fn points_held_for_an_order_are_spent_by_it_even_when_nothing_else_is_left(world: TestApp) {
        let (app, wang) = (world.app(), wang(&world, "2000").await);
        let held = hold(app, &wang, "D-1", 2_000).await;
        assert_eq!(tell(app, told("ev-2", part_in_points("D-2", "1", "0", 100))).await, refused(short_by(100, 2_000)));
        let differs = TenderRefusal::HoldDiffers { held: points(2_000) };
        assert_eq!(tell(app, told("ev-1", part_in_points("D-1", "100", "90", 1_000))).await, refused(differs));

        assert_eq!(tell(app, told("ev-1", part_in_points("D-1", "100", "80", 2_000))).await, Ok(ToldAnswer::Accepted));

        assert_eq!(balance(app, &wang).await, [0, 80, 0, 0]);
        assert!(app.release_hold(Actor::OrderSystem, held.household, held.id).await.unwrap().is_err());
        let back = ToldAnswer::Refunded { cash: yuan("40"), points: points(1_000), returned: points(1_000) };
        assert_eq!(tell(app, refund(app, "D-1", "R-1", "50")).await, Ok(back));
        assert_eq!(balance(app, &wang).await, [1_000, 40, 0, 0]);
        assert_verifies(app).await;
    }

    async fn an_order_paid_after_its_hold_ended_spends_what_is_there(world: TestApp) {
        let (app, wang) = (world.app(), wang(&world, "2000").await);
        hold(app, &wang, "D-1", 1_000).await;
        let released = hold(app, &wang, "D-2", 500).await;
        app.release_hold(Actor::OrderSystem, released.household, released.id).await.unwrap().unwrap();
        world.clock().set(local("2026-03-01T12:15:00"));

        // The end of the first is not booked yet; the second was let go.
        assert_eq!(tell(app, told("ev-1", part_in_points("D-1", "20", "10", 1_000))).await, Ok(ToldAnswer::Accepted));
        assert_eq!(tell(app, told("ev-2", part_in_points("D-2", "10", "5", 500))).await, Ok(ToldAnswer::Accepted));

        assert_eq!(app.end_due_holds().await.unwrap(), 0);
        assert_eq!(balance(app, &wang).await, [500, 15, 0, 0]);
        assert_verifies(app).await;
    }

    async fn refunded_points_keep_their_age_or_get_the_grace(world: TestApp) {
        world.clock().set(local("2025-04-20T12:00:00"));
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let bought = "2025-03-31T11:00:00";
        let order = OrderPaid { picked_up_at: Some(local(bought)), ..paid("D-0", "H-WANG", bought, &[("", "500")]) };
        app.import_orders(&[order], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
        world.clock().set(local("2026-03-20T10:00:00"));
        let order = OrderPaid { ordered_at: local("2026-03-20T09:00:00"), ..part_in_points("D-1", "5", "0", 500) };
        assert_eq!(tell(app, told("ev-1", order)).await, Ok(ToldAnswer::Accepted));

        tell(app, refund(app, "D-1", "R-1", "2")).await.unwrap();
        assert_eq!(lots(app, &wang).await, [(200, "2026-04-19".to_owned())]);
        world.clock().set(local("2026-04-10T10:00:00"));
        tell(app, refund(app, "D-1", "R-2", "3")).await.unwrap();
        assert_eq!(lots(app, &wang).await, [(200, "2026-04-19".to_owned()), (300, "2026-05-10".to_owned())]);
        assert_verifies(app).await;
    }

    async fn points_of_a_history_were_spent_elsewhere_and_never_return_here(world: TestApp) {
        let (app, wang) = (world.app(), wang(&world, "5000").await);
        let order = OrderPaid { ordered_at: local("2026-02-27T10:00:00"), ..part_in_points("D-1", "100", "80", 2_000) };
        let imported = app.import_orders(std::slice::from_ref(&order), ImportMode::Commit).await.unwrap();
        assert!(matches!(imported[..], [Ok(Recorded::New { points: earned, .. })] if earned == points(80)), "{imported:?}");
        assert_eq!(balance(app, &wang).await, [5_000, 80, 0, 0]);

        // The order system tells of it too: it is known, and spends nothing.
        assert_eq!(tell(app, told("ev-1", order)).await, Ok(ToldAnswer::Duplicate));
        assert_eq!(balance(app, &wang).await, [5_000, 80, 0, 0]);
        let back = ToldAnswer::Refunded { cash: yuan("80"), points: points(2_000), returned: points(0) };
        assert_eq!(tell(app, refund(app, "D-1", "R-1", "100")).await, Ok(back));

        assert_eq!(balance(app, &wang).await, [5_000, 0, 0, 0]);
        assert_eq!(world.db().count("postings WHERE kind IN ('redeem', 'restore')").await, 0);
        assert_eq!(world.db().count("refunds WHERE points = 2000 AND cash_minor = 8000").await, 1);
        assert_verifies(app).await;
    }

    async fn a_refund_finds_the_household_that_has_the_lots_now(world: TestApp) {
        let (app, wang) = (world.app(), wang(&world, "300").await);
        let li = found(app, "H-LI").await;
        let (daughter, own) = (add_person(app, "H-WANG", "daughter", Role::Adult).await, found(app, "H-OWN").await);
        let hers = OrderPaid {
            person_ref: Some(reference("daughter")),
            picked_up_at: Some(local("2026-02-20T11:00:00")),
            ..paid("D-0", "H-WANG", "2026-02-20T11:00:00", &[("", "200")])
        };
        app.import_orders(&[hers], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
        // 300 of the household lapse first, then 100 of hers.
        tell(app, told("ev-1", part_in_points("D-1", "14", "10", 400))).await.unwrap();
        assert_eq!(balance(app, &wang).await, [100, 10, 0, 0]);
        let moving = |from: &Principal, to: &Principal, contributor, key: &str| MovePoints {
            from: household(from),
            to: household(to),
            contributor,
            reason: label("搬家"),
            idempotency_key: key.parse().unwrap(),
        };
        let who = Some(Contributor::Person(daughter.person));
        app.move_points(&moving(&wang, &own, who, "key-0123456789-1")).await.unwrap().unwrap();
        assert_eq!((balance(app, &wang).await, balance(app, &own).await), ([0, 10, 0, 0], [100, 0, 0, 0]));

        // What was drawn last is hers, and returns first: to where her points are now.
        tell(app, refund(app, "D-1", "R-1", "7")).await.unwrap();
        assert_eq!((balance(app, &wang).await, balance(app, &own).await), ([100, 5, 0, 0], [200, 0, 0, 0]));
        // All of the household goes to Li, and its points with it.
        app.move_points(&moving(&wang, &li, None, "key-0123456789-2")).await.unwrap().unwrap();
        assert_eq!(balance(app, &li).await, [100, 5, 0, 0]);
        tell(app, refund(app, "D-1", "R-2", "7")).await.unwrap();

        assert_eq!((balance(app, &wang).await, balance(app, &own).await), ([0, 0, 0, 0], [200, 0, 0, 0]));
        assert_eq!(balance(app, &li).await, [300, 0, 0, 0]);
        assert_verifies(app).await;
    }
}
