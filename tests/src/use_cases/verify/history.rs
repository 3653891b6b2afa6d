use app::{
    App, ImportMode, Principal,
    ledger::{AdjustPoints, Adjustment, ForgiveDebt, HoldPoints, MovePoints},
    orders::{EventTold, Recorded},
};
use kernel::{Actor, Id, kinds};
use orders::{OrderPaid, OrderPickedUp, OrderRefunded};
use testkit::TestApp;

use crate::world::{
    balance, define_perk, earn, event, found, label, local, paid, points, redeem, reference, set_rule, yuan,
};

/// Everything that ever happens to points, once at least, with clean books and two seals at the end.
///
/// | household | what happens |
/// |---|---|
/// | H-OLD | 70 lapse |
/// | H-CHEN | earns 200, redeems 180, 50 are refunded: 30 owed, 10 of them forgiven |
/// | H-WANG | earns 500, redeems and cancels, redeems again; four holds; an order is picked up; adjusted both ways |
/// | H-ZHAO | two lots of 100, spent in their order |
/// | H-SUN | pays for an order with 150 of 300 points, 50 of them held before in another; half of the first is refunded |
/// | H-LI | 120 move to H-WANG, back, and there again; one of its orders is refunded after that |
pub(super) async fn write(world: &TestApp) {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    world.clock().set(local("2025-04-20T12:00:00"));
    found(app, "H-OLD").await;
    earn(app, "H-OLD", "70").await;

    world.clock().set(local("2026-06-01T12:00:00"));
    assert_eq!(app.lapse_lots().await.unwrap(), 1);
    let perk = define_perk(app, 180, 20, 9).await.id;
    owe_and_forgive(app, perk).await;
    let wang = redeem_twice(app, perk).await;
    hold_four_times(world, &wang).await;
    pick_up_and_adjust(app, &wang).await;
    spend_two_lots(app, perk).await;
    pay_with_points(app).await;
    assert_eq!(app.seal_ledger().await.unwrap(), 5);
    move_and_refund(app, &wang).await;
    assert_eq!(app.seal_ledger().await.unwrap(), 2);
    assert_eq!(app.seal_ledger().await.unwrap(), 0);
}

fn household(principal: &Principal) -> Id<kinds::Household> {
    principal.household.unwrap().0
}

async fn tell(app: &App, id: &str, told: EventTold) {
    app.record_order_events(&[event(id, told)]).await.unwrap()[0].clone().unwrap();
}

fn refund(app: &App, order: &str, amount: &str) -> EventTold {
    let refunded_at = app.db().clock().now();
    let (order_ref, refund_ref) = (reference(order), reference("R-1"));
    EventTold::Refunded(OrderRefunded { order_ref, refund_ref, refunded_at, amount: yuan(amount), lines: Vec::new() })
}

/// An order that was picked up so many days ago, or never.
async fn order(app: &App, household: &str, order: &str, amount: &str, picked_up_days_ago: Option<i64>) {
    let (now, days) = (app.db().clock().now(), chrono::TimeDelta::days);
    let order = OrderPaid {
        ordered_at: now - days(picked_up_days_ago.unwrap_or(0) + 1),
        picked_up_at: picked_up_days_ago.map(|ago| now - days(ago)),
        ..paid(order, household, "2026-01-01T00:00:00", &[("", amount)])
    };
    let answers = app.import_orders(&[order], ImportMode::Commit).await.unwrap();
    assert!(matches!(answers[..], [Ok(Recorded::New { .. })]), "{answers:?}");
}

async fn owe_and_forgive(app: &App, perk: Id<kinds::Perk>) {
    let chen = found(app, "H-CHEN").await;
    earn(app, "H-CHEN", "200").await;
    app.redeem_perk(&chen, &redeem(perk, "key-of-chen-0123456789")).await.unwrap().unwrap();
    tell(app, "ev-refund-of-chen", refund(app, "E-H-CHEN", "50")).await;
    let forgive = ForgiveDebt {
        household: household(&chen),
        points: points(10),
        reason: label("the parcel was late"),
        idempotency_key: "key-of-forgiving-0123456789".parse().unwrap(),
    };
    app.forgive_debt(&forgive).await.unwrap().unwrap();
    assert_eq!(balance(app, &chen).await, [0, 0, 0, 20]);
}

async fn redeem_twice(app: &App, perk: Id<kinds::Perk>) -> Principal {
    let wang = found(app, "H-WANG").await;
    earn(app, "H-WANG", "500").await;
    let first = app.redeem_perk(&wang, &redeem(perk, "key-of-wang-1-0123456789")).await.unwrap().unwrap().grant;
    app.cancel_grant(Actor::Operator, household(&wang), first.id, &label("a mistake")).await.unwrap().unwrap();
    app.redeem_perk(&wang, &redeem(perk, "key-of-wang-2-0123456789")).await.unwrap().unwrap();
    assert_eq!(balance(app, &wang).await, [320, 0, 0, 0]);
    wang
}

