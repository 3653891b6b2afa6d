//! Where the money is at WeChat Pay: told, told wrongly, never told, asked about, closed, given back.

use app::{
    App,
    familypay::{
        BeginPayment, BeginPaymentRefusal, CallbackHeaders, Cashier, OpenCashier, OpenCashierRefusal, PayDoor,
    },
};
use chrono::TimeDelta;
use familypay::CLAIM_LIFE;
use kernel::{Id, kinds};
use serde_json::json;
use testkit::on_both_engines;

use super::{Family, basket, begins, money, state};
use crate::{
    wechat::{WeChat, WeChatWorld, number_of},
    world::assert_verifies,
};

type Attempt = Id<kinds::PaymentAttempt>;

/// Begins as a payer and opens the cashier.
async fn at_cashier(app: &App, payer: &app::Principal, request: Id<kinds::PayRequest>) -> Attempt {
    let attempt = begins(app, payer, request).await;
    opens(app, payer, request).await.unwrap();
    attempt
}

pub(super) async fn opens(
    app: &App,
    payer: &app::Principal,
    request: Id<kinds::PayRequest>,
) -> Result<Cashier, OpenCashierRefusal> {
    let door = PayDoor::Member(*payer, request);
    app.open_cashier(&OpenCashier { door, payer_ip: "203.0.113.0".to_owned(), open_id: None }).await.unwrap()
}

