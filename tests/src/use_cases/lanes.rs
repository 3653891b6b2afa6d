use std::sync::Arc;

use app::{
    App, Principal,
    entitlements::{DefinePerk, RedeemPerkRefusal},
    orders::{EventTold, ToldAnswer},
};
use entitlements::GrantRefusal;
use kernel::{ExternalRef, Fault, FaultKind, Id, kinds};
use testkit::{Engine, TestApp, on_both_engines};
use tokio::task::JoinHandle;

use crate::world::{assert_verifies, balance, define_perk, define_perk_at, earn, event, found, paid, redeem, set_rule};

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

    async fn a_wallet_that_was_falsified_fails_alone(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let (wang, li) = (found(&app, "H-WANG").await, found(&app, "H-LI").await);
        earn(&app, "H-WANG", "100").await;
        earn(&app, "H-LI", "100").await;
        let perk = define_perk(&app, 10, 500, 500).await;
        let falsify = "UPDATE wallets SET balance = 3 WHERE household_id = \
             (SELECT household_id FROM household_refs WHERE external_ref = 'H-LI')";
        assert_eq!(world.db().execute(falsify).await, Ok(1));

        let presses: Vec<_> = (0..8)
            .map(|n| (n != 3, press(&app, if n == 3 { li } else { wang }, perk.id, n)))
            .collect();
        for (is_sound, press) in presses {
            match press.await.unwrap() {
                Ok(redeemed) => assert!(is_sound && redeemed.is_ok()),
                Err(fault) => {
                    assert!(!is_sound, "{}", fault.chain());
                    let said = "load a wallet: its balance is not what its lots hold";
                    assert!(fault.kind() == FaultKind::Broken && fault.chain().contains(said), "{}", fault.chain());
                }
            }
        }

        assert_eq!(balance(&app, &wang).await, [30, 0, 0, 0]);
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
                Err(refusal) => assert_eq!(refusal, RedeemPerkRefusal::NotGranted(GrantRefusal::SoldOut { waiting: 0 })),
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

    async fn a_wallet_that_somebody_keeps_locked_turns_no_neighbour_away(world: TestApp) {
        // SQLite locks no rows: who holds its one lock keeps everybody waiting.
        if world.db().engine() == Engine::Sqlite {
            return;
        }
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let (wang, li) = (found(&app, "H-WANG").await, found(&app, "H-LI").await);
        earn(&app, "H-WANG", "100").await;
        earn(&app, "H-LI", "100").await;
        let perk = define_perk(&app, 10, 500, 500).await;
        let mut outside = world.db().begin(kernel::Actor::System).await;
        ledger::store::lock_wallets(&mut outside, &[li.household.unwrap().0]).await.unwrap();

        let of = |n: usize| if n.is_multiple_of(4) { ("H-LI", li) } else { ("H-WANG", wang) };
        let acts: Vec<_> = (0..24).map(|n| (n, tell(&app, n, of(n).0), press(&app, of(n).1, perk.id, n))).collect();
        for (n, telling, press) in acts {
            let (told, redeemed) = (telling.await.unwrap(), press.await.unwrap());
            if n.is_multiple_of(4) {
                assert_eq!(told.unwrap_err().kind(), FaultKind::Busy);
                assert_eq!(redeemed.unwrap_err().kind(), FaultKind::Busy);
            } else {
                assert!(told.unwrap());
                // Two spend at most what one wallet has; what matters is that nobody was told to come back.
                assert!(matches!(redeemed.unwrap(), Ok(()) | Err(RedeemPerkRefusal::NotSpent(_))));
            }
        }
        assert_eq!(balance(&app, &wang).await, [0, 180, 0, 0]);

        outside.rollback().await.unwrap();
        assert!(tell(&app, 0, "H-LI").await.unwrap().unwrap());
        assert!(press(&app, li, perk.id, 0).await.unwrap().unwrap().is_ok());
        assert_verifies(&app).await;
    }

    async fn a_perk_whose_stock_somebody_keeps_locked_turns_nobody_away_from_others(world: TestApp) {
        if world.db().engine() == Engine::Sqlite {
            return;
        }
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        earn(&app, "H-WANG", "100").await;
        let kept = define_perk(&app, 10, 500, 500).await;
        let define = DefinePerk { code: "another-perk".parse().unwrap(), ..define_perk_at(10, 500, 500) };
        let other = app.define_perk(&define).await.unwrap().unwrap();
        let mut outside = world.db().begin(kernel::Actor::System).await;
        entitlements::store::lock_shelves(&mut outside, &[kept.id], &[]).await.unwrap();

        let presses: Vec<_> = (0..8)
            .map(|n| (n == 3, press(&app, wang, if n == 3 { kept.id } else { other.id }, n)))
            .collect();
        for (is_kept, press) in presses {
            match press.await.unwrap() {
                Ok(redeemed) => assert!(!is_kept && redeemed.is_ok()),
                Err(fault) => assert!(is_kept && fault.kind() == FaultKind::Busy, "{}", fault.chain()),
            }
        }
        outside.rollback().await.unwrap();
        assert_eq!(balance(&app, &wang).await, [30, 0, 0, 0]);
    }

    async fn no_free_connection_is_told_as_busy_and_is_soon_forgotten(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        let wang = found(&app, "H-WANG").await;
        earn(&app, "H-WANG", "100").await;
        let perk = define_perk(&app, 10, 500, 500).await;
        let (held, refusal) = hold_every_connection(&app).await;
        assert_eq!(refusal.kind(), FaultKind::Busy);

        let asked = std::time::Instant::now();
        let (telling, press_of_wang) = (tell(&app, 1, "H-WANG"), press(&app, wang, perk.id, 1));
        assert_eq!(balance(&app, &wang).await, [100, 0, 0, 0]);
        assert!(asked.elapsed() < std::time::Duration::from_secs(1), "a read took {:?}", asked.elapsed());
        for fault in [telling.await.unwrap().unwrap_err(), press_of_wang.await.unwrap().unwrap_err()] {
            assert!(fault.kind() == FaultKind::Busy && fault.chain().contains("begin a transaction"), "{}", fault.chain());
        }
        assert!(asked.elapsed() < std::time::Duration::from_secs(8), "it took {:?}", asked.elapsed());

        for tx in held {
            tx.rollback().await.unwrap();
        }
        assert!(tell(&app, 1, "H-WANG").await.unwrap().unwrap());
        assert!(press(&app, wang, perk.id, 1).await.unwrap().unwrap().is_ok());
        assert_eq!(balance(&app, &wang).await, [90, 10, 0, 0]);
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

/// Begins transactions until there is no connection left to begin one on.
#[expect(clippy::disallowed_methods, reason = "a test takes what the use-cases need")]
async fn hold_every_connection(app: &App) -> (Vec<db::Tx>, Fault) {
    let mut held = Vec::new();
    loop {
        match app.db().begin(kernel::Actor::System).await {
            Ok(tx) => held.push(tx),
            Err(fault) => return (held, fault),
        }
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
