//! Merging under races, drops and in chains: one household of each point, whoever presses what and when.

use accounts::{InvitationToken, Role};
use app::{
    App, Principal, Secret,
    accounts::{ChangeVersion, Invite, MergeRefusal, RemoveMemberRefusal, UndoMergeRefusal},
    ledger::{Acted, AdjustPoints, Adjustment, ReverseAdjustment, ReverseAdjustmentRefusal},
    orders::EventTold,
};
use kernel::{Id, IdempotencyKey, Locale, kinds};
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use crate::staff::hire;
use crate::world::{
    add_person, assert_verifies, balance, define_perk, earn, event, found, label, paid, points, principal, redeem,
    set_rule,
};

fn key(text: &str) -> IdempotencyKey {
    format!("{text:0>16}").parse().unwrap()
}

/// The secret in the mail of an invitation: every test's deployment has the same.
fn token(invitation: Id<kinds::Invitation>) -> String {
    let secret = Secret::new(vec![7; Secret::MIN_BYTES]).unwrap();
    InvitationToken::of(secret.bytes(), invitation).to_text()
}

/// Each has its owner; One has 500, Two 200 and a child, Three 30.
async fn three(app: &App) -> [Principal; 3] {
    set_rule(app, "1", "2017-01-01", &[]).await;
    let (one, two, three) = (found(app, "H-ONE").await, found(app, "H-TWO").await, found(app, "H-THREE").await);
    add_person(app, "H-TWO", "child", Role::Child).await;
    for (household, amount) in [("H-ONE", "500"), ("H-TWO", "200"), ("H-THREE", "30")] {
        earn(app, household, amount).await;
    }
    [one, two, three]
}

/// One asks another's household to come along: the secret.
async fn ask(app: &App, asking: &Principal, address: &str) -> String {
    let invite = Invite { address: address.parse().unwrap(), name: label("somebody"), locale: Locale::ZhCn };
    token(app.invite_household(asking, &invite).await.unwrap().unwrap())
}

async fn version(app: &App, who: &Principal, token: &str) -> ChangeVersion {
    app.preview_merge(who, token).await.unwrap().unwrap().version
}

/// Asks, looks, accepts.
pub(super) async fn merge(app: &App, asking: &Principal, address: &str, accepting: &Principal, with: &str) {
    let token = ask(app, asking, address).await;
    let version = version(app, accepting, &token).await;
    app.merge_households(accepting, &token, &version, &key(with)).await.unwrap().unwrap();
}

async fn outstanding(world: &TestApp) -> u64 {
    world.db().texts("SELECT CAST(SUM(balance) AS TEXT) FROM wallets").await[0][0].parse().unwrap()
}

async fn balance_of(app: &App, person: &str) -> [i64; 4] {
    balance(app, &principal(app, person).await).await
}

async fn household_of(app: &App, person: &str) -> Id<kinds::Household> {
    principal(app, person).await.household.unwrap().0
}

const TWO: &str = "h-two-owner@hearth.example";
const THREE: &str = "h-three-owner@hearth.example";

