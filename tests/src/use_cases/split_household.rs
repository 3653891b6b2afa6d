//! Splitting under races and drops, and together with merging: a point is in one household, whoever presses what and when.

use accounts::{InvitationToken, Role, SpendRight};
use app::{
    App, Principal, Secret,
    accounts::{ChangeVersion, Invite, LeaveRefusal, SetSpendRight, SplitRefusal, UndoSplitRefusal},
};
use kernel::{Id, IdempotencyKey, Locale, kinds};
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use crate::world::{
    add_person, assert_verifies, balance, define_perk, earn, found, label, paid, points, principal, redeem, reference,
    set_rule,
};

fn key(text: &str) -> IdempotencyKey {
    format!("{text:0>16}").parse().unwrap()
}

/// Points that a member brought and that can be spent.
async fn earn_by(app: &App, person: &str, amount: &str) {
    let at = app.db().clock().now() - chrono::TimeDelta::days(20);
    let order = orders::OrderPaid {
        ordered_at: at,
        picked_up_at: Some(at),
        person_ref: Some(reference(person)),
        ..paid(&format!("E-{person}"), "H-ONE", "2026-01-01T00:00:00", &[("", amount)])
    };
    app.import_orders(&[order], app::ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
}

/// The owner, a daughter who brought 120 and a son who brought 30; 280 are the household's.
async fn family(app: &App) -> [Principal; 3] {
    set_rule(app, "1", "2017-01-01", &[]).await;
    let owner = found(app, "H-ONE").await;
    let daughter = add_person(app, "H-ONE", "daughter", Role::Adult).await;
    let son = add_person(app, "H-ONE", "son", Role::Adult).await;
    earn(app, "H-ONE", "280").await;
    earn_by(app, "daughter", "120").await;
    earn_by(app, "son", "30").await;
    [owner, daughter, son]
}

/// Offered to the daughter, with the son: the version of what she sees.
async fn offered(app: &App, owner: &Principal, daughter: &Principal, with: &[Id<kinds::Person>]) -> ChangeVersion {
    app.offer_split(owner, daughter.person, with).await.unwrap().unwrap();
    app.preview_split(daughter).await.unwrap().unwrap().version
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

on_both_engines! {
    async fn pressed_three_times_at_once_it_is_done_once(world: TestApp) {
        let app = world.app();
        let [owner, daughter, son] = family(app).await;
        let version = offered(app, &owner, &daughter, &[son.person]).await;

        let (same, again, other) = tokio::join!(
            async { app.split_household(&daughter, &version, &key("1")).await.unwrap() },
            async { app.split_household(&daughter, &version, &key("1")).await.unwrap() },
            async { app.split_household(&daughter, &version, &key("2")).await.unwrap() }
        );

        let done: Vec<_> = [same, again, other].into_iter().flatten().collect();
        assert!(!done.is_empty() && done.iter().all(|it| it.household == done[0].household), "{done:?}");
        assert_eq!(done.iter().filter(|it| !it.is_replay).count(), 1);
        assert_eq!(world.db().count("households").await, 2);
        assert_eq!((balance(app, &owner).await, balance_of(app, "son").await), ([280, 0, 0, 0], [150, 0, 0, 0]));
        assert_verifies(app).await;
    }

    async fn dropped_at_any_await_it_is_done_or_not_and_never_half(world: TestApp) {
        let app = world.app();
        let [owner, daughter, son] = family(app).await;
        let version = offered(app, &owner, &daughter, &[son.person]).await;

        let completed = drop_at_every_await(
            async |_| app.split_household(&daughter, &version, &key("1")).await.unwrap(),
            async |_| assert_eq!(outstanding(&world).await, 430),
        )
        .await;

        let done = completed.output.unwrap();
        assert_eq!(done.moved, points(150));
        assert_verifies(app).await;

        let completed = drop_at_every_await(
            async |_| app.undo_split(&owner, done.household, &key("2")).await.unwrap(),
            async |_| assert_eq!(outstanding(&world).await, 430),
        )
        .await;

        assert_eq!(completed.output.unwrap().moved, points(150));
        assert_eq!((balance_of(app, "son").await, household_of(app, "son").await), ([430, 0, 0, 0], owner.household.unwrap().0));
        assert_eq!(world.db().count("memberships WHERE left_at IS NULL").await, 3);
        assert_verifies(app).await;
    }

    async fn spending_while_it_is_split_spends_no_point_twice(world: TestApp) {
        let app = world.app();
        let [owner, daughter, son] = family(app).await;
        let perk = define_perk(app, 400, 5, 5).await.id;
        let version = offered(app, &owner, &daughter, &[son.person]).await;

        let (split, redeemed) = tokio::join!(
            async { app.split_household(&daughter, &version, &key("1")).await.unwrap() },
            async { app.redeem_perk(&owner, &redeem(perk, "0123456789abc-one")).await.unwrap() }
        );

        match (split, redeemed) {
            (Ok(_), Err(_)) => assert_eq!(balance(app, &owner).await, [280, 0, 0, 0]),
            (Err(SplitRefusal::Stale), Ok(_)) => assert_eq!(balance(app, &owner).await, [30, 0, 0, 0]),
            outcome => panic!("{outcome:?}"),
        }
        assert_verifies(app).await;
    }

    async fn what_a_member_could_not_spend_an_owner_can(world: TestApp) {
        let app = world.app();
        let [owner, daughter, _] = family(app).await;
        let right = SetSpendRight { person: daughter.person, right: SpendRight::None };
        app.set_spend_right(&owner, right).await.unwrap().unwrap();
        let perk = define_perk(app, 100, 10, 5).await;
        let version = offered(app, &owner, &daughter, &[]).await;

        app.split_household(&daughter, &version, &key("1")).await.unwrap().unwrap();

        let daughter = principal(app, "daughter").await;
        app.redeem_perk(&daughter, &redeem(perk.id, "a-right-of-her-own")).await.unwrap().unwrap();
        assert_eq!(balance_of(app, "daughter").await, [20, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn who_leaves_alone_does_not_go_with_the_others_too(world: TestApp) {
        let app = world.app();
        let [owner, daughter, son] = family(app).await;
        let version = offered(app, &owner, &daughter, &[son.person]).await;
        let leaving = app.preview_leave(&son).await.unwrap().unwrap().version;

        let (split, left) = tokio::join!(
            async { app.split_household(&daughter, &version, &key("1")).await.unwrap() },
            async { app.leave_household(&son, &leaving, &key("1")).await.unwrap() }
        );

        match (split, left) {
            (Ok(_), Err(LeaveRefusal::Stale)) => assert_eq!(balance_of(app, "son").await, [150, 0, 0, 0]),
            (Err(SplitRefusal::NoSuchOffer), Ok(_)) => assert_eq!(balance_of(app, "son").await, [30, 0, 0, 0]),
            outcome => panic!("{outcome:?}"),
        }
        assert_eq!(outstanding(&world).await, 430);
        assert_verifies(app).await;
    }

    async fn undone_by_both_at_once_it_is_undone_once(world: TestApp) {
        let app = world.app();
        let [owner, daughter, son] = family(app).await;
        let version = offered(app, &owner, &daughter, &[son.person]).await;
        let founded = app.split_household(&daughter, &version, &key("1")).await.unwrap().unwrap().household;

        let (by_owner, by_daughter, again) = tokio::join!(
            async { app.undo_split(&owner, founded, &key("2")).await.unwrap() },
            async { app.undo_split(&daughter, founded, &key("3")).await.unwrap() },
            async { app.undo_split(&daughter, founded, &key("3")).await.unwrap() }
        );

        let done = [by_owner, by_daughter, again].into_iter().filter_map(Result::ok).filter(|it| !it.is_replay);
        assert_eq!(done.count(), 1, "{by_owner:?} {by_daughter:?} {again:?}");
        assert_eq!(balance(app, &owner).await, [430, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn what_came_back_goes_along_when_the_household_merges_and_ids_still_lead_to_it(world: TestApp) {
        let app = world.app();
        let [owner, daughter, son] = family(app).await;
        let other = found(app, "H-TWO").await;
        let version = offered(app, &owner, &daughter, &[son.person]).await;
        let founded = app.split_household(&daughter, &version, &key("1")).await.unwrap().unwrap().household;
        app.undo_split(&daughter, founded, &key("2")).await.unwrap().unwrap();

        let invite = Invite { address: "h-one-owner@hearth.example".parse().unwrap(), name: label("One"), locale: Locale::En };
        let invitation = app.invite_household(&other, &invite).await.unwrap().unwrap();
        let secret = Secret::new(vec![7; Secret::MIN_BYTES]).unwrap();
        let token = InvitationToken::of(secret.bytes(), invitation).to_text();
        let version = app.preview_merge(&owner, &token).await.unwrap().unwrap().version;
        app.merge_households(&owner, &token, &version, &key("3")).await.unwrap().unwrap();

        let merged = principal(app, "son").await;
        let into = other.household.unwrap().0;
        assert_eq!(app.find_own_household(&merged, founded).await.unwrap(), Some(into));
        assert_eq!(app.find_household_by_ref(&founded.to_string().parse().unwrap()).await.unwrap(), Some(into));
        assert_eq!(balance(app, &merged).await, [430, 0, 0, 0]);
        let late = app.undo_split(&daughter, founded, &key("4")).await.unwrap();
        assert!(matches!(late, Err(UndoSplitRefusal::NotRejoined(accounts::PartRefusal::NothingToUndo))), "{late:?}");
        app.undo_merge(&owner, owner.household.unwrap().0, &key("5")).await.unwrap().unwrap();
        assert_eq!(app.find_own_household(&principal(app, "son").await, founded).await.unwrap(), owner.household.map(|(id, _)| id));
        assert_verifies(app).await;
    }
}
