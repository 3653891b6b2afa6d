//! The order system hears late that somebody moved on: what it tells under the old number is where the person is now, all the way through.

use accounts::Role;
use app::{
    App, Principal,
    orders::{EventRefusal, EventTold, RecordOrderRefusal, ToldAnswer},
};
use kernel::{ExternalRef, IdempotencyKey, Timestamp};
use orders::{OrderCancelled, OrderPaid, OrderPickedUp, OrderPointsHeld, OrderRefunded};
use testkit::{TestApp, on_both_engines};

use crate::world::{
    add_person, assert_verifies, balance, earn, event, found, paid, points, principal, reference, set_rule, yuan,
};

fn key(text: &str) -> IdempotencyKey {
    format!("{text:0>16}").parse().unwrap()
}

/// The owner of H-ONE, which has 280, a daughter and a son; the owner of H-TWO.
async fn family(app: &App) -> [Principal; 4] {
    set_rule(app, "1", "2017-01-01", &[]).await;
    let owner = found(app, "H-ONE").await;
    let daughter = add_person(app, "H-ONE", "daughter", Role::Adult).await;
    let son = add_person(app, "H-ONE", "son", Role::Adult).await;
    earn(app, "H-ONE", "280").await;
    [owner, daughter, son, found(app, "H-TWO").await]
}

/// The daughter and the son go to a household of their own.
async fn split(app: &App, [owner, daughter, son, _]: &[Principal; 4]) {
    app.offer_split(owner, daughter.person, &[son.person]).await.unwrap().unwrap();
    let version = app.preview_split(daughter).await.unwrap().unwrap().version;
    app.split_household(daughter, &version, &key("split")).await.unwrap().unwrap();
}

fn hours_ago(app: &App, hours: i64) -> Timestamp {
    app.db().clock().now() - chrono::TimeDelta::hours(hours)
}

fn order(app: &App, order: &str, person: &str, amount: &str) -> OrderPaid {
    OrderPaid {
        ordered_at: hours_ago(app, 3),
        person_ref: Some(reference(person)),
        ..paid(order, "H-ONE", "2026-01-01T00:00:00", &[("", amount)])
    }
}

fn sale(app: &App, of: &str, person: &str, amount: &str) -> (ExternalRef, EventTold) {
    event(&format!("paid-{of}"), EventTold::Paid(order(app, of, person, amount)))
}

fn picked_up(app: &App, order: &str) -> (ExternalRef, EventTold) {
    let told = OrderPickedUp { order_ref: reference(order), picked_up_at: hours_ago(app, 2) };
    event(&format!("picked-up-{order}"), EventTold::PickedUp(told))
}

fn refunded(app: &App, order: &str, amount: &str) -> (ExternalRef, EventTold) {
    let told = OrderRefunded {
        order_ref: reference(order),
        refund_ref: reference("R-1"),
        refunded_at: hours_ago(app, 1),
        amount: yuan(amount),
        lines: Vec::new(),
    };
    event(&format!("refunded-{order}"), EventTold::Refunded(told))
}

fn cancelled(app: &App, order: &str) -> (ExternalRef, EventTold) {
    let told = OrderCancelled { order_ref: reference(order), cancelled_at: hours_ago(app, 1) };
    event(&format!("cancelled-{order}"), EventTold::Cancelled(told))
}

async fn tell(app: &App, told: (ExternalRef, EventTold)) -> Result<ToldAnswer, EventRefusal> {
    app.record_order_events(&[told]).await.unwrap().remove(0)
}

async fn balance_of(app: &App, person: &str) -> [i64; 4] {
    balance(app, &principal(app, person).await).await
}

