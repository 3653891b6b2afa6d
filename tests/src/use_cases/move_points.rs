use std::sync::Arc;

use accounts::Role;
use app::{
    App, ImportMode, Principal,
    ledger::{MovePoints, MovePointsRefusal},
    orders::{EventTold, Recorded},
};
use kernel::Id;
use ledger::{Contributor, MoveRefusal};
use orders::{OrderPaid, OrderPickedUp, OrderRefunded};
use testkit::{TestApp, on_both_engines};

use crate::world::{
    add_person, assert_verifies, balance, define_perk, earn, event, found, label, paid, redeem, reference, set_rule,
    yuan,
};

const KEY: &str = "key-0123456789abcdef";

fn moving(from: &Principal, to: &Principal, contributor: Option<Contributor>, key: &str) -> MovePoints {
    let (from, to) = (from.household.unwrap().0, to.household.unwrap().0);
    let idempotency_key = format!("{KEY}-{key}").parse().unwrap();
    MovePoints { from, to, contributor, reason: label("moved house"), idempotency_key }
}

/// An order by a member, picked up long enough ago or not at all.
async fn ordered_by(app: &App, order: &str, person: &str, amount: &str, is_picked_up: bool) {
    let now = app.db().clock().now();
    let days = chrono::TimeDelta::days;
    let order = OrderPaid {
        ordered_at: now - days(20),
        picked_up_at: is_picked_up.then(|| now - days(19)),
        person_ref: Some(reference(person)),
        ..paid(order, "H-WANG", "2026-01-01T00:00:00", &[("", amount)])
    };
    let answers = app.import_orders(&[order], ImportMode::Commit).await.unwrap();
    assert!(matches!(answers[..], [Ok(Recorded::New { .. })]), "{answers:?}");
}

fn refund(app: &App, order: &str, refund: &str, amount: &str) -> EventTold {
    EventTold::Refunded(OrderRefunded {
        order_ref: reference(order),
        refund_ref: reference(refund),
        refunded_at: app.db().clock().now(),
        amount: yuan(amount),
        lines: Vec::new(),
    })
}

