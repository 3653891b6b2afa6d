use app::{
    ledger::{AdjustPoints, AdjustPointsRefusal, Adjustment, ForgiveDebt, ForgiveDebtRefusal},
    orders::EventTold,
};
use ledger::{AdjustRefusal, ForgiveRefusal};
use orders::OrderRefunded;
use testkit::{TestApp, on_both_engines};

use crate::world::{
    assert_verifies, balance, define_perk, earn, event, found, label, points, redeem, reference, set_rule, yuan,
};

const KEY: &str = "key-0123456789abcdef";

on_both_engines! {
    async fn a_debt_is_forgiven_once_with_its_reason(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "200").await;
        let perk = define_perk(app, 180, 5, 5).await;
        app.redeem_perk(&wang, &redeem(perk.id, KEY)).await.unwrap().unwrap();
        let refunded = OrderRefunded {
            order_ref: reference("E-H-WANG"),
            refund_ref: reference("R-1"),
            refunded_at: app.db().clock().now(),
            amount: yuan("50"),
            lines: Vec::new(),
        };
        app.record_order_events(&[event("ev-1", EventTold::Refunded(refunded))]).await.unwrap()[0].clone().unwrap();
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 30]);
        let forgive = |n, key: &str| ForgiveDebt {
            household: wang.household.unwrap().0,
            points: points(n),
            reason: label("late delivery"),
            idempotency_key: key.parse().unwrap(),
        };

        let too_much = app.forgive_debt(&forgive(31, KEY)).await.unwrap();
        assert_eq!(too_much, Err(ForgiveDebtRefusal::NotForgiven(ForgiveRefusal::OwesLess { owed: points(30) })));
        let posting = app.forgive_debt(&forgive(10, KEY)).await.unwrap().unwrap();
        assert_eq!(app.forgive_debt(&forgive(10, KEY)).await.unwrap().unwrap(), posting);
        let reused = app.forgive_debt(&forgive(11, KEY)).await.unwrap();
        assert_eq!(reused, Err(ForgiveDebtRefusal::IdempotencyKeyReused));

        assert_eq!((posting.reason, posting.owed_after), (Some(label("late delivery")), points(20)));
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 20]);
        assert_verifies(app).await;
    }

    async fn points_are_given_and_taken_by_decision_once_per_key(world: TestApp) {
        let app = world.app();
        let wang = found(app, "H-WANG").await;
        let adjust = |adjustment, n, key: &str| AdjustPoints {
            household: wang.household.unwrap().0,
            adjustment,
            points: points(n),
            reason: label("opening balance"),
            idempotency_key: format!("{KEY}-{key}").parse().unwrap(),
        };

        let given = app.adjust_points(&adjust(Adjustment::Credit, 100, "1")).await.unwrap().unwrap();
        assert_eq!(app.adjust_points(&adjust(Adjustment::Credit, 100, "1")).await.unwrap().unwrap(), given);
        let otherwise = app.adjust_points(&adjust(Adjustment::Debit, 100, "1")).await.unwrap();
        assert_eq!(otherwise, Err(AdjustPointsRefusal::IdempotencyKeyReused));
        let too_many = app.adjust_points(&adjust(Adjustment::Debit, 101, "2")).await.unwrap();
        let free = points(100);
        assert_eq!(too_many, Err(AdjustPointsRefusal::NotAdjusted(AdjustRefusal::TooFew { free })));
        let nothing = app.adjust_points(&adjust(Adjustment::Credit, 0, "3")).await.unwrap();
        assert_eq!(nothing, Err(AdjustPointsRefusal::NoPoints));
        app.adjust_points(&adjust(Adjustment::Debit, 40, "2")).await.unwrap().unwrap();

        assert_eq!(balance(app, &wang).await, [60, 0, 0, 0]);
        assert_eq!(world.db().count("audit_lines WHERE action = 'adjust_points'").await, 2);
        assert_verifies(app).await;
    }
}