on_both_engines! {
    async fn a_late_order_of_who_split_off_is_theirs_through_pick_up_refund_and_cancelling(world: TestApp) {
        let app = world.app();
        let family = family(app).await;
        split(app, &family).await;

        assert_eq!(tell(app, sale(app, "O-1", "daughter", "100")).await, Ok(ToldAnswer::Accepted));
        assert_eq!(tell(app, sale(app, "O-1", "daughter", "100")).await, Ok(ToldAnswer::Duplicate));
        assert_eq!(tell(app, sale(app, "O-2", "son", "40")).await, Ok(ToldAnswer::Accepted));

        assert_eq!((balance(app, &family[0]).await, balance_of(app, "son").await), ([280, 0, 0, 0], [0, 140, 0, 0]));
        assert_eq!(tell(app, picked_up(app, "O-1")).await, Ok(ToldAnswer::Accepted));
        world.clock().advance(chrono::TimeDelta::days(9));
        assert_eq!(balance_of(app, "daughter").await, [100, 40, 0, 0]);
        assert!(matches!(tell(app, refunded(app, "O-1", "30")).await, Ok(ToldAnswer::Refunded { .. })));
        assert_eq!(tell(app, cancelled(app, "O-2")).await, Ok(ToldAnswer::Accepted));
        assert_eq!((balance(app, &family[0]).await, balance_of(app, "son").await), ([280, 0, 0, 0], [70, 0, 0, 0]));
        assert_verifies(app).await;
    }

    async fn it_is_theirs_by_whatever_way_they_left_and_however_far_they_went(world: TestApp) {
        let app = world.app();
        let family = family(app).await;
        let [owner, _, son, other] = &family;
        let leaving = app.preview_leave(son).await.unwrap().unwrap().version;
        app.leave_household(son, &leaving, &key("leave")).await.unwrap().unwrap();
        // The household of the number went into another since: the old number stands for that one.
        let invite = app::accounts::Invite {
            address: "h-one-owner@hearth.example".parse().unwrap(),
            name: crate::world::label("One"),
            locale: kernel::Locale::En,
        };
        let invitation = app.invite_household(other, &invite).await.unwrap().unwrap();
        let secret = app::Secret::new(vec![7; app::Secret::MIN_BYTES]).unwrap();
        let token = accounts::InvitationToken::of(secret.bytes(), invitation).to_text();
        let version = app.preview_merge(owner, &token).await.unwrap().unwrap().version;
        app.merge_households(owner, &token, &version, &key("merge")).await.unwrap().unwrap();

        assert_eq!(tell(app, sale(app, "O-1", "son", "50")).await, Ok(ToldAnswer::Accepted));
        assert_eq!(tell(app, sale(app, "O-2", "daughter", "7")).await, Ok(ToldAnswer::Accepted));

        assert_eq!(balance_of(app, "son").await, [0, 50, 0, 0]);
        assert_eq!(balance_of(app, "daughter").await, [280, 7, 0, 0]);
        assert_verifies(app).await;
    }

    async fn who_never_belonged_there_is_refused_and_nothing_is_kept(world: TestApp) {
        let app = world.app();
        let family = family(app).await;
        split(app, &family).await;

        let stranger = tell(app, sale(app, "O-1", "H-TWO-owner", "100")).await;
        let nobody = tell(app, sale(app, "O-2", "nobody", "100")).await;

        assert_eq!(stranger, Err(EventRefusal::Paid(RecordOrderRefusal::PersonElsewhere)));
        assert_eq!(nobody, Err(EventRefusal::Paid(RecordOrderRefusal::UnknownPerson)));
        assert_eq!(world.db().count("orders WHERE external_ref IN ('O-1', 'O-2')").await, 0);
        assert_eq!((balance(app, &family[0]).await, balance(app, &family[3]).await), ([280, 0, 0, 0], [0, 0, 0, 0]));
    }

    async fn points_the_old_household_set_aside_pay_for_an_order_of_its_own(world: TestApp) {
        let app = world.app();
        let family = family(app).await;
        let held = OrderPointsHeld {
            household_ref: reference("H-ONE"),
            order_ref: reference("O-1"),
            points: points(100),
            until: app.db().clock().now() + chrono::TimeDelta::hours(2),
        };
        tell(app, event("held-O-1", EventTold::PointsHeld(held))).await.unwrap();
        split(app, &family).await;
        let in_part = |of: &str| OrderPaid { cash: yuan("9"), points_tendered: points(100), ..order(app, of, "son", "10") };

        let kept = tell(app, event("paid-O-1", EventTold::Paid(in_part("O-1")))).await;
        let theirs = tell(app, event("paid-O-2", EventTold::Paid(in_part("O-2")))).await;

        assert_eq!(kept, Ok(ToldAnswer::Accepted));
        // Nobody set anything aside for the other: it is the son's, whose household has no points to pay with.
        assert!(matches!(theirs, Err(EventRefusal::Paid(RecordOrderRefusal::NotTendered(_)))), "{theirs:?}");
        assert_eq!((balance(app, &family[0]).await, balance_of(app, "son").await), ([180, 9, 0, 0], [0, 0, 0, 0]));
        assert_verifies(app).await;
    }

    async fn told_while_they_split_off_it_is_in_one_household_once(world: TestApp) {
        let app = world.app();
        let family = family(app).await;
        let [owner, daughter, son, _] = &family;
        app.offer_split(owner, daughter.person, &[son.person]).await.unwrap().unwrap();
        let version = app.preview_split(daughter).await.unwrap().unwrap().version;
        let told: Vec<_> = (0..4).map(|n| sale(app, &format!("O-{n}"), "son", "10")).collect();
        let telling = told.iter().chain(&told).map(|order| app.record_order_events(std::slice::from_ref(order)));

        let key = key("split");
        let (split, told) = tokio::join!(
            app.split_household(daughter, &version, &key),
            futures_util::future::join_all(telling)
        );

        assert!(told.into_iter().all(|told| told.unwrap().iter().all(Result::is_ok)));
        let expected = if split.unwrap().is_ok() { [280, 0, 0, 0] } else { [280, 40, 0, 0] };
        assert_eq!(balance(app, owner).await, expected);
        assert_eq!(world.db().texts("SELECT CAST(SUM(balance) AS TEXT) FROM wallets").await, [["320"]]);
        assert_verifies(app).await;
    }
}