on_both_engines! {
    async fn a_merge_keeps_every_point_and_date_and_can_be_undone(world: TestApp) {
        // The ledger half of scenario 11.
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (one, two) = (found(app, "H-ONE").await, found(app, "H-TWO").await);
        earn(app, "H-ONE", "500").await;
        earn(app, "H-TWO", "200").await;
        let before = app.find_asset_account(&two, two.household.unwrap().0).await.unwrap().unwrap();

        let moved = app.move_points(&moving(&two, &one, None, "1")).await.unwrap().unwrap();
        assert_eq!(app.move_points(&moving(&two, &one, None, "1")).await.unwrap().unwrap(), moved);
        assert_eq!((moved.out.net_points(), moved.into.net_points()), (-200, 200));
        assert_eq!((balance(app, &one).await, balance(app, &two).await), ([700, 0, 0, 0], [0, 0, 0, 0]));
        assert_verifies(app).await;

        let key = moving(&two, &one, None, "1").idempotency_key;
        app.undo_move(two.household.unwrap().0, &key, &label("moved back")).await.unwrap().unwrap();
        app.undo_move(two.household.unwrap().0, &key, &label("moved back")).await.unwrap().unwrap();
        let after = app.find_asset_account(&two, two.household.unwrap().0).await.unwrap().unwrap();
        assert_eq!(after, before);
        assert_eq!(balance(app, &one).await, [500, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn the_same_key_for_other_points_is_refused(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (one, two) = (found(app, "H-ONE").await, found(app, "H-TWO").await);
        earn(app, "H-TWO", "200").await;
        app.move_points(&moving(&two, &one, None, "1")).await.unwrap().unwrap();

        let households = Some(Contributor::Household);
        let otherwise = app.move_points(&moving(&two, &one, households, "1")).await.unwrap();

        assert_eq!(otherwise, Err(MovePointsRefusal::IdempotencyKeyReused));
        assert_eq!(balance(app, &one).await, [200, 0, 0, 0]);
    }

    async fn an_order_earned_after_a_move_stays_where_it_was_earned(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (wang, li) = (found(app, "H-WANG").await, found(app, "H-LI").await);
        let told = |order: &str| {
            let paid = paid(order, "H-WANG", "2026-06-01T08:00:00", &[("", "100")]);
            event(&format!("ev-{order}"), EventTold::Paid(paid))
        };
        app.record_order_events(&[told("D-1")]).await.unwrap()[0].clone().unwrap();
        app.move_points(&moving(&wang, &li, None, "1")).await.unwrap().unwrap();
        app.record_order_events(&[told("D-2")]).await.unwrap()[0].clone().unwrap();

        let refunded = [event("ev-r", refund(app, "D-2", "R-1", "100"))];
        app.record_order_events(&refunded).await.unwrap()[0].clone().unwrap();

        assert_eq!((balance(app, &wang).await, balance(app, &li).await), ([0, 0, 0, 0], [0, 100, 0, 0]));
        assert_verifies(app).await;
    }

    async fn points_that_were_used_since_do_not_go_back(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (one, two) = (found(app, "H-ONE").await, found(app, "H-TWO").await);
        earn(app, "H-TWO", "200").await;
        let perk = define_perk(app, 150, 5, 5).await;
        app.move_points(&moving(&two, &one, None, "1")).await.unwrap().unwrap();
        app.redeem_perk(&one, &redeem(perk.id, KEY)).await.unwrap().unwrap();

        let key = moving(&two, &one, None, "1").idempotency_key;
        let refused = app.undo_move(two.household.unwrap().0, &key, &label("moved back")).await.unwrap();

        assert_eq!(refused, Err(MovePointsRefusal::NotMoved(MoveRefusal::UsedSince)));
        assert_eq!((balance(app, &one).await, balance(app, &two).await), ([50, 0, 0, 0], [0, 0, 0, 0]));
        assert_verifies(app).await;
    }

    async fn a_refund_after_a_split_follows_the_lots(world: TestApp) {
        // The ledger half of scenario 12: daughter moves out with 120 of 400.
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let daughter = add_person(app, "H-WANG", "P-DAUGHTER", Role::Adult).await;
        let own = found(app, "H-OWN").await;
        earn(app, "H-WANG", "280").await;
        ordered_by(app, "O-DAUGHTER", "P-DAUGHTER", "120", true).await;
        assert_eq!(balance(app, &wang).await, [400, 0, 0, 0]);

        let hers = Some(Contributor::Person(daughter.person));
        app.move_points(&moving(&wang, &own, hers, "1")).await.unwrap().unwrap();
        assert_eq!((balance(app, &wang).await, balance(app, &own).await), ([280, 0, 0, 0], [120, 0, 0, 0]));
        let told = [event("ev-1", refund(app, "O-DAUGHTER", "R-1", "80"))];
        app.record_order_events(&told).await.unwrap()[0].clone().unwrap();

        assert_eq!((balance(app, &wang).await, balance(app, &own).await), ([280, 0, 0, 0], [40, 0, 0, 0]));
        let told = [event("ev-2", refund(app, "O-DAUGHTER", "R-2", "40"))];
        app.record_order_events(&told).await.unwrap()[0].clone().unwrap();
        assert_eq!((balance(app, &wang).await, balance(app, &own).await), ([280, 0, 0, 0], [0, 0, 0, 0]));
        assert_verifies(app).await;
    }

    async fn a_pick_up_after_a_split_follows_the_lots(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let daughter = add_person(app, "H-WANG", "P-DAUGHTER", Role::Adult).await;
        let own = found(app, "H-OWN").await;
        ordered_by(app, "O-DAUGHTER", "P-DAUGHTER", "120", false).await;
        let hers = Some(Contributor::Person(daughter.person));
        app.move_points(&moving(&wang, &own, hers, "1")).await.unwrap().unwrap();

        let picked_up_at = app.db().clock().now();
        let told = EventTold::PickedUp(OrderPickedUp { order_ref: reference("O-DAUGHTER"), picked_up_at });
        app.record_order_events(&[event("ev-1", told)]).await.unwrap()[0].clone().unwrap();

        assert_eq!(balance(app, &own).await, [0, 120, 0, 0]);
        world.clock().advance(chrono::TimeDelta::days(8));
        assert_eq!((balance(app, &wang).await, balance(app, &own).await), ([0, 0, 0, 0], [120, 0, 0, 0]));
        assert_verifies(app).await;
    }

    async fn a_move_is_undone_after_some_of_its_orders_were_picked_up(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (wang, li, zhao) = (found(app, "H-WANG").await, found(app, "H-LI").await, found(app, "H-ZHAO").await);
        let told = |order: &str, household: &str| {
            let paid = paid(order, household, "2026-06-01T08:00:00", &[("", "100")]);
            event(&format!("ev-{order}"), EventTold::Paid(paid))
        };
        let pick_up = |order: &str| {
            let picked_up_at = app.db().clock().now();
            let told = EventTold::PickedUp(OrderPickedUp { order_ref: reference(order), picked_up_at });
            event(&format!("ev-up-{order}"), told)
        };
        // Li's own order waits in the same lot as Wang's two.
        for answer in app.record_order_events(&[told("W-1", "H-WANG"), told("W-2", "H-WANG"), told("L-1", "H-LI")]).await.unwrap() {
            answer.unwrap();
        }
        app.move_points(&moving(&wang, &li, None, "1")).await.unwrap().unwrap();
        app.record_order_events(&[pick_up("L-1")]).await.unwrap()[0].clone().unwrap();
        app.move_points(&moving(&li, &zhao, None, "2")).await.unwrap().unwrap();
        app.record_order_events(&[pick_up("W-1")]).await.unwrap()[0].clone().unwrap();
        assert_eq!(balance(app, &zhao).await, [0, 300, 0, 0]);

        let undo = async |from: &Principal, key: &str| {
            let key = format!("{KEY}-{key}").parse().unwrap();
            app.undo_move(from.household.unwrap().0, &key, &label("moved back")).await.unwrap()
        };
        assert_eq!(undo(&wang, "1").await, Err(MovePointsRefusal::NotMoved(MoveRefusal::UsedSince)));
        undo(&li, "2").await.unwrap();
        undo(&wang, "1").await.unwrap();

        let lots = async |who: &Principal| {
            let account = app.find_asset_account(who, who.household.unwrap().0).await.unwrap().unwrap();
            account.lots.iter().map(|lot| (lot.key.available_from.to_string(), lot.remaining.get())).collect::<Vec<_>>()
        };
        // Both were picked up today, and all were ordered on one day.
        let scheduled = lots(&li).await;
        assert_eq!(scheduled.iter().map(|(_, points)| *points).collect::<Vec<_>>(), [100]);
        assert_eq!(lots(&wang).await, [(scheduled[0].0.clone(), 100), ("9999-12-31".to_owned(), 100)]);
        // And each order's refund finds its own points again.
        let refunds = [event("ev-r1", refund(app, "W-1", "R-1", "100")), event("ev-r2", refund(app, "W-2", "R-2", "100"))];
        for answer in app.record_order_events(&refunds).await.unwrap() {
            answer.unwrap();
        }
        assert_eq!((balance(app, &wang).await, balance(app, &li).await), ([0, 0, 0, 0], [0, 100, 0, 0]));
        assert_verifies(app).await;
    }

    async fn a_move_can_be_undone_for_seven_days(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (one, two) = (found(app, "H-ONE").await, found(app, "H-TWO").await);
        earn(app, "H-TWO", "200").await;
        let (moved_at, week) = (app.db().clock().now(), chrono::TimeDelta::days(MovePoints::UNDO_WITHIN_DAYS));
        for key in ["1", "2"] {
            world.clock().set(moved_at);
            app.move_points(&moving(&two, &one, None, key)).await.unwrap().unwrap();
            world.clock().set(moved_at + week + chrono::TimeDelta::milliseconds(i64::from(key == "1")));
            let key = moving(&two, &one, None, key).idempotency_key;
            let undone = app.undo_move(two.household.unwrap().0, &key, &label("moved back")).await.unwrap();
            if undone == Err(MovePointsRefusal::TooLate { until: moved_at + week }) {
                assert_eq!((balance(app, &one).await, balance(app, &two).await), ([200, 0, 0, 0], [0, 0, 0, 0]));
                world.clock().set(moved_at + week);
                app.undo_move(two.household.unwrap().0, &key, &label("moved back")).await.unwrap().unwrap();
                // Told again it is the same, however late.
                world.clock().set(moved_at + week * 9);
                app.undo_move(two.household.unwrap().0, &key, &label("moved back")).await.unwrap().unwrap();
            } else {
                undone.unwrap();
            }
            world.clock().set(moved_at);
            assert_eq!((balance(app, &one).await, balance(app, &two).await), ([0, 0, 0, 0], [200, 0, 0, 0]));
        }
        assert_eq!(world.db().count("postings WHERE kind = 'move_in'").await, 4);
        assert_verifies(app).await;
    }

    async fn who_moved_points_to_many_households_can_still_be_refunded_and_picked_up(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        for n in 0..18 {
            let (person, child) = (format!("P-{n}"), format!("H-{n}"));
            let who = add_person(app, "H-WANG", &person, Role::Adult).await;
            ordered_by(app, &format!("O-{n}"), &person, "10", true).await;
            let to = found(app, &child).await;
            let hers = Some(Contributor::Person(who.person));
            app.move_points(&moving(&wang, &to, hers, &n.to_string())).await.unwrap().unwrap();
        }
        let paid = event("ev-1", EventTold::Paid(paid("D-1", "H-WANG", "2026-06-01T08:00:00", &[("", "100")])));
        app.record_order_events(&[paid]).await.unwrap()[0].clone().unwrap();

        let told = [event("ev-2", refund(app, "D-1", "R-1", "60")), event("ev-3", refund(app, "O-7", "R-1", "10"))];
        for answer in app.record_order_events(&told).await.unwrap() {
            answer.unwrap();
        }

        assert_eq!(balance(app, &wang).await, [0, 40, 0, 0]);
        assert_eq!(world.db().count("lots WHERE remaining = 10").await, 17);
        assert_verifies(app).await;
    }

    async fn moves_there_and_back_at_once_wait_for_each_other_and_lose_nothing(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let (one, two) = (found(&app, "H-ONE").await, found(&app, "H-TWO").await);
        earn(&app, "H-ONE", "500").await;
        earn(&app, "H-TWO", "200").await;

        let moves: Vec<_> = (0..20)
            .map(|n| {
                let (app, (from, to)) = (Arc::clone(&app), if n % 2 == 0 { (one, two) } else { (two, one) });
                tokio::spawn(async move { app.move_points(&moving(&from, &to, None, &n.to_string())).await })
            })
            .collect();
        for moved in moves {
            let moved = moved.await.unwrap().unwrap().map(|_| ());
            assert!(matches!(moved, Ok(()) | Err(MovePointsRefusal::NotMoved(MoveRefusal::NothingToMove))), "{moved:?}");
        }

        let (one, two) = (balance(&app, &one).await, balance(&app, &two).await);
        assert_eq!(one[0] + two[0], 700);
        assert_verifies(&app).await;
    }

    async fn refuses_what_is_no_move(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (one, two) = (found(app, "H-ONE").await, found(app, "H-TWO").await);
        earn(app, "H-ONE", "500").await;
        let household = one.household.unwrap().0;

        let to_itself = app.move_points(&moving(&one, &one, None, "1")).await.unwrap();
        assert_eq!(to_itself, Err(MovePointsRefusal::NoSuchHouseholds));
        let nowhere = MovePoints { to: Id::from_uuid(one.person.uuid()), ..moving(&one, &two, None, "1") };
        assert_eq!(app.move_points(&nowhere).await.unwrap(), Err(MovePointsRefusal::NoSuchHouseholds));
        let nothing = app.move_points(&moving(&two, &one, None, "1")).await.unwrap();
        assert_eq!(nothing, Err(MovePointsRefusal::NotMoved(MoveRefusal::NothingToMove)));
        let undone = app.undo_move(household, &moving(&one, &two, None, "9").idempotency_key, &label("moved back")).await.unwrap();
        assert_eq!(undone, Err(MovePointsRefusal::NoSuchMove));
        assert_eq!(balance(app, &one).await, [500, 0, 0, 0]);
        assert_eq!(balance(app, &two).await, [0, 0, 0, 0]);
    }
}