async fn hold_four_times(world: &TestApp, wang: &Principal) {
    let app = world.app();
    let mut holds = Vec::new();
    let held = [("captured", 40, "12:10"), ("released", 10, "12:10"), ("lapsed", 30, "12:10"), ("open", 20, "12:40")];
    for (owner, n, ends_at) in held {
        let hold = HoldPoints {
            household: household(wang),
            owner: label(owner),
            purpose: label("seat"),
            points: points(n),
            ends_at: local(&format!("2026-06-01T{ends_at}:00")),
        };
        holds.push(app.hold_points(Actor::Member(wang.person), &hold).await.unwrap().unwrap().id);
    }
    app.capture_hold(Actor::System, household(wang), holds[0]).await.unwrap().unwrap();
    app.release_hold(Actor::System, household(wang), holds[1]).await.unwrap().unwrap();
    world.clock().set(local("2026-06-01T12:20:00"));
    assert_eq!(app.end_due_holds().await.unwrap(), 1);
    assert_eq!(balance(app, wang).await, [260, 0, 20, 0]);
}

async fn pick_up_and_adjust(app: &App, wang: &Principal) {
    order(app, "H-WANG", "O-PICKED-UP", "128", None).await;
    let told = OrderPickedUp { order_ref: reference("O-PICKED-UP"), picked_up_at: app.db().clock().now() };
    tell(app, "ev-pick-up-of-wang", EventTold::PickedUp(told)).await;
    for (adjustment, n, key) in [(Adjustment::Credit, 25, "credit"), (Adjustment::Debit, 5, "debit")] {
        let adjust = AdjustPoints {
            household: household(wang),
            adjustment,
            points: points(n),
            reason: label("a gift"),
            idempotency_key: format!("key-of-{key}-0123456789").parse().unwrap(),
        };
        app.adjust_points(&adjust).await.unwrap().unwrap();
    }
    assert_eq!(balance(app, wang).await, [280, 128, 20, 0]);
}

async fn spend_two_lots(app: &App, perk: Id<kinds::Perk>) {
    let zhao = found(app, "H-ZHAO").await;
    order(app, "H-ZHAO", "O-EARLIER", "100", Some(60)).await;
    order(app, "H-ZHAO", "O-LATER", "100", Some(30)).await;
    app.redeem_perk(&zhao, &redeem(perk, "key-of-zhao-0123456789")).await.unwrap().unwrap();
    assert_eq!(balance(app, &zhao).await, [20, 0, 0, 0]);
}

async fn pay_with_points(app: &App) {
    let sun = found(app, "H-SUN").await;
    order(app, "H-SUN", "O-OF-SUN", "300", Some(60)).await;
    let hold = HoldPoints {
        household: household(&sun),
        owner: label("O-HELD"),
        purpose: label("order"),
        points: points(50),
        ends_at: local("2026-06-01T13:00:00"),
    };
    app.hold_points(Actor::OrderSystem, &hold).await.unwrap().unwrap();
    for (order, cash, tendered) in [("O-TENDERED", "8.50", 150), ("O-HELD", "9.50", 50)] {
        let told = OrderPaid {
            cash: yuan(cash),
            points_tendered: points(tendered),
            ..paid(order, "H-SUN", "2026-06-01T12:00:00", &[("", "10")])
        };
        tell(app, &format!("ev-{order}"), EventTold::Paid(told)).await;
    }
    tell(app, "ev-refund-of-sun", refund(app, "O-TENDERED", "5")).await;
    assert_eq!(balance(app, &sun).await, [175, 13, 0, 0]);
}

async fn move_and_refund(app: &App, wang: &Principal) {
    let li = found(app, "H-LI").await;
    order(app, "H-LI", "O-OF-LI", "120", Some(40)).await;
    let moving = |key: &str| MovePoints {
        from: household(&li),
        to: household(wang),
        contributor: None,
        reason: label("they live together"),
        idempotency_key: key.parse().unwrap(),
    };
    app.move_points(&moving("key-of-move-1-0123456789")).await.unwrap().unwrap();
    let key = "key-of-move-1-0123456789".parse().unwrap();
    app.undo_move(household(&li), &key, &label("a mistake")).await.unwrap().unwrap();
    app.move_points(&moving("key-of-move-2-0123456789")).await.unwrap().unwrap();
    tell(app, "ev-refund-of-li", refund(app, "O-OF-LI", "60")).await;
    assert_eq!((balance(app, &li).await, balance(app, wang).await), ([0, 0, 0, 0], [340, 128, 20, 0]));
}