async fn takes(app: &App, (headers, body): &(Vec<(&'static str, String)>, String)) -> Result<(), String> {
    let header = |name: &str| headers.iter().find(|(it, _)| *it == name).map_or("", |(_, value)| value.as_str());
    let headers = CallbackHeaders {
        serial: header("wechatpay-serial"),
        timestamp: header("wechatpay-timestamp"),
        nonce: header("wechatpay-nonce"),
        signature: header("wechatpay-signature"),
    };
    let taken = app.take_wechat_notice(&headers, body.as_bytes()).await.unwrap();
    taken.map_err(|refusal| refusal.to_string())
}

/// The states of the refunds there are.
async fn refunds(world: &testkit::TestApp) -> Vec<String> {
    let rows = world.db().texts("SELECT state FROM payment_refunds ORDER BY id").await;
    rows.into_iter().map(|mut row| row.remove(0)).collect()
}

/// Every refund as WeChat Pay has it: the amount, and how often it was ordered.
fn given_back(wechat: &WeChat) -> Vec<(i64, u32)> {
    wechat.books().refunds.values().map(|(_, amount, _, times)| (*amount, *times)).collect()
}

on_both_engines! {
    async fn what_is_told_pays_once_however_often_and_by_whomever_it_is_told(shop: WeChatWorld<false>) {
        let (world, wechat) = (&shop.world, &shop.wechat);
        let (app, family) = (world.app(), Family::of(world).await);
        let request = family.asks(app, "1").await;
        let attempt = at_cashier(app, &family.daughter, request).await;
        let order = wechat.books().orders[&number_of(attempt)].clone();
        assert_eq!((order.amount, order.description.as_str()), (5_680, "橘子、鸡蛋"));
        // Pressed again it is the same cashier.
        assert_eq!(at_cashier(app, &family.daughter, request).await, attempt);
        assert!(wechat.pays(attempt));
        let told = wechat.tells(attempt);

        let mut altered = told.clone();
        altered.1 = altered.1.replace("TRANSACTION.SUCCESS", "TRANSACTION.SUCCESS ");
        let mut by_nobody = told.clone();
        by_nobody.0[0].1 = "ANOTHER".to_owned();
        for (forged, why) in [(altered, "its signature does not hold"), (by_nobody, "its key is not known")] {
            assert_eq!(takes(app, &forged).await, Err(why.to_owned()));
        }
        let elsewhere = wechat.sealed("TRANSACTION.SUCCESS", &json!({ "mchid": "1", "appid": "x" }));
        assert_eq!(takes(app, &elsewhere).await, Err("it is for another merchant or app".to_owned()));
        assert_eq!((money(world).await[0], state(app, &family, request).await), (0, "claimed"));

        let (one, two) = futures_util::future::join(takes(app, &told), takes(app, &told)).await;
        assert_eq!((one, two), (Ok(()), Ok(())));
        world.clock().advance(TimeDelta::minutes(1));
        assert_eq!(takes(app, &wechat.tells(attempt)).await, Ok(()));
        app.drain().await.unwrap();

        assert_eq!((money(world).await, state(app, &family, request).await), ([1, 5_680, 0, 0], "paid"));
        assert_eq!(world.db().count("unsettled_attempts").await, 0);
        assert_eq!(opens(app, &family.daughter, request).await, Err(OpenCashierRefusal::NotThere));
        // Played back an hour later it is not even read.
        world.clock().advance(TimeDelta::hours(1));
        assert_eq!(takes(app, &told).await, Err("it was not sent within five minutes of now".to_owned()));
        assert_verifies(app).await;
    }

    async fn money_of_no_attempt_or_another_amount_goes_back_under_one_number(shop: WeChatWorld<false>) {
        let (world, wechat) = (&shop.world, &shop.wechat);
        let (app, family) = (world.app(), Family::of(world).await);
        let request = family.asks(app, "1").await;
        let attempt = at_cashier(app, &family.daughter, request).await;
        assert!(wechat.pays(attempt));
        wechat.books().orders.get_mut(&number_of(attempt)).unwrap().amount = 5_600;
        let nobody = "00000000000000000000000000000000";
        let stray = crate::wechat::Order { number: "42000900".to_owned(), ..wechat.books().orders[&number_of(attempt)].clone() };
        wechat.books().orders.insert(nobody.to_owned(), stray);

        assert_eq!(takes(app, &wechat.tells(attempt)).await, Ok(()));
        assert_eq!(takes(app, &wechat.tells(format!("pa_{nobody}"))).await, Ok(()));
        // Nobody answers when it is to be sent back: it is sent again, under the same number, and goes back once.
        wechat.books().is_away = true;
        app.drain().await.unwrap();
        assert_eq!(refunds(world).await, ["to_send", "to_send"]);
        world.clock().advance(TimeDelta::hours(1));
        wechat.books().is_away = false;
        app.drain().await.unwrap();

        assert_eq!((money(world).await, state(app, &family, request).await), ([2, 11_200, 2, 11_200], "asked"));
        assert_eq!(given_back(wechat), [(5_600, 1), (5_600, 1)]);
        assert_verifies(app).await;
    }

    async fn what_was_never_told_is_asked_about_and_what_nobody_pays_is_closed(shop: WeChatWorld<false>) {
        let (world, wechat) = (&shop.world, &shop.wechat);
        let (app, family) = (world.app(), Family::of(world).await);
        let request = family.asks(app, "1").await;
        let attempt = at_cashier(app, &family.daughter, request).await;
        assert_eq!(app.ask_about_attempts().await.unwrap(), 0, "not before a minute");
        assert!(wechat.books().asked.iter().all(|asked| !asked.contains("out-trade-no")));
        world.clock().advance(TimeDelta::minutes(1));
        assert_eq!(app.ask_about_attempts().await.unwrap(), 0);
        assert_eq!(world.db().count("unsettled_attempts WHERE asked = 1").await, 1);

        // She pays, and the word of it is lost.
        assert!(wechat.pays(attempt));
        world.clock().advance(TimeDelta::minutes(1));
        assert_eq!(app.ask_about_attempts().await.unwrap(), 1);
        app.drain().await.unwrap();
        assert_eq!((money(world).await, state(app, &family, request).await), ([1, 5_680, 0, 0], "paid"));

        // Somebody walks away from the cashier: when their time there is over it can be paid no more.
        let request = super::ask(app, &family.senior, basket("2")).await.unwrap();
        let left = at_cashier(app, &family.daughter, request).await;
        world.clock().advance(CLAIM_LIFE - TimeDelta::minutes(1));
        app.ask_about_attempts().await.unwrap();
        assert_eq!(wechat.books().orders[&number_of(left)].state, "NOTPAY");
        world.clock().advance(TimeDelta::minutes(1));
        assert_eq!(app.ask_about_attempts().await.unwrap(), 1);
        assert_eq!(wechat.books().orders[&number_of(left)].state, "CLOSED");
        assert!(!wechat.pays(left));
        assert_eq!(world.db().count("unsettled_attempts").await, 0);
        // One that never got there is gone as well.
        begins(app, &family.daughter, request).await;
        assert_eq!(app.cancel_pay_request(&family.senior, request).await.unwrap(), Ok(()));
        world.clock().advance(TimeDelta::minutes(1));
        assert_eq!(app.ask_about_attempts().await.unwrap(), 1);
        assert_eq!(world.db().count("unsettled_attempts").await, 0);
        assert_verifies(app).await;
    }

    async fn before_the_next_payer_begins_the_last_attempt_is_closed_or_found_paid(shop: WeChatWorld<false>) {
        let (world, wechat) = (&shop.world, &shop.wechat);
        let (app, family) = (world.app(), Family::of(world).await);
        let request = family.asks(app, "1").await;
        let hers = at_cashier(app, &family.daughter, request).await;
        world.clock().advance(CLAIM_LIFE);
        // Nobody answers: with hers still open at the provider, his is not begun.
        wechat.books().is_away = true;
        let door = PayDoor::Member(family.daughter, request);
        let again = BeginPayment { door, confirms_name: true };
        assert_eq!(app.begin_payment(&again).await.unwrap(), Err(BeginPaymentRefusal::ProviderAway));
        assert_eq!(world.db().count("payment_attempts").await, 1);
        wechat.books().is_away = false;
        let second = at_cashier(app, &family.daughter, request).await;
        assert_ne!(second, hers);
        assert_eq!(wechat.books().orders[&number_of(hers)].state, "CLOSED");

        // She pays it and declines it in one breath, and he is asked: he finds it paid.
        assert!(wechat.pays(second));
        let door = PayDoor::Member(family.daughter, request);
        app.decline_pay_request(&door, app::familypay::DeclineReason::Busy).await.unwrap().unwrap();
        let door = PayDoor::Member(family.son, request);
        let his = app.begin_payment(&BeginPayment { door, confirms_name: true }).await.unwrap();
        assert_eq!(his, Err(BeginPaymentRefusal::NotNow(familypay::PayRefusal::AlreadyPaid)));
        app.drain().await.unwrap();
        assert_eq!((money(world).await, state(app, &family, request).await), ([1, 5_680, 0, 0], "paid"));
        assert_verifies(app).await;
    }

    async fn while_nobody_answers_no_cashier_opens_and_nothing_is_lost(shop: WeChatWorld<true>) {
        let (world, wechat) = (&shop.world, &shop.wechat);
        let (app, family) = (world.app(), Family::of(world).await);
        let request = family.asks(app, "1").await;
        wechat.books().is_away = true;
        let attempt = begins(app, &family.daughter, request).await;
        assert_eq!(opens(app, &family.daughter, request).await, Err(OpenCashierRefusal::ProviderAway));
        world.clock().advance(TimeDelta::minutes(2));
        assert_eq!(app.ask_about_attempts().await.unwrap(), 0);
        wechat.books().is_away = false;
        let opened = opens(app, &family.daughter, request).await.unwrap();
        assert_eq!(opened, Cashier::Code(format!("weixin://wxpay/bizpayurl?pr={}", number_of(attempt))));
        // A stranger to the request opens none.
        assert_eq!(opens(app, &family.son, request).await, Err(OpenCashierRefusal::NotThere));
        assert!(wechat.pays(attempt));
        assert_eq!(opens(app, &family.daughter, request).await, Err(OpenCashierRefusal::NotThere), "it was found paid");
        assert_eq!(state(app, &family, request).await, "paid");
        assert_verifies(app).await;
    }

    async fn a_refund_on_its_way_is_asked_about_until_it_is_over(shop: WeChatWorld<false>) {
        let (world, wechat) = (&shop.world, &shop.wechat);
        let (app, family) = (world.app(), Family::of(world).await);
        wechat.books().refunds_are = Some("PROCESSING");
        for key in ["1", "2", "3"] {
            let request = super::ask(app, &family.senior, basket(key)).await.unwrap();
            let attempt = at_cashier(app, &family.daughter, request).await;
            assert_eq!(app.cancel_pay_request(&family.senior, request).await.unwrap(), Ok(()));
            assert!(wechat.pays(attempt));
            assert_eq!(takes(app, &wechat.tells(attempt)).await, Ok(()));
        }
        app.drain().await.unwrap();
        assert_eq!(refunds(world).await, ["sent"; 3]);
        let numbers: Vec<String> = wechat.books().refunds.keys().cloned().collect();
        let stand = |number: &str, state| wechat.books().refunds.get_mut(number).unwrap().2 = state;

        // The first is told of, twice; the second has to be asked about; the third cannot be brought to its payer.
        stand(&numbers[0], "SUCCESS");
        for _ in 0..2 {
            assert_eq!(takes(app, &wechat.tells_refund(&numbers[0], "SUCCESS")).await, Ok(()));
        }
        assert_eq!(app.ask_about_refunds().await.unwrap(), 0, "not before ten minutes");
        stand(&numbers[1], "SUCCESS");
        stand(&numbers[2], "ABNORMAL");
        world.clock().advance(TimeDelta::minutes(10));
        assert_eq!(app.ask_about_refunds().await.unwrap(), 2);
        app.drain().await.unwrap();

        assert_eq!(refunds(world).await, ["succeeded", "succeeded", "failed"]);
        assert_eq!(given_back(wechat), [(5_680, 1); 3], "ordered once each");
        assert_eq!(world.db().count("outbox_events WHERE kind = 'familypay.payment_refund_succeeded.v1'").await, 2);
        // Staff brought it through there; what is over stays over.
        assert_eq!(takes(app, &wechat.tells_refund(&numbers[2], "SUCCESS")).await, Ok(()));
        assert_eq!(takes(app, &wechat.tells_refund(&numbers[0], "ABNORMAL")).await, Ok(()));
        assert_eq!(refunds(world).await, ["succeeded"; 3]);
    }
}
