//! A relative's word given beforehand.

use app::{
    App,
    familypay::{AskToPay, AskedLine, GiveMandate, GiveMandateRefusal},
    orders::EventTold,
};
use chrono::TimeDelta;
use familypay::{RevokeMandateRefusal, understand::Quantity};
use kernel::{ExternalRef, Id, kinds};
use mail::FamilyPayKind as Kind;
use orders::{OrderRefunded, RefundLine};
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use super::{Family, mailed, money, state};
use crate::world::{assert_verifies, balance, event, principal, reference, yuan};

async fn gives(world: &TestApp, family: &Family, per_order: &str, per_month: &str) -> Id<kinds::Mandate> {
    let given = GiveMandate { senior: family.senior.person, per_order: yuan(per_order), per_month: yuan(per_month) };
    world.app().give_mandate(&family.daughter, &given).await.unwrap().unwrap().id
}

/// Asks for so many yuan of rice, at one yuan a jin.
async fn asks_for(app: &App, family: &Family, key: &str, yuan_asked: i64) -> Id<kinds::PayRequest> {
    let rice =
        AskedLine { product_ref: reference("R01"), quantity: Quantity::from_thousandths(yuan_asked * 1_000).unwrap() };
    let price = yuan(&yuan_asked.to_string());
    let asked = AskToPay { lines: vec![rice], price, pick_up: None, key: format!("{key:0>16}").parse().unwrap() };
    super::ask(app, &family.senior, asked).await.unwrap()
}

