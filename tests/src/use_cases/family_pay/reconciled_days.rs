//! A provider's books of a day held against ours: nothing on a good day, and on a bad one each fen by name.

use app::familypay::{MoneyDifference, Provider, SandboxOutcome};
use chrono::TimeDelta;
use testkit::{TestApp, on_both_engines};

use super::{Family, begins, chooses, wechat_pay::opens};
use crate::{wechat::WeChatWorld, world::yuan};

on_both_engines! {
    async fn the_sandboxs_books_are_ours_and_what_is_changed_behind_our_back_is_named(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let request = family.asks(app, "1").await;
        let attempt = begins(app, &family.daughter, request).await;
        chooses(app, attempt, SandboxOutcome::Twice).await;
        let other = super::ask(app, &family.senior, super::basket("2")).await.unwrap();
        let late = begins(app, &family.daughter, other).await;
        assert_eq!(app.cancel_pay_request(&family.senior, other).await.unwrap(), Ok(()));
        chooses(app, late, SandboxOutcome::Succeed).await;
        app.drain().await.unwrap();
        let day = app.today();

        world.clock().advance(TimeDelta::hours(16));
        assert_eq!(app.reconcile_days().await.unwrap(), 6, "yesterday's books are not there before half past ten");
        world.clock().advance(TimeDelta::minutes(31));
        assert_eq!((app.reconcile_days().await.unwrap(), app.reconcile_days().await.unwrap()), (1, 0));
        let found = app.reconcile_day(Provider::Sandbox, day).await.unwrap().found;
        assert_eq!((found.payments_count, found.refunds_count, found.differences), (2, 1, vec![]));
        assert_eq!(world.db().count("reconciled_days").await, 7);

        world.db().execute("UPDATE sandbox_payments SET amount_minor = 5681 WHERE refunded_minor = 0").await.unwrap();
        world.db().execute("DELETE FROM sandbox_refunds").await.unwrap();
        let found = app.reconcile_day(Provider::Sandbox, day).await.unwrap().found;
        let [payment, refund] = found.differences.as_slice() else { panic!("{:?}", found.differences) };
        assert!(matches!(payment, MoneyDifference::Amount { ours, theirs, .. } if *ours == yuan("56.80") && *theirs == yuan("56.81")));
        assert!(matches!(refund, MoneyDifference::Missing { amount, .. } if *amount == yuan("56.80")));
        let kept = world.db().texts("SELECT differences FROM reconciled_days WHERE payments_count = 2").await;
        assert!(kept[0][0].contains("\"ours\":5680,\"theirs\":5681"), "{kept:?}");
    }

    async fn wechat_pays_bill_is_read_and_compared_and_what_it_alone_knows_is_named(shop: WeChatWorld<false>) {
        let (world, wechat) = (&shop.world, &shop.wechat);
        let (app, family) = (world.app(), Family::of(world).await);
        let request = family.asks(app, "1").await;
        let attempt = begins(app, &family.daughter, request).await;
        opens(app, &family.daughter, request).await.unwrap();
        assert!(wechat.pays(attempt));
        world.clock().advance(TimeDelta::minutes(1));
        assert_eq!(app.ask_about_attempts().await.unwrap(), 1);
        let day = app.today();

        let found = app.reconcile_day(Provider::WeChatPay, day).await.unwrap().found;
        assert_eq!((found.payments_count, found.refunds_count, found.differences), (1, 0, vec![]));
        // A day on which nothing moved has no bill, and is a good day.
        let before = day.pred_opt().unwrap();
        wechat.books().bill = Some(String::new());
        let found = app.reconcile_day(Provider::WeChatPay, before).await.unwrap().found;
        assert_eq!((found.payments_count, found.differences), (0, vec![]));

        let header = "微信订单号,交易状态,货币种类,商户退款单号,订单金额,申请退款金额";
        let row = "`42000777,`SUCCESS,`CNY,`0,`1.00,`0.00";
        wechat.books().bill = Some(format!("{header}\n{row}\n订单总金额,申请退款总金额\n`1.00,`0.00\n"));
        let found = app.reconcile_day(Provider::WeChatPay, day).await.unwrap().found;
        assert_eq!(found.differences.len(), 2);
        assert!(matches!(&found.differences[0], MoneyDifference::Unknown { number, .. } if number == "42000777"));
        assert!(matches!(&found.differences[1], MoneyDifference::Missing { number, .. } if number == "420001"));
        // A bill that was cut off, or cannot be had, changes nothing that was found.
        wechat.books().bill = Some(format!("{header}\n{row}\n"));
        assert!(app.reconcile_day(Provider::WeChatPay, day).await.is_err());
        wechat.books().is_away = true;
        assert!(app.reconcile_day(Provider::WeChatPay, day).await.is_err());
        assert_eq!(world.db().count("reconciled_days WHERE differences <> '[]'").await, 1);
    }
}
