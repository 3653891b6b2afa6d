use std::sync::Arc;

use app::{
    App, Principal,
    entitlements::RedeemPerkRefusal,
    orders::{EventTold, ToldAnswer},
};
use entitlements::GrantRefusal;
use kernel::{ExternalRef, Fault, FaultKind, Id, kinds};
use testkit::{TestApp, on_both_engines};
use tokio::task::JoinHandle;

use crate::world::{assert_verifies, balance, define_perk, earn, event, found, paid, redeem, set_rule};

fn told(number: usize, household: &str) -> (ExternalRef, EventTold) {
    let order = paid(&format!("D-{number}"), household, "2026-03-01T11:00:00", &[("", "10")]);
    event(&format!("ev-{number}"), EventTold::Paid(order))
}

type Telling = JoinHandle<Result<bool, Fault>>;

/// Tells of an order; whether it was accepted.
fn tell(app: &Arc<App>, number: usize, household: &'static str) -> Telling {
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let answers = app.record_order_events(&[told(number, household)]).await?;
        Ok(answers == [Ok(ToldAnswer::Accepted)])
    })
}

fn press(
    app: &Arc<App>,
    principal: Principal,
    perk: Id<kinds::Perk>,
    number: usize,
) -> JoinHandle<Result<Result<(), RedeemPerkRefusal>, Fault>> {
    let app = Arc::clone(app);
    let redeem = redeem(perk, &format!("key-0123456789ab-{number}"));
    tokio::spawn(async move { Ok(app.redeem_perk(&principal, &redeem).await?.map(drop)) })
}

/// Takes a household's wallet away behind the rules, so that nothing can be done for it any more.
async fn poison(world: &TestApp, household: &str) {
    let wallet = format!(
        "DELETE FROM wallets WHERE household_id = \
         (SELECT household_id FROM household_refs WHERE external_ref = '{household}')"
    );
    assert_eq!(world.db().execute(&wallet).await.unwrap(), 1);
}

on_both_engines! {
    async fn an_order_nothing_can_be_done_for_fails_alone(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        found(&app, "H-LI").await;
        poison(&world, "H-LI").await;

        let tellings: Vec<(bool, Telling)> = (0..40)
            .map(|n| if n % 10 == 7 { (false, tell(&app, n, "H-LI")) } else { (true, tell(&app, n, "H-WANG")) })
            .collect();
        for (is_sound, telling) in tellings {
            match telling.await.unwrap() {
                Ok(accepted) => assert!(is_sound && accepted),
                Err(fault) => assert!(!is_sound && fault.kind() == FaultKind::Broken, "{}", fault.chain()),
            }
        }

        assert_eq!(balance(&app, &wang).await, [0, 360, 0, 0]);
        assert_eq!(world.db().count("orders").await, 36);
    }

    async fn a_call_is_recorded_up_to_the_event_nothing_can_be_done_for(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        found(app, "H-LI").await;
        poison(&world, "H-LI").await;

        let call = [told(1, "H-WANG"), told(2, "H-LI"), told(3, "H-WANG")];
        let fault = app.record_order_events(&call).await.unwrap_err();

        assert_eq!(fault.kind(), FaultKind::Broken);
        assert_eq!(balance(app, &wang).await, [0, 10, 0, 0]);
    }

    async fn a_redemption_nothing_can_be_done_for_fails_alone(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        earn(&app, "H-WANG", "100").await;
        let li = found(&app, "H-LI").await;
        let perk = define_perk(&app, 1, 500, 500).await;
        poison(&world, "H-LI").await;

        let presses: Vec<_> = (0..40)
            .map(|n| (n % 10 != 7, press(&app, if n % 10 == 7 { li } else { wang }, perk.id, n)))
            .collect();
        for (is_sound, press) in presses {
            match press.await.unwrap() {
                Ok(redeemed) => assert!(is_sound && redeemed.is_ok()),
                Err(fault) => assert!(!is_sound && fault.kind() == FaultKind::Broken, "{}", fault.chain()),
            }
        }

        assert_eq!(balance(&app, &wang).await, [64, 0, 0, 0]);
    }

    async fn the_last_of_a_perk_goes_to_one_of_those_who_press_together(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let mut presses = Vec::new();
        let mut members = Vec::new();
        for n in 0..12 {
            members.push(found(&app, &format!("H-{n}")).await);
            earn(&app, &format!("H-{n}"), "100").await;
        }
        let perk = define_perk(&app, 10, 5, 1).await;
        for (n, member) in members.into_iter().enumerate() {
            presses.push(press(&app, member, perk.id, n));
        }
        let mut given = 0;
        for press in presses {
            match press.await.unwrap().unwrap() {
                Ok(()) => given += 1,
                Err(refusal) => assert_eq!(refusal, RedeemPerkRefusal::NotGranted(GrantRefusal::SoldOut)),
            }
        }

        assert_eq!(given, 5);
        assert_eq!(world.db().count("perk_stocks WHERE taken = 5").await, 1);
        assert_eq!(world.db().count("wallets WHERE balance = 90").await, 5);
        assert_verifies(&app).await;
    }

    async fn callers_who_hang_up_take_nobody_along(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;

        let (stay, leave): (Vec<usize>, Vec<usize>) = (0..60).partition(|n| n % 3 == 0);
        let leaving: Vec<Telling> = leave.into_iter().map(|n| tell(&app, n, "H-WANG")).collect();
        let staying: Vec<Telling> = stay.into_iter().map(|n| tell(&app, n, "H-WANG")).collect();
        tokio::task::yield_now().await;
        leaving.iter().for_each(JoinHandle::abort);
        for telling in staying {
            assert!(telling.await.unwrap().unwrap());
        }

        // Nobody waits any more, so this one is behind whatever was taken of those who left.
        assert!(tell(&app, 100, "H-WANG").await.unwrap().unwrap());
        let earned = i64::try_from(world.db().count("postings").await).unwrap();
        assert!((21..=61).contains(&earned), "{earned}");
        assert_eq!(balance(&app, &wang).await, [0, 10 * earned, 0, 0]);
        assert_verifies(&app).await;
    }

    async fn a_full_lane_says_busy_at_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        let household = wang.household.unwrap().0;
        // Somebody outside holds the wallet (on SQLite, the whole database), so the lane stands still.
        let mut outside = world.db().begin(kernel::Actor::System).await;
        ledger::store::lock_wallets(&mut outside, &[household]).await.unwrap();

        let mut waiting = Vec::new();
        let busy = loop {
            let call: Vec<_> = (0..500).map(|n| told(1_000 * waiting.len() + n, "H-WANG")).collect();
            let mut asked = Box::pin({
                let app = Arc::clone(&app);
                async move { app.record_order_events(&call).await }
            });
            // Polled once: it stands in line, or hears that there is no room.
            match futures_now(asked.as_mut()).await {
                None => waiting.push(asked),
                Some(answer) => break answer.unwrap_err(),
            }
            assert!(waiting.len() < 30, "the lane has no end");
        };

        assert_eq!(busy.kind(), FaultKind::Busy);
        assert!(waiting.len() >= 16, "only {} calls of 500 were let in", waiting.len());
        drop(waiting);
        outside.rollback().await.unwrap();
        assert!(tell(&app, 999_999, "H-WANG").await.unwrap().unwrap());
    }
}

/// What a future says when asked once; none while it waits.
async fn futures_now<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        let polled = std::pin::Pin::new(&mut future).poll(context);
        std::task::Poll::Ready(match polled {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}
