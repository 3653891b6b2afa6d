//! Gatherings: many who want the last seats, seats that are given back, and one that is called off.

use std::sync::Arc;

use accounts::{HouseholdRow, Role};
use app::{
    App, ImportMode, Principal, StaffPrincipal,
    entitlements::{
        CallOffGathering, CallOffGatheringRefusal, DefineGathering, DefineGatheringRefusal, GiveBackGrant,
        GiveBackRefusal, RedeemPerkRefusal,
    },
};
use chrono::TimeDelta;
use entitlements::{CancelRefusal, GatheringRefusal, Grant, GrantRefusal, NotForThem, Perk, SeatReturns};
use kernel::Rate;
use mail::Message;
use testkit::{TestApp, drop_at_every_await, on_both_engines, poll_at_most};

use crate::{
    staff::hire,
    world::{assert_verifies, balance, earn, found, label, paid, points, principal, redeem, reference, set_rule},
};

pub(crate) const KEY: &str = "key-0123456789abcdef";

/// A dumpling evening in three days: all back until a day before, half until two hours before.
pub(crate) fn evening(app: &App, seats: u32, price: i64) -> DefineGathering {
    let starts_at = app.db().clock().now() + TimeDelta::days(3);
    DefineGathering {
        code: "dumplings".parse().unwrap(),
        name_zh: label("包饺子"),
        name_en: label("Dumpling evening"),
        terms_zh: label("食材都备好了"),
        terms_en: label("Everything is there"),
        place_zh: label("社区活动室"),
        place_en: label("The common room"),
        price: points(price),
        seats,
        seats_per_household: 1,
        starts_at,
        ends_at: starts_at + TimeDelta::hours(2),
        returns: SeatReturns {
            full_until: starts_at - TimeDelta::days(1),
            part_until: starts_at - TimeDelta::hours(2),
            part: Rate::parse("0.5").unwrap(),
        },
        opens_at: None,
        community: None,
        min_age: None,
        is_open: true,
        expected_version: None,
    }
}

pub(crate) async fn staff(app: &App) -> StaffPrincipal {
    hire(app, "qian", "perks".parse().unwrap()).await.principal(app).await
}

pub(crate) async fn announce(app: &App, by: &StaffPrincipal, define: &DefineGathering) -> Perk {
    app.define_gathering(by, define).await.unwrap().unwrap()
}

/// So many households of one owner with 400 points each, in few transactions.
pub(crate) async fn neighbourhood(app: &App, households: usize) -> Vec<Principal> {
    set_rule(app, "1", "2017-01-01", &[]).await;
    let names: Vec<String> = (0..households).map(|n| format!("H-{n}")).collect();
    let rows = names.iter().map(|name| HouseholdRow {
        household: reference(name),
        household_name: Some(label(name)),
        community: Some(label("玉兰里社区")),
        person: reference(&format!("{name}-owner")),
        person_name: label(name),
        role: Role::Owner,
        born_on: Some("1960-05-01".parse().unwrap()),
        email: Some(format!("{}-owner@hearth.example", name.to_lowercase()).parse().unwrap()),
        leads: None,
        kin: None,
    });
    app.import_households(rows.collect(), ImportMode::Commit).await.unwrap();
    let now = app.db().clock().now();
    let orders = names.iter().map(|name| orders::OrderPaid {
        ordered_at: now - TimeDelta::days(20),
        picked_up_at: Some(now - TimeDelta::days(19)),
        ..paid(&format!("E-{name}"), name, "2026-01-01T00:00:00", &[("", "400")])
    });
    app.import_orders(&orders.collect::<Vec<_>>(), ImportMode::Commit).await.unwrap();
    let mut people = Vec::new();
    for name in &names {
        people.push(principal(app, &format!("{name}-owner")).await);
    }
    people
}

pub(crate) async fn seat(app: &App, who: &Principal, perk: &Perk) -> Grant {
    app.redeem_perk(who, &redeem(perk.id, KEY)).await.unwrap().unwrap().grant
}

pub(crate) async fn give_back(
    app: &App,
    who: &Principal,
    grant: &Grant,
    expected: i64,
) -> Result<i64, GiveBackRefusal> {
    let give_back = GiveBackGrant { grant: grant.id, expected: points(expected) };
    app.give_back_grant(who, &give_back).await.unwrap().map(|given| given.returned.get())
}

