//! A relative's word given beforehand.

use app::{
    familypay::{AskToPay, AskedLine, GiveMandate, GiveMandateRefusal},
    orders::EventTold,
};
use chrono::TimeDelta;
use familypay::{RevokeMandateRefusal, understand::Quantity};
use kernel::{Id, kinds};
use mail::FamilyPayKind as Kind;
use orders::{OrderRefunded, RefundLine};
use testkit::{TestApp, on_both_engines};

use super::{Family, ask, basket, mailed, money, offer, state};
use crate::{
    use_cases::privacy::export_of,
    world::{assert_verifies, balance, begin, event, local, reference, yuan},
};

async fn gives(world: &TestApp, family: &Family, per_order: &str, per_month: &str) -> Id<kinds::Mandate> {
    let given = GiveMandate { senior: family.senior.person, per_order: yuan(per_order), per_month: yuan(per_month) };
    world.app().give_mandate(&family.daughter, &given).await.unwrap().unwrap().id
}

async fn left(world: &TestApp, family: &Family) -> i64 {
    world.app().list_mandates(&family.senior).await.unwrap()[0].left.minor()
}

on_both_engines! {
    async fn a_mandate_pays_without_asking_and_the_month_limits_it(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        gives(&world, &family, "60", "120").await;

        let mut requests = Vec::new();
        for key in ["1", "2", "3"] {
            requests.push(family.asks(app, key).await);
            app.drain().await.unwrap();
        }

        assert_eq!(state(app, &family, requests[0]).await, "paid");
        assert_eq!(state(app, &family, requests[1]).await, "paid");
        assert_eq!(state(app, &family, requests[2]).await, "asked");
        assert_eq!(left(&world, &family).await, 640);
        assert_eq!(money(&world).await, [2, 11_360, 0, 0]);
        assert_eq!(mailed(&world, Kind::PaidByMandate).len(), 2);
        assert_eq!(mailed(&world, Kind::Asked), ["h-li-owner@hearth.example"]);
        assert_eq!(balance(app, &family.senior).await, [0, 112, 0, 0]);
        // Calling off what was only asked gives a mandate nothing back.
        app.cancel_pay_request(&family.senior, requests[2]).await.unwrap().unwrap();
        assert_eq!(left(&world, &family).await, 640);
        // On the first it is whole again.
        world.clock().advance(TimeDelta::days(30));
        assert_eq!(left(&world, &family).await, 12_000);
    }

    async fn either_side_takes_a_mandate_back_before_the_next_order(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let mandate = gives(&world, &family, "100", "500").await;
        let again = GiveMandate { senior: family.senior.person, per_order: yuan("1"), per_month: yuan("1") };
        assert_eq!(
            app.give_mandate(&family.daughter, &again).await.unwrap(),
            Err(GiveMandateRefusal::AlreadyGiven)
        );
        let stranger = GiveMandate { senior: family.son.person, ..again };
        assert_eq!(
            app.give_mandate(&family.daughter, &stranger).await.unwrap(),
            Err(GiveMandateRefusal::NoSuchSenior)
        );

        assert_eq!(app.revoke_mandate(&family.son, mandate).await.unwrap(), Err(RevokeMandateRefusal::NotYours));
        app.revoke_mandate(&family.senior, mandate).await.unwrap().unwrap();
        assert_eq!(
            app.revoke_mandate(&family.daughter, mandate).await.unwrap(),
            Err(RevokeMandateRefusal::AlreadyRevoked)
        );

        let request = family.asks(app, "1").await;
        app.drain().await.unwrap();
        assert_eq!(state(app, &family, request).await, "asked");
    }

    async fn of_five_hundred_a_month_five_orders_of_ninety_leave_fifty_and_a_refund_makes_it_more(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let mandate = gives(&world, &family, "100", "500").await;
        app.offer_products(&[offer("R90", "大米", "袋", "90.00", None), offer("O60", "油", "瓶", "60.00", None)]).await.unwrap().unwrap();
        let order = |product: &str, price: &str, key: &str| AskToPay {
            lines: vec![AskedLine { product_ref: reference(product), quantity: Quantity::from_thousandths(1_000).unwrap() }],
            price: yuan(price),
            ..basket(key)
        };
        let mut paid = Vec::new();
        for key in ["1", "2", "3", "4", "5"] {
            let request = ask(app, &family.senior, order("R90", "90", key)).await.unwrap();
            app.drain().await.unwrap();
            assert_eq!(state(app, &family, request).await, "paid");
            paid.push(request);
        }
        assert_eq!(left(&world, &family).await, 5_000);
        let sixth = ask(app, &family.senior, order("O60", "60", "6")).await.unwrap();
        app.drain().await.unwrap();
        assert_eq!(state(app, &family, sixth).await, "asked");

        let refund = EventTold::Refunded(OrderRefunded {
            order_ref: reference(&paid[0].to_string()),
            refund_ref: reference("R-1"),
            refunded_at: app.db().clock().now(),
            amount: yuan("90"),
            lines: Vec::new(),
        });
        app.record_order_events(&[event("ev-refund", refund)]).await.unwrap()[0].as_ref().unwrap();
        app.drain().await.unwrap();
        assert_eq!(left(&world, &family).await, 14_000);
        // On the first of the next month in the operator's zone it is whole, not a millisecond before.
        world.clock().set(local("2026-08-01T00:00:00") - TimeDelta::milliseconds(1));
        assert_eq!(left(&world, &family).await, 14_000);
        world.clock().set(local("2026-08-01T00:00:00"));
        assert_eq!(left(&world, &family).await, 50_000);

        // Taken back by the senior it is not used by the next order, not even by one that is being spoken.
        world.clock().set(local("2026-08-01T18:00:00"));
        app.revoke_mandate(&family.senior, mandate).await.unwrap().unwrap();
        let seventh = ask(app, &family.senior, order("O60", "60", "7")).await.unwrap();
        app.drain().await.unwrap();
        assert_eq!(state(app, &family, seventh).await, "asked");
        assert_verifies(app).await;
    }

    async fn two_orders_at_once_on_the_last_of_the_month_are_not_both_paid(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        gives(&world, &family, "60", "100").await;
        let (one, other) = (basket("1"), basket("2"));
        let (one, other) = tokio::join!(ask(app, &family.senior, one), ask(app, &family.senior, other));
        app.drain().await.unwrap();
        let mut states = [state(app, &family, one.unwrap()).await, state(app, &family, other.unwrap()).await];
        states.sort_unstable();
        assert_eq!(states, ["asked", "paid"]);
        assert_eq!(left(&world, &family).await, 4_320);
        assert_eq!(money(&world).await, [1, 5_680, 0, 0]);
        assert_verifies(app).await;
    }

    async fn what_is_refunded_of_an_order_can_be_spent_again_in_its_month(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        gives(&world, &family, "60", "120").await;
        let request = family.asks(app, "1").await;
        app.drain().await.unwrap();
        assert_eq!(left(&world, &family).await, 6_320);

        let refund = EventTold::Refunded(OrderRefunded {
            order_ref: reference(&request.to_string()),
            refund_ref: reference("R-1"),
            refunded_at: app.db().clock().now(),
            amount: yuan("8.97"),
            lines: vec![RefundLine { line_no: 1, amount: yuan("8.97") }],
        });
        for _ in 0..2 {
            app.record_order_events(&[event("ev-refund", refund.clone())]).await.unwrap()[0].as_ref().unwrap();
            app.drain().await.unwrap();
        }
        assert_eq!(left(&world, &family).await, 7_217);
        assert_eq!(money(&world).await, [1, 5_680, 1, 897]);
        assert_verifies(app).await;
    }

    async fn a_link_that_ends_takes_the_mandate_with_it_and_a_new_one_brings_none_back(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let mandate = gives(&world, &family, "60", "120").await;
        assert!(app.end_kin_link(&family.daughter, family.senior.person).await.unwrap());
        app.drain().await.unwrap();
        app.drain().await.unwrap();
        assert_eq!(app.list_mandates(&family.senior).await.unwrap(), []);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'familypay.mandate_revoked.v1'").await, 1);

        let mut tx = begin(app).await;
        let relation = accounts::Relation::Daughter;
        accounts::store::insert_kin_link(&mut tx, family.senior.person, family.daughter.person, relation).await.unwrap();
        tx.commit().await.unwrap();
        let request = family.asks(app, "1").await;
        app.drain().await.unwrap();
        assert_eq!(state(app, &family, request).await, "asked");
        let anew = gives(&world, &family, "60", "120").await;
        app.drain().await.unwrap();
        assert_eq!(app.list_mandates(&family.senior).await.unwrap()[0].mandate.id, anew);

        // Both find all of it in what is kept about them.
        for who in [&family.senior, &family.daughter] {
            let data = export_of(&world, who).await;
            let ids: Vec<_> = data["mandates"].as_array().unwrap().iter().map(|it| it["mandate"].clone()).collect();
            assert_eq!(ids, [anew.to_string(), mandate.to_string()]);
        }
        let (hers, daughters) = (export_of(&world, &family.senior).await, export_of(&world, &family.daughter).await);
        assert_eq!(hers["asked_to_pay_for_me"][0]["state"], "asked");
        assert_eq!(daughters["asked_to_pay_by_others"][0]["amount_minor"], "5680");
        let none = Vec::new();
        assert_eq!(daughters["asked_to_pay_for_me"].as_array(), Some(&none));
    }

    async fn an_order_called_off_before_it_was_charged_gives_the_month_back(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        gives(&world, &family, "60", "120").await;
        let request = family.asks(app, "1").await;
        assert_eq!(left(&world, &family).await, 6_320);

        app.cancel_pay_request(&family.senior, request).await.unwrap().unwrap();
        app.drain().await.unwrap();

        assert_eq!(left(&world, &family).await, 12_000);
        assert_eq!(money(&world).await, [0, 0, 0, 0]);
    }
}
