use std::sync::Arc;

use accounts::{
    ERASED_NAME, Erasure, ErasureBasis, ErasureState, HealthTag, NothingToCancel, RequestErasureRefusal, Role,
};
use app::{
    App,
    orders::{EventTold, ToldAnswer},
};
use chrono::TimeDelta;
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use super::{add, keep_tags};
use crate::world::{
    add_person, assert_verifies, balance, define_perk, earn, event, found, paid, principal, redeem, reference, set_rule,
};

/// The sum of all transfers, and of all balances: whoever goes, no point does.
async fn ledger_sums(world: &TestApp) -> Vec<Vec<String>> {
    let sums = "SELECT CAST((SELECT coalesce(sum(points), 0) FROM transfers) AS TEXT), \
                CAST((SELECT coalesce(sum(balance), 0) FROM wallets) AS TEXT), \
                CAST((SELECT count(*) FROM postings) AS TEXT)";
    world.db().texts(sums).await
}

async fn requested(app: &App, who: &app::Principal, basis: ErasureBasis) -> Erasure {
    app.request_erasure(who, basis).await.unwrap().unwrap()
}

on_both_engines! {
    async fn an_erased_member_leaves_an_empty_shell_and_the_ledger_as_it_was(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let gone = add(app, "H-WANG", "P-GONE", "张秋兰", Role::Adult, "1961-07-13").await;
        app.set_phone(&gone, Some(&"13912345678".parse().unwrap())).await.unwrap();
        keep_tags(app, &gone, &[HealthTag::LowSalt]).await;
        earn(app, "H-WANG", "1000").await;
        let order = orders::OrderPaid { person_ref: Some(reference("P-GONE")), ..paid("O-1", "H-WANG", "2026-05-20T10:00:00", &[("", "200")]) };
        app.record_order_events(&[event("ev-1", EventTold::Paid(order))]).await.unwrap();
        let perk = define_perk(app, 100, 10, 5).await;
        app.redeem_perk(&gone, &redeem(perk.id, "key-0123456789abcdef")).await.unwrap().unwrap();
        app.index_contacts().await.unwrap();
        let (sums, before) = (ledger_sums(&world).await, balance(app, &wang).await);

        let erasure = requested(app, &gone, ErasureBasis::Transactions).await;
        assert_eq!(erasure.state, ErasureState::Requested);
        assert_eq!(app.advance_erasures().await.unwrap(), 0);
        world.clock().advance(TimeDelta::days(7));
        assert_eq!(app.advance_erasures().await.unwrap(), 1);
        assert_eq!(app.advance_erasures().await.unwrap(), 0);

        // Blocked: sealed away, and nowhere else.
        assert_eq!(world.db().count("blocked_persons").await, 1);
        assert_shell(&world).await;
        assert_eq!((ledger_sums(&world).await, balance(app, &wang).await), (sums.clone(), before));
        let household = app.find_household(&wang, wang.household.unwrap().0).await.unwrap().unwrap();
        assert_eq!(household.members.len(), 1);

        // The order system does not know yet: its event is taken all the same.
        let late = orders::OrderPaid { person_ref: Some(reference("P-GONE")), ..paid("O-2", "H-WANG", "2026-06-01T10:00:00", &[("", "50")]) };
        let answers = app.record_order_events(&[event("ev-2", EventTold::Paid(late))]).await.unwrap();
        assert!(matches!(answers[..], [Ok(ToldAnswer::Accepted)]), "{answers:?}");
        assert_verifies(app).await;

        world.clock().advance(TimeDelta::days(1_095));
        assert_eq!(app.advance_erasures().await.unwrap(), 1);
        assert_eq!(world.db().count("blocked_persons").await, 0);
        assert_eq!(world.db().count("erasures WHERE state = 'erased'").await, 1);
        assert_shell(&world).await;
        assert_verifies(app).await;
    }

    async fn every_session_dies_in_the_request_and_signing_in_again_can_cancel(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        let gone = add_person(app, "H-WANG", "P-GONE", Role::Adult).await;
        let tokens = [[1; 32], [2; 32]].map(accounts::SessionToken::from_random);
        let mut tx = world.db().begin(kernel::Actor::System).await;
        for token in &tokens {
            let session = accounts::Session::new(tx.new_id(), gone.person, tx.now(), 30);
            accounts::store::insert_session(&mut tx, &session, &token.hash()).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert!(app.authenticate(&tokens[0].to_text()).await.unwrap().is_some());

        requested(app, &gone, ErasureBasis::CoolingOff).await;
        for token in &tokens {
            assert_eq!(app.authenticate(&token.to_text()).await.unwrap(), None);
        }

        let cancelled = app.cancel_erasure(&gone).await.unwrap().unwrap();
        assert_eq!(cancelled.state, ErasureState::Cancelled);
        assert_eq!(app.cancel_erasure(&gone).await.unwrap(), Err(NothingToCancel));
        world.clock().advance(TimeDelta::days(30));
        assert_eq!(app.advance_erasures().await.unwrap(), 0);
        assert_eq!(world.db().count("persons WHERE name = 'P-GONE'").await, 1);
        // Asking anew begins anew.
        assert_ne!(requested(app, &gone, ErasureBasis::CoolingOff).await.id, cancelled.id);
    }

    async fn an_owner_hands_over_first_and_the_last_member_need_not(world: TestApp) {
        let app = world.app();
        let wang = found(app, "H-WANG").await;
        let li = found(app, "H-LI").await;
        add_person(app, "H-WANG", "W-ADULT", Role::Adult).await;
        let child = add(app, "H-LI", "P-CHILD", "小明", Role::Child, "2018-03-01").await;

        let refused = app.request_erasure(&wang, ErasureBasis::CoolingOff).await.unwrap();
        assert_eq!(refused, Err(RequestErasureRefusal::OwnerMustHandOver));
        let refused = app.request_erasure(&child, ErasureBasis::CoolingOff).await.unwrap();
        assert_eq!(refused, Err(RequestErasureRefusal::GuardianNeeded));
        assert_eq!(app.request_erasure(&li, ErasureBasis::CoolingOff).await.unwrap(), Err(RequestErasureRefusal::OwnerMustHandOver));
        assert_eq!(world.db().count("erasures").await, 0);

        let zhou = found(app, "H-ZHOU").await;
        requested(app, &zhou, ErasureBasis::CoolingOff).await;
        world.clock().advance(TimeDelta::days(7));
        assert_eq!(app.advance_erasures().await.unwrap(), 1);
        assert_eq!(world.db().count("erasures WHERE state = 'erased'").await, 1);
        assert_eq!(world.db().count("households WHERE name = external_ref AND external_ref = 'H-ZHOU'").await, 1);
        assert_verifies(app).await;
    }

    async fn asked_for_and_worked_twenty_times_at_once_it_happens_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        found(&app, "H-WANG").await;
        let gone = add_person(&app, "H-WANG", "P-GONE", Role::Adult).await;
        let presses: Vec<_> = (0..20)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { requested(&app, &gone, ErasureBasis::Transactions).await.id })
            })
            .collect();
        let mut ids = std::collections::BTreeSet::new();
        for press in presses {
            ids.insert(press.await.unwrap());
        }
        assert_eq!(ids.len(), 1);

        world.clock().advance(TimeDelta::days(8));
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.advance_erasures().await.unwrap() })
            })
            .collect();
        let mut advanced = 0;
        for worker in workers {
            advanced += worker.await.unwrap();
        }
        assert_eq!(advanced, 1);
        assert_eq!(world.db().count("audit_lines WHERE action = 'advance_erasure'").await, 1);
    }

    async fn a_crash_between_steps_leaves_a_person_in_one_state(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        let gone = add(app, "H-WANG", "P-GONE", "张秋兰", Role::Adult, "1961-07-13").await;
        keep_tags(app, &gone, &[HealthTag::LowSalt]).await;
        requested(app, &gone, ErasureBasis::Transactions).await;
        world.clock().advance(TimeDelta::days(8));

        drop_at_every_await(async |_| app.advance_erasures().await, async |_| {
            // In one statement: what was being committed may come true while we look.
            let state = "SELECT CAST((SELECT COUNT(*) FROM persons WHERE name = '张秋兰' AND active_household_id IS NOT NULL) AS TEXT), \
                         CAST((SELECT COUNT(*) FROM blocked_persons) AS TEXT), CAST((SELECT COUNT(*) FROM health_tags) AS TEXT), \
                         CAST((SELECT COUNT(*) FROM erasures WHERE state = 'blocked') AS TEXT)";
            let state = world.db().texts(state).await.remove(0);
            assert!(state == ["1", "0", "1", "0"] || state == ["0", "1", "0", "1"], "{state:?}");
        })
        .await
        .output
        .unwrap();

        app.advance_erasures().await.unwrap();
        assert_shell(&world).await;
        let left = principal(app, "P-GONE").await;
        assert_eq!(left.household, None);
    }
}

/// Nothing in plain text names the person any more.
async fn assert_shell(world: &TestApp) {
    let shell = format!(
        "persons WHERE external_ref = 'P-GONE' AND name = '{ERASED_NAME}' AND born_on IS NULL AND email IS NULL \
         AND phone IS NULL AND active_household_id IS NULL"
    );
    assert_eq!(world.db().count(&shell).await, 1);
    let of = "(SELECT id FROM persons WHERE external_ref = 'P-GONE')";
    for gone in [
        format!("contact_index WHERE person_id = {of}"),
        format!("health_tags WHERE person_id = {of}"),
        format!("kin_links WHERE senior_person_id = {of} OR relative_person_id = {of}"),
        format!("memberships WHERE left_at IS NULL AND person_id = {of}"),
        format!("consents WHERE withdrawn_at IS NULL AND person_id = {of}"),
        format!("sessions WHERE revoked_at IS NULL AND person_id = {of}"),
    ] {
        assert_eq!(world.db().count(&gone).await, 0, "{gone}");
    }
}