/// The order system tells that so much of an order's only line went back.
async fn refunds(
    app: &App,
    request: Id<kinds::PayRequest>,
    refund: &str,
    amount: &str,
) -> [(ExternalRef, EventTold); 1] {
    let refunded = OrderRefunded {
        order_ref: reference(&request.to_string()),
        refund_ref: reference(refund),
        refunded_at: app.db().clock().now(),
        amount: yuan(amount),
        lines: vec![RefundLine { line_no: 1, amount: yuan(amount) }],
    };
    [event(refund, EventTold::Refunded(refunded))]
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

    async fn what_goes_back_of_an_order_can_be_used_again_in_its_month_and_in_no_other(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        gives(&world, &family, "100", "500").await;
        let mut requests = Vec::new();
        for key in ["1", "2", "3", "4", "5"] {
            requests.push(asks_for(app, &family, key, 90).await);
            app.drain().await.unwrap();
        }
        assert_eq!(left(&world, &family).await, 5_000);
        let over = asks_for(app, &family, "6", 60).await;
        app.drain().await.unwrap();
        assert_eq!(state(app, &family, over).await, "asked");

        let told = refunds(app, requests[0], "R-1", "90").await;
        app.record_order_events(&told).await.unwrap()[0].clone().unwrap();
        app.drain().await.unwrap();

        assert_eq!(state(app, &family, requests[0]).await, "refunded");
        assert_eq!((left(&world, &family).await, money(&world).await), (14_000, [5, 45_000, 1, 9_000]));
        app.cancel_pay_request(&family.senior, over).await.unwrap().unwrap();
        let within = asks_for(app, &family, "7", 60).await;
        app.drain().await.unwrap();
        assert_eq!((state(app, &family, within).await, left(&world, &family).await), ("paid", 8_000));
        // On the first it is whole, and what goes back of July's orders adds nothing to August.
        world.clock().advance(TimeDelta::days(30));
        let told = refunds(app, requests[1], "R-2", "90").await;
        app.record_order_events(&told).await.unwrap()[0].clone().unwrap();
        app.drain().await.unwrap();
        assert_eq!((left(&world, &family).await, money(&world).await), (50_000, [6, 51_000, 2, 18_000]));
        assert_verifies(app).await;
    }

    async fn of_two_orders_at_once_the_last_of_the_month_pays_one(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        gives(&world, &family, "60", "60").await;
        let other = world.another();

        let requests = tokio::join!(family.asks(app, "1"), family.asks(&other, "2"));
        app.drain().await.unwrap();

        let mut states = [state(app, &family, requests.0).await, state(app, &family, requests.1).await];
        states.sort_unstable();
        assert_eq!((states, left(&world, &family).await), (["asked", "paid"], 320));
        assert_eq!(money(&world).await, [1, 5_680, 0, 0]);
        assert_eq!(mailed(&world, Kind::Asked).len(), 1);
    }

    async fn a_mandate_ends_with_the_kin_link_it_stands_on_and_with_no_other(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let ended = gives(&world, &family, "100", "500").await;
        let given = GiveMandate { senior: family.senior.person, per_order: yuan("1"), per_month: yuan("1") };
        app.give_mandate(&family.son, &given).await.unwrap().unwrap();
        let other = world.another();

        let both = tokio::join!(
            app.end_kin_link(&family.senior, family.daughter.person),
            other.end_kin_link(&family.daughter, family.senior.person)
        );

        assert_eq!([both.0.unwrap(), both.1.unwrap()].into_iter().filter(|was_there| *was_there).count(), 1);
        let standing = app.list_mandates(&family.senior).await.unwrap();
        assert_eq!(standing.iter().map(|shown| shown.mandate.payer).collect::<Vec<_>>(), [family.son.person]);
        assert_eq!(world.db().count("audit_lines WHERE action = 'revoke_mandate'").await, 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'familypay.mandate_revoked.v1'").await, 1);
        assert_eq!(app.revoke_mandate(&family.daughter, ended).await.unwrap(), Err(RevokeMandateRefusal::AlreadyRevoked));
        // Linked again, the daughter would have to give it anew.
        let request = family.asks(app, "1").await;
        app.drain().await.unwrap();
        assert_eq!((state(app, &family, request).await, money(&world).await), ("asked", [0, 0, 0, 0]));
    }

    async fn ending_a_kin_link_dropped_anywhere_ends_link_and_mandate_together(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        gives(&world, &family, "100", "500").await;

        drop_at_every_await(
            async |_| app.end_kin_link(&family.senior, family.daughter.person).await.unwrap(),
            async |_| {
                let links = world.db().count("kin_links").await;
                assert_eq!(world.db().count("mandates WHERE revoked_at IS NULL").await + 1, links);
            },
        )
        .await;

        assert_eq!(world.db().count("mandates WHERE revoked_at IS NULL").await, 0);
        assert_eq!(world.db().count("audit_lines WHERE action = 'revoke_mandate'").await, 1);
    }

    async fn who_leaves_or_is_forgotten_is_paid_for_beforehand_no_more(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        gives(&world, &family, "100", "500").await;
        let preview = app.preview_leave(&family.senior).await.unwrap().unwrap();
        let key = "key-0123456789abcdef".parse().unwrap();
        app.leave_household(&family.senior, &preview.version, &key).await.unwrap().unwrap();
        assert_eq!(world.db().count("mandates WHERE revoked_at IS NULL").await, 0);

        // The link stands: given anew it pays for the household she has now.
        let senior = principal(app, "nainai").await;
        gives(&world, &family, "100", "500").await;
        let request = app.ask_to_pay(&senior, &super::basket("1")).await.unwrap().unwrap().request;
        app.drain().await.unwrap();
        assert_eq!(app.find_pay_request(&senior, request).await.unwrap().unwrap().state.word(), "paid");
        app.request_erasure(&senior, accounts::ErasureBasis::Transactions).await.unwrap().unwrap();
        assert_eq!(world.db().count("mandates WHERE revoked_at IS NULL").await, 1);
        world.clock().advance(TimeDelta::days(7));
        assert_eq!(app.advance_erasures().await.unwrap(), 1);
        assert_eq!(world.db().count("mandates WHERE revoked_at IS NULL").await, 0);
        assert_verifies(app).await;
    }
}
