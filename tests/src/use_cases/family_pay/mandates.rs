//! A relative's word given beforehand.

use app::familypay::{GiveMandate, GiveMandateRefusal};
use chrono::TimeDelta;
use familypay::RevokeMandateRefusal;
use kernel::{Id, kinds};
use mail::FamilyPayKind as Kind;
use testkit::{TestApp, on_both_engines};

use super::{Family, mailed, money, state};
use crate::world::{balance, yuan};

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