/// Who was mailed that it was called off, and of how many points.
fn called_off_mails(world: &TestApp) -> Vec<(String, i64)> {
    let mails = world.mails();
    let told = mails.iter().filter_map(|mail| match &mail.message {
        Message::SeatsReturned(returned) => Some((mail.to.to_string(), returned.points.get())),
        Message::SignInCode(_)
        | Message::SlotMissed(_)
        | Message::FamilyPay(_)
        | Message::PerkRedeemed(_)
        | Message::LapseNotice(_)
        | Message::HeldPointsLapsed(_)
        | Message::PlaceOffered(_)
        | Message::MemberRemoved(_)
        | Message::BallotThanked(_)
        | Message::Invitation(_) => None,
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

on_both_engines! {
    async fn five_hundred_members_take_the_last_twenty_seats_at_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let people = neighbourhood(&app, 500).await;
        let perk = announce(&app, &staff(&app).await, &evening(&app, 20, 300)).await;
        let postings = world.db().count("postings").await;

        let presses: Vec<_> = people.into_iter().map(|who| {
            let (app, perk) = (Arc::clone(&app), perk.id);
            tokio::spawn(async move { app.redeem_perk(&who, &redeem(perk, KEY)).await.unwrap() })
        }).collect();
        let (mut taken, mut refused) = (0, 0);
        for press in presses {
            match press.await.unwrap() {
                Ok(_) => taken += 1,
                Err(RedeemPerkRefusal::NotGranted(GrantRefusal::SoldOut { waiting: 0 })) => refused += 1,
                Err(other) => panic!("{other:?}"),
            }
        }

        assert_eq!((taken, refused), (20, 480));
        assert_eq!(world.db().count("grants").await, 20);
        assert_eq!(world.db().count("postings").await, postings + 20);
        assert_eq!(world.db().count("perk_stocks WHERE taken = 20 AND total = 20").await, 1);
        assert_eq!(world.db().count("wallets WHERE balance = 100").await, 20);
        assert_eq!(world.db().count("wallets WHERE balance = 400").await, 480);
        assert_verifies(&app).await;
    }

    async fn a_seat_returns_what_the_rule_says_at_that_moment(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 4).await;
        let define = DefineGathering { price: points(301), ..evening(app, 4, 301) };
        let perk = announce(app, &staff(app).await, &define).await;
        let mut grants = Vec::new();
        for who in &people {
            grants.push(seat(app, who, &perk).await);
        }
        let last_day = app.settings().zone.date_of(define.ends_at);
        assert_eq!(grants[0].expires_on, last_day);

        let (found_again, _) = app.find_perk(perk.id).await.unwrap().unwrap();
        assert_eq!(app.returns_now(&grants[0], &found_again).await.unwrap(), Some(points(301)));
        assert_eq!(give_back(app, &people[0], &grants[0], 301).await, Ok(301));
        let again = give_back(app, &people[0], &grants[0], 301).await;
        assert!(matches!(again, Err(GiveBackRefusal::NotCancelled(CancelRefusal::AlreadyCancelled { .. }))), "{again:?}");

        world.clock().set(define.returns.full_until + TimeDelta::milliseconds(1));
        // Whoever was shown more is told, and decides again.
        let changed = Err(GiveBackRefusal::ReturnChanged { returns: points(150) });
        assert_eq!(give_back(app, &people[1], &grants[1], 301).await, changed);
        assert_eq!(give_back(app, &people[1], &grants[1], 150).await, Ok(150));

        world.clock().set(define.returns.part_until + TimeDelta::milliseconds(1));
        assert_eq!(give_back(app, &people[2], &grants[2], 0).await, Ok(0));
        // Another household's grant is none.
        assert_eq!(give_back(app, &people[0], &grants[3], 0).await, Err(GiveBackRefusal::NoSuchGrant));

        world.clock().set(define.starts_at);
        assert_eq!(give_back(app, &people[3], &grants[3], 0).await, Err(GiveBackRefusal::Begun { at: define.starts_at }));
        let mut balances = Vec::new();
        for who in &people {
            balances.push(balance(app, who).await[0]);
        }
        assert_eq!(balances, [400, 249, 99, 99]);
        assert_eq!(world.db().count("postings WHERE kind = 'restore'").await, 2);
        assert_eq!(world.db().count("grants WHERE cancelled_at IS NOT NULL").await, 3);
        assert_eq!(world.db().count("perk_stocks WHERE taken = 1").await, 1);
        assert_verifies(app).await;
    }

    async fn given_back_ten_times_at_once_it_returns_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let people = neighbourhood(&app, 1).await;
        let perk = announce(&app, &staff(&app).await, &evening(&app, 4, 300)).await;
        let grant = seat(&app, &people[0], &perk).await;
        let who = people[0];
        let presses: Vec<_> = (0..10).map(|_| {
            let app = Arc::clone(&app);
            tokio::spawn(async move { give_back(&app, &who, &grant, 300).await.is_ok() })
        }).collect();
        let mut given = 0;
        for press in presses {
            given += u32::from(press.await.unwrap());
        }
        assert_eq!((given, balance(&app, &who).await), (1, [400, 0, 0, 0]));
        assert_verifies(&app).await;
    }

    async fn a_return_dropped_at_every_await_happens_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 1).await;
        let define = evening(app, 4, 300);
        let perk = announce(app, &staff(app).await, &define).await;
        let grant = seat(app, &people[0], &perk).await;
        world.clock().set(define.returns.part_until);
        drop_at_every_await(
            async |_| give_back(app, &people[0], &grant, 150).await,
            async |_| {
                let halves = "SELECT 'half' FROM wallets WHERE balance <> 100 + 150 * (SELECT count(*) FROM grants WHERE cancelled_at IS NOT NULL) \
                     OR (SELECT taken FROM perk_stocks) <> (SELECT count(*) FROM grants WHERE cancelled_at IS NULL) \
                     OR (SELECT count(*) FROM postings WHERE kind = 'restore') <> (SELECT count(*) FROM grants WHERE returned_points = 150)";
                assert_eq!(world.db().texts(halves).await, Vec::<Vec<String>>::new());
            },
        )
        .await;
        assert_eq!(balance(app, &people[0]).await, [250, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn called_off_with_two_hundred_seats_and_forty_waiting_all_are_told_once_and_all_points_are_back(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 240).await;
        let by = staff(app).await;
        let perk = announce(app, &by, &evening(app, 200, 300)).await;
        for who in &people[..200] {
            seat(app, who, &perk).await;
        }
        for who in &people[200..] {
            app.join_waiting_list(who, perk.id).await.unwrap().unwrap();
        }
        app.drain().await.unwrap();
        let outstanding = "SELECT CAST(SUM(balance) AS TEXT) FROM wallets";
        assert_eq!(world.db().texts(outstanding).await, [["36000"]]);

        let call_off = CallOffGathering { perk: perk.id, expected_version: 1, reason: label("no gas") };
        app.call_off_gathering(&by, &call_off).await.unwrap().unwrap();
        // From the commit on nobody takes a seat.
        let late = app.redeem_perk(&people[239], &redeem(perk.id, KEY)).await.unwrap();
        assert_eq!(late, Err(RedeemPerkRefusal::NotGranted(GrantRefusal::PerkClosed)));
        // The worker dies on its way, again and again.
        for polls in [40, 150, 400, 700] {
            poll_at_most(polls, app.drain()).await;
            world.clock().advance(db::outbox::LEASE);
        }
        app.drain().await.unwrap();
        app.drain().await.unwrap();

        let told = called_off_mails(&world);
        let mut expected: Vec<(String, i64)> = (0..240).map(|n| (format!("h-{n}-owner@hearth.example"), if n < 200 { 300 } else { 0 })).collect();
        expected.sort();
        assert_eq!(told, expected);
        assert_eq!(world.db().texts(outstanding).await, [["96000"]]);
        assert_eq!(world.db().count("postings WHERE kind = 'restore' AND points = 300").await, 200);
        assert_eq!(world.db().count("grants WHERE cancelled_at IS NOT NULL").await, 200);
        assert_eq!(world.db().count("waiting_places WHERE outcome = 'closed'").await, 40);
        assert_eq!(world.db().count("perk_stocks WHERE taken = 0 AND offered = 0 AND waiting = 0").await, 1);
        assert_eq!(app.advance_waiting_lists().await.unwrap(), 0);
        assert_verifies(app).await;
    }

    async fn two_who_change_one_gathering_at_once_do_not_overwrite_each_other(world: TestApp) {
        let app = world.app();
        let by = staff(app).await;
        let perk = announce(app, &by, &evening(app, 20, 300)).await;
        let more = |seats| DefineGathering { expected_version: Some(1), ..evening(app, seats, 300) };
        let (thirty, forty) = (more(30), more(40));
        let (one, other) = tokio::join!(app.define_gathering(&by, &thirty), app.define_gathering(&by, &forty));
        let refused = [one.unwrap(), other.unwrap()].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(refused, [DefineGatheringRefusal::VersionConflict]);
        let (perk, _) = app.find_perk(perk.id).await.unwrap().unwrap();
        assert_eq!(perk.gathering.unwrap().version, 2);
    }

    async fn what_people_took_a_seat_on_stays(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 2).await;
        let by = staff(app).await;
        let first = evening(app, 20, 300);
        let perk = announce(app, &by, &first).await;
        seat(app, &people[0], &perk).await;
        seat(app, &people[1], &perk).await;
        let seen = DefineGathering { expected_version: Some(1), ..first.clone() };
        let later = first.starts_at + TimeDelta::hours(1);
        for (changed, refusal) in [
            (DefineGathering { price: points(200), ..seen.clone() }, DefineGatheringRefusal::SeatsTaken { taken: 2 }),
            (DefineGathering { starts_at: later, ..seen.clone() }, DefineGatheringRefusal::SeatsTaken { taken: 2 }),
            (DefineGathering { seats: 1, ..seen.clone() }, DefineGatheringRefusal::BelowTaken { taken: 2 }),
            (DefineGathering { seats: 0, ..seen.clone() }, DefineGatheringRefusal::BadSeats),
            (DefineGathering { price: points(0), ..seen.clone() }, DefineGatheringRefusal::BadPrice),
            (DefineGathering { min_age: Some(151), ..seen.clone() }, DefineGatheringRefusal::BadAudience),
            (DefineGathering { community: Some(label("nowhere")), ..seen.clone() }, DefineGatheringRefusal::NoSuchCommunity),
            (DefineGathering { ends_at: first.starts_at, ..seen.clone() }, GatheringRefusal::BadTimes.into()),
            (DefineGathering { expected_version: None, ..seen.clone() }, DefineGatheringRefusal::VersionConflict),
        ] {
            assert_eq!(app.define_gathering(&by, &changed).await.unwrap(), Err(refusal));
        }
        let moved = DefineGathering { place_zh: label("三号楼"), seats: 2, ..seen };
        announce(app, &by, &moved).await;
        let call_off = CallOffGathering { perk: perk.id, expected_version: 2, reason: label("no gas") };
        let unseen = CallOffGathering { expected_version: 1, ..call_off.clone() };
        assert_eq!(app.call_off_gathering(&by, &unseen).await.unwrap(), Err(CallOffGatheringRefusal::VersionConflict));
        app.call_off_gathering(&by, &call_off).await.unwrap().unwrap();
        let twice = app.call_off_gathering(&by, &call_off).await.unwrap();
        assert!(matches!(twice, Err(CallOffGatheringRefusal::CalledOff { .. })), "{twice:?}");
        let auditor = hire(app, "zhou", "auditor".parse().unwrap()).await.principal(app).await;
        let refused = app.call_off_gathering(&auditor, &call_off).await.unwrap();
        assert_eq!(refused, Err(CallOffGatheringRefusal::NotAllowed(app::staff::NotAllowed)));
    }

    async fn a_gathering_is_for_whom_and_when_it_says(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "1000").await;
        let by = staff(app).await;
        let opens_at = app.db().clock().now() + TimeDelta::hours(1);
        let here = DefineGathering { community: Some(label("玉兰里社区")), ..evening(app, 20, 300) };
        let seniors = DefineGathering { code: "tea".parse().unwrap(), min_age: Some(70), ..here.clone() };
        let later = DefineGathering { code: "walk".parse().unwrap(), opens_at: Some(opens_at), ..here.clone() };
        let press = async |perk: &Perk| app.redeem_perk(&wang, &redeem(perk.id, &format!("{KEY}{}", perk.code))).await.unwrap();

        assert!(press(&announce(app, &by, &here).await).await.is_ok());
        // Born in 1960, it is 2026.
        let too_young = GrantRefusal::NotForThem(NotForThem::TooYoung { min_age: 70 });
        assert_eq!(press(&announce(app, &by, &seniors).await).await, Err(RedeemPerkRefusal::NotGranted(too_young)));
        let walk = announce(app, &by, &later).await;
        assert_eq!(press(&walk).await, Err(RedeemPerkRefusal::NotGranted(GrantRefusal::NotYetOpen { opens_at })));
        world.clock().set(opens_at);
        assert!(press(&walk).await.is_ok());
        world.clock().set(later.starts_at);
        let closed = app.redeem_perk(&wang, &redeem(walk.id, "another-key-0123456789")).await.unwrap();
        assert_eq!(closed, Err(RedeemPerkRefusal::NotGranted(GrantRefusal::PerkClosed)));
        assert_eq!(balance(app, &wang).await, [400, 0, 0, 0]);
        assert_verifies(app).await;
    }
}