on_both_engines! {
    async fn pressed_three_times_at_once_it_is_done_once(world: TestApp) {
        let app = world.app();
        let [one, two, _] = three(app).await;
        let token = ask(app, &one, TWO).await;
        let version = version(app, &two, &token).await;

        let (same, again, other) = tokio::join!(
            async { app.merge_households(&two, &token, &version, &key("1")).await.unwrap() },
            async { app.merge_households(&two, &token, &version, &key("1")).await.unwrap() },
            async { app.merge_households(&two, &token, &version, &key("2")).await.unwrap() }
        );

        let done: Vec<_> = [same, again, other].into_iter().flatten().collect();
        assert!(!done.is_empty() && done.iter().all(|it| (it.household, it.moved) == (one.household.unwrap().0, points(200))), "{done:?}");
        assert_eq!(done.iter().filter(|it| !it.is_replay).count(), 1);
        assert_eq!(balance_of(app, "child").await, [700, 0, 0, 0]);
        assert_eq!(world.db().count("household_merges").await, 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'accounts.households_merged.v1'").await, 1);
        assert_eq!(world.db().count("memberships WHERE left_at IS NULL").await, 4);
        assert_verifies(app).await;
    }

    async fn an_adjustment_is_reversed_once_whichever_id_its_household_is_named_by(world: TestApp) {
        let app = world.app();
        let [one, two, _] = three(app).await;
        let (old, now) = (two.household.unwrap().0, one.household.unwrap().0);
        let finance = hire(app, "li", "finance".parse().unwrap()).await.principal(app).await;
        let adjust = |household, key: &str| AdjustPoints {
            household,
            adjustment: Adjustment::Credit,
            points: points(40),
            reason: label("late"),
            idempotency_key: key.parse().unwrap(),
        };
        let before = app.adjust_points_by_staff(&finance, &adjust(old, "given-before-merging")).await.unwrap().unwrap();
        let Acted::Done(given) = before.acted else { panic!("at once") };
        merge(app, &one, TWO, &two, "1").await;

        let again = app.adjust_points_by_staff(&finance, &adjust(old, "given-before-merging")).await.unwrap().unwrap();
        let by_old = app.adjust_points_by_staff(&finance, &adjust(old, "given-after-merging")).await.unwrap().unwrap();
        let replay = app.adjust_points_by_staff(&finance, &adjust(old, "given-after-merging")).await.unwrap().unwrap();
        let reverse = |household, n: &str| ReverseAdjustment {
            household,
            posting: given.cause.id,
            reason: label("a mistake"),
            idempotency_key: format!("reversed-by-key-{n}").parse().unwrap(),
        };
        let reversed = app.reverse_adjustment(&finance, &reverse(now, "1")).await.unwrap().map(|acted| acted.is_replay);
        let replayed = app.reverse_adjustment(&finance, &reverse(now, "1")).await.unwrap().map(|acted| acted.is_replay);
        let twice = app.reverse_adjustment(&finance, &reverse(old, "2")).await.unwrap();

        assert_eq!((again.is_replay, again.acted), (true, Acted::Done(given.clone())));
        assert_eq!((by_old.is_replay, replay.is_replay, by_old.acted == replay.acted), (false, true, true));
        assert_eq!((reversed, replayed), (Ok(false), Ok(true)));
        assert_eq!(twice, Err(ReverseAdjustmentRefusal::AlreadyReversed));
        app.undo_merge(&one, old, &key("2")).await.unwrap().unwrap();
        let after_undo = app.reverse_adjustment(&finance, &reverse(old, "3")).await.unwrap();
        assert_eq!(after_undo, Err(ReverseAdjustmentRefusal::AlreadyReversed));
        assert_eq!(outstanding(&world).await, 500 + 200 + 30 + 40);
        assert_verifies(app).await;
    }

    async fn who_came_along_is_not_put_out_while_the_merge_can_be_undone(world: TestApp) {
        let app = world.app();
        let [one, two, _] = three(app).await;
        merge(app, &one, TWO, &two, "1").await;

        let refused = app.preview_removal(&one, two.person).await.unwrap().unwrap_err();

        assert_eq!(refused, RemoveMemberRefusal::CameByMerge);
        world.clock().advance(accounts::MERGE_UNDO_LIFE);
        let preview = app.preview_removal(&one, two.person).await.unwrap().unwrap();
        assert_eq!(preview.household, one.household.unwrap().0);
    }

    async fn when_each_asked_the_other_and_both_accept_at_once_one_of_the_two_lives_on(world: TestApp) {
        let app = world.app();
        let [one, two, _] = three(app).await;
        let (to_two, to_one) = (ask(app, &one, TWO).await, ask(app, &two, "h-one-owner@hearth.example").await);
        let (by_two, by_one) = (version(app, &two, &to_two).await, version(app, &one, &to_one).await);

        let (into_one, into_two) = tokio::join!(
            async { app.merge_households(&two, &to_two, &by_two, &key("2")).await.unwrap() },
            async { app.merge_households(&one, &to_one, &by_one, &key("1")).await.unwrap() }
        );

        let lives_on = match (into_one, into_two) {
            (Ok(_), Err(MergeRefusal::NoSuchInvitation)) => one.household,
            (Err(MergeRefusal::NoSuchInvitation), Ok(_)) => two.household,
            outcome => panic!("{outcome:?}"),
        };
        let lives_on = lives_on.unwrap().0;
        for person in ["H-ONE-owner", "H-TWO-owner", "child"] {
            assert_eq!((household_of(app, person).await, balance_of(app, person).await), (lives_on, [700, 0, 0, 0]));
        }
        assert_eq!(world.db().count("memberships WHERE role = 'owner' AND left_at IS NULL").await, 2, "with that of H-THREE");
        assert_verifies(app).await;
    }

    async fn a_redemption_under_way_is_before_or_after_and_never_lost(world: TestApp) {
        let app = world.app();
        let [one, two, _] = three(app).await;
        let perk = define_perk(app, 150, 5, 5).await.id;
        let token = ask(app, &one, TWO).await;
        let version = version(app, &two, &token).await;

        let (merged, redeemed) = tokio::join!(
            async { app.merge_households(&two, &token, &version, &key("1")).await.unwrap() },
            async { app.redeem_perk(&two, &redeem(perk, "0123456789abc-two")).await.unwrap() }
        );

        let grant = redeemed.unwrap().grant;
        match merged {
            // The points were there all the time, here or there.
            Ok(_) => assert_eq!((grant.household, balance_of(app, "child").await), (one.household.unwrap().0, [550, 0, 0, 0])),
            Err(MergeRefusal::Stale) => assert_eq!(balance_of(app, "child").await, [50, 0, 0, 0]),
            Err(refusal) => panic!("{refusal:?}"),
        }
        assert_verifies(app).await;
    }

    async fn an_order_told_while_households_merge_is_in_the_one_that_lives_on(world: TestApp) {
        let app = world.app();
        let [one, two, _] = three(app).await;
        let token = ask(app, &one, TWO).await;
        let version = version(app, &two, &token).await;
        let orders: Vec<_> =
            (0..5).map(|n| event(&format!("ev-{n}"), EventTold::Paid(paid(&format!("O-{n}"), "H-TWO", "2026-05-01T10:00:00", &[("", "10")])))).collect();
        let told = orders.iter().map(|order| app.record_order_events(std::slice::from_ref(order)));

        let (merged, told) = tokio::join!(
            async { app.merge_households(&two, &token, &version, &key("1")).await.unwrap() },
            futures_util::future::join_all(told)
        );

        assert!(told.into_iter().all(|told| told.unwrap().iter().all(Result::is_ok)));
        // An order that came first changed what was previewed.
        let there = match merged {
            Ok(_) => "H-ONE-owner",
            Err(MergeRefusal::Stale) => "H-TWO-owner",
            Err(refusal) => panic!("{refusal:?}"),
        };
        let before = if there == "H-ONE-owner" { 700 } else { 200 };
        assert_eq!(balance_of(app, there).await, [before, 50, 0, 0]);
        assert_eq!(outstanding(&world).await, 780);
        assert_verifies(app).await;
    }

    async fn merging_dropped_at_any_await_is_done_or_not_and_never_half(world: TestApp) {
        let app = world.app();
        let [one, two, _] = three(app).await;
        let token = ask(app, &one, TWO).await;
        let version = version(app, &two, &token).await;

        let completed = drop_at_every_await(
            async |_| app.merge_households(&two, &token, &version, &key("1")).await.unwrap(),
            async |_| assert_eq!(outstanding(&world).await, 730),
        )
        .await;

        assert_eq!(completed.output.unwrap().moved, points(200));
        assert_eq!(balance_of(app, "child").await, [700, 0, 0, 0]);
        assert_verifies(app).await;

        let merged = two.household.unwrap().0;
        let completed = drop_at_every_await(
            async |_| app.undo_merge(&one, merged, &key("2")).await.unwrap(),
            async |_| assert_eq!(outstanding(&world).await, 730),
        )
        .await;

        assert_eq!(completed.output.unwrap().moved, points(200));
        assert_eq!((balance_of(app, "child").await, household_of(app, "child").await), ([200, 0, 0, 0], merged));
        assert_eq!(balance(app, &one).await, [500, 0, 0, 0]);
        assert_eq!(world.db().count("household_merges WHERE undone_at IS NOT NULL").await, 1);
        assert_verifies(app).await;
    }

    async fn undone_by_both_at_once_it_is_undone_once(world: TestApp) {
        let app = world.app();
        let [one, two, _] = three(app).await;
        merge(app, &one, TWO, &two, "1").await;
        let merged = two.household.unwrap().0;

        let (by_one, by_two, again) = tokio::join!(
            async { app.undo_merge(&one, merged, &key("1")).await.unwrap() },
            async { app.undo_merge(&two, merged, &key("2")).await.unwrap() },
            async { app.undo_merge(&two, merged, &key("2")).await.unwrap() }
        );

        let done: Vec<_> = [by_one, by_two, again].into_iter().filter_map(Result::ok).filter(|it| !it.is_replay).collect();
        assert_eq!(done.len(), 1, "{by_one:?} {by_two:?} {again:?}");
        assert_eq!((balance(app, &one).await, balance(app, &two).await), ([500, 0, 0, 0], [200, 0, 0, 0]));
        assert_eq!(world.db().count("household_aliases").await, 0);
        assert_verifies(app).await;
    }

    async fn merging_and_spending_and_undoing_at_once_lose_no_point(world: TestApp) {
        let app = world.app();
        let [one, two, _] = three(app).await;
        merge(app, &one, TWO, &two, "1").await;
        let (merged, perk) = (two.household.unwrap().0, define_perk(app, 600, 5, 5).await.id);

        let (undone, redeemed) = tokio::join!(
            async { app.undo_merge(&one, merged, &key("1")).await.unwrap() },
            async { app.redeem_perk(&one, &redeem(perk, "0123456789abc-one")).await.unwrap() }
        );

        match (undone, redeemed) {
            (Ok(_), Err(_)) => assert_eq!((balance(app, &one).await, balance(app, &two).await), ([500, 0, 0, 0], [200, 0, 0, 0])),
            (Err(UndoMergeRefusal::SpentSince), Ok(_)) => assert_eq!(balance(app, &one).await, [100, 0, 0, 0]),
            outcome => panic!("{outcome:?}"),
        }
        assert_verifies(app).await;
    }

    async fn a_household_that_took_another_in_goes_into_a_third_and_each_is_itself_again(world: TestApp) {
        let app = world.app();
        let [one, two, three] = three(app).await;
        let (id_one, id_two, id_three) = (one.household.unwrap().0, two.household.unwrap().0, three.household.unwrap().0);
        let perk = define_perk(app, 50, 9, 1).await.id;
        let grant = app.redeem_perk(&two, &redeem(perk, "0123456789abc-two")).await.unwrap().unwrap().grant;
        merge(app, &one, TWO, &two, "1").await;
        merge(app, &three, "h-one-owner@hearth.example", &one, "2").await;

        // Both old numbers and both old ids lead to the third, and what is told of the first is there.
        for number in ["H-ONE", "H-TWO", "H-THREE"] {
            assert_eq!(app.find_household_by_ref(&number.parse().unwrap()).await.unwrap(), Some(id_three));
        }
        let child = principal(app, "child").await;
        for id in [id_one, id_two, id_three] {
            assert_eq!(app.find_own_household(&child, id).await.unwrap(), Some(id_three));
        }
        let order = event("ev-1", EventTold::Paid(paid("O-1", "H-TWO", "2026-05-01T10:00:00", &[("", "10")])));
        app.record_order_events(&[order]).await.unwrap()[0].as_ref().unwrap();
        assert_eq!(balance(app, &child).await, [680, 10, 0, 0]);
        // By an old id an operator's act reaches the household it stands for, once for its key.
        let adjust = AdjustPoints {
            household: id_two,
            adjustment: Adjustment::Credit,
            points: points(5),
            reason: label("sorry"),
            idempotency_key: key("9"),
        };
        let posted = app.adjust_points(&adjust).await.unwrap().unwrap();
        let again = app.adjust_points(&AdjustPoints { household: id_three, ..adjust.clone() }).await.unwrap().unwrap();
        assert_eq!((posted.household, &again), (id_three, &posted));
        assert_eq!(app.redeem_perk(&two, &redeem(perk, "0123456789abc-two")).await.unwrap().unwrap().grant.id, grant.id, "its key");
        assert_verifies(app).await;

        // The inner one cannot be undone through the outer one.
        let inner = app.undo_merge(&two, id_two, &key("3")).await.unwrap();
        assert!(matches!(inner, Err(UndoMergeRefusal::NotParted(accounts::PartRefusal::NothingToUndo))), "{inner:?}");
        app.undo_merge(&three, id_one, &key("4")).await.unwrap().unwrap();
        assert_eq!(app.find_household_by_ref(&"H-TWO".parse().unwrap()).await.unwrap(), Some(id_one));
        assert_eq!(balance_of(app, "child").await, [650, 0, 0, 0]);
        assert_eq!(balance(app, &three).await, [35, 10, 0, 0]);
        app.undo_merge(&two, id_two, &key("5")).await.unwrap().unwrap();
        assert_eq!((balance(app, &one).await, balance(app, &two).await), ([500, 0, 0, 0], [150, 0, 0, 0]));
        let its = app.find_grant(&principal(app, "child").await, grant.id).await.unwrap().unwrap();
        assert_eq!((its.household, its.paid_by), (id_two, id_two));
        assert_verifies(app).await;
    }

    async fn what_a_member_may_spend_goes_along_and_an_offer_and_invitations_end(world: TestApp) {
        let app = world.app();
        let [one, two, three] = three(app).await;
        let uncle = add_person(app, "H-TWO", "uncle", Role::Adult).await;
        let right = accounts::SpendRight::Weekly(points(60));
        app.set_spend_right(&two, app::accounts::SetSpendRight { person: uncle.person, right }).await.unwrap().unwrap();
        app.offer_ownership(&two, uncle.person).await.unwrap().unwrap();
        let to_three = ask(app, &two, THREE).await;
        let token = ask(app, &one, TWO).await;
        let preview = app.preview_merge(&two, &token).await.unwrap().unwrap();
        assert_eq!((preview.invitations_ending, preview.offer_ending), (1, true));

        app.merge_households(&two, &token, &preview.version, &key("1")).await.unwrap().unwrap();

        assert_eq!(world.db().count("ownership_offers").await, 0);
        assert_eq!(app.preview_merge(&three, &to_three).await.unwrap(), Err(MergeRefusal::NoSuchInvitation));
        let perk = define_perk(app, 50, 9, 9).await.id;
        app.redeem_perk(&uncle, &redeem(perk, "0123456789-uncle1")).await.unwrap().unwrap();
        assert!(app.redeem_perk(&uncle, &redeem(perk, "0123456789-uncle2")).await.unwrap().is_err(), "sixty a week");
        assert!(app.preview_merge(&one, &token).await.unwrap().is_err());
        assert_verifies(app).await;
    }

    async fn who_came_along_and_left_keeps_it_from_being_undone(world: TestApp) {
        let app = world.app();
        let [one, two, _] = three(app).await;
        let uncle = add_person(app, "H-TWO", "uncle", Role::Adult).await;
        merge(app, &one, TWO, &two, "1").await;
        let leaving = app.preview_leave(&uncle).await.unwrap().unwrap().version;
        app.leave_household(&uncle, &leaving, &key("1")).await.unwrap().unwrap();

        let undone = app.undo_merge(&one, two.household.unwrap().0, &key("2")).await.unwrap();

        assert!(matches!(undone, Err(UndoMergeRefusal::NotParted(accounts::PartRefusal::MembersMoved))), "{undone:?}");
        assert_eq!(balance(app, &one).await, [700, 0, 0, 0]);
        assert_verifies(app).await;
    }
}
