//! At the door of a gathering: one code lets one person in, and whoever stays away too often waits for a while.

use std::sync::Arc;

use accounts::{HouseholdRow, Role};
use app::{
    App, ImportMode, Principal,
    entitlements::{
        CallOffGathering, CancelGrantRefusal, CheckInRefusal, DefineGathering, DoorKeeper, GiveBackRefusal, PassUse,
        RedeemPerkRefusal,
    },
};
use chrono::TimeDelta;
use entitlements::{CancelRefusal, Grant, GrantRefusal, Perk};
use kernel::{Actor, Timestamp};
use poem::{Endpoint, Request};
use testkit::{TestApp, on_both_engines};

use super::gatherings::{KEY, announce, evening, give_back, neighbourhood, seat, staff};
use crate::{
    staff::hire,
    world::{assert_verifies, balance, label, principal, redeem, reference},
};

async fn code(app: &App, grant: &Grant, pass_use: PassUse) -> String {
    let (perk, _) = app.find_perk(grant.perk).await.unwrap().unwrap();
    app.seat_code(grant, &perk, pass_use).unwrap()
}

async fn scan(app: &App, keeper: &DoorKeeper, code: &str) -> Result<Option<Timestamp>, CheckInRefusal> {
    app.check_in_seat(keeper, code).await.unwrap().map(|seat| seat.grant.used_at)
}

/// Somebody who leads a community and lives in none of the households here.
async fn leader(app: &App, community: &str, person: &str) -> Principal {
    let row = HouseholdRow {
        household: reference(person),
        household_name: None,
        community: Some(label(community)),
        person: reference(person),
        person_name: label(person),
        role: Role::Owner,
        born_on: None,
        email: None,
        leads: Some(label(community)),
        kin: None,
    };
    app.import_households(vec![row], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
    principal(app, person).await
}

async fn takes(app: &App, who: &Principal, perk: &Perk) -> Result<Grant, RedeemPerkRefusal> {
    let key = format!("{KEY}-{}", perk.code);
    app.redeem_perk(who, &redeem(perk.id, &key)).await.unwrap().map(|redeemed| redeemed.grant)
}

on_both_engines! {
    async fn a_code_scanned_twenty_times_at_once_lets_one_in(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let people = neighbourhood(&app, 1).await;
        let by = staff(&app).await;
        let define = evening(&app, 4, 300);
        let perk = announce(&app, &by, &define).await;
        let grant = seat(&app, &people[0], &perk).await;
        let code = code(&app, &grant, PassUse::CheckIn).await;
        world.clock().set(define.starts_at);

        let scans: Vec<_> = (0..20).map(|_| {
            let (app, code) = (Arc::clone(&app), code.clone());
            tokio::spawn(async move { scan(&app, &DoorKeeper::Staff(by), &code).await })
        }).collect();
        let mut let_in = 0;
        for scan in scans {
            match scan.await.unwrap() {
                Ok(at) => {
                    assert_eq!(at, Some(define.starts_at));
                    let_in += 1;
                }
                Err(refusal) => assert_eq!(refusal, CheckInRefusal::CheckedIn { at: define.starts_at }),
            }
        }
        assert_eq!(let_in, 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'entitlements.grant_used.v1'").await, 1);
        assert_eq!(app.find_grant(&people[0], grant.id).await.unwrap().unwrap().used_at, Some(define.starts_at));
        assert_verifies(&app).await;
    }

    async fn the_door_is_kept_by_staff_and_the_community_s_leaders_at_its_hours(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 3).await;
        let by = staff(app).await;
        let define = DefineGathering { community: Some(label("玉兰里社区")), ..evening(app, 4, 300) };
        let perk = announce(app, &by, &define).await;
        let (here, there) = (leader(app, "玉兰里社区", "P-HERE").await, leader(app, "望江里社区", "P-THERE").await);
        let support = hire(app, "zhou", "support".parse().unwrap()).await.principal(app).await;
        let (first, second) = (seat(app, &people[0], &perk).await, seat(app, &people[1], &perk).await);
        let shown = code(app, &first, PassUse::CheckIn).await;
        let closed = Err(CheckInRefusal::DoorsClosed { starts_at: define.starts_at });

        let opens_at = define.starts_at - TimeDelta::hours(2);
        world.clock().set(opens_at - TimeDelta::milliseconds(1));
        assert_eq!(scan(app, &DoorKeeper::Staff(by), &shown).await, closed);
        world.clock().set(opens_at);
        for nobody in [DoorKeeper::Leader(there), DoorKeeper::Leader(people[2]), DoorKeeper::Staff(support)] {
            assert_eq!(scan(app, &nobody, &shown).await, Err(CheckInRefusal::NotAllowed));
        }
        let calendar = code(app, &first, PassUse::Calendar).await;
        for none in ["", "00", calendar.as_str()] {
            assert_eq!(scan(app, &DoorKeeper::Staff(by), none).await, Err(CheckInRefusal::NoSuchSeat));
        }
        assert_eq!(scan(app, &DoorKeeper::Leader(here), &shown.to_lowercase()).await, Ok(Some(opens_at)));
        let given_back = code(app, &second, PassUse::CheckIn).await;
        give_back(app, &people[1], &second, 150).await.unwrap();
        assert_eq!(scan(app, &DoorKeeper::Leader(here), &given_back).await, Err(CheckInRefusal::Cancelled { at: opens_at }));
        world.clock().set(define.ends_at);
        assert_eq!(scan(app, &DoorKeeper::Leader(here), &shown).await, Err(CheckInRefusal::CheckedIn { at: opens_at }));
        assert_verifies(app).await;
    }

    async fn a_seat_somebody_came_in_with_is_neither_given_back_nor_returned(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 2).await;
        let by = staff(app).await;
        let define = evening(app, 4, 300);
        let perk = announce(app, &by, &define).await;
        let (first, second) = (seat(app, &people[0], &perk).await, seat(app, &people[1], &perk).await);
        let at = define.starts_at - TimeDelta::hours(1);
        world.clock().set(at);
        scan(app, &DoorKeeper::Staff(by), &code(app, &first, PassUse::CheckIn).await).await.unwrap();
        let used = CancelRefusal::Used { at };
        assert_eq!(give_back(app, &people[0], &first, 0).await, Err(GiveBackRefusal::NotCancelled(used)));
        let household = people[0].household.unwrap().0;
        let cancelled = app.cancel_grant(Actor::Operator, household, first.id, &label("no")).await.unwrap();
        assert_eq!(cancelled, Err(CancelGrantRefusal::NotCancelled(used)));

        // The gas fails an hour before: who is inside has eaten, the other has the points back.
        let call_off = CallOffGathering { perk: perk.id, expected_version: 1, reason: label("no gas") };
        app.call_off_gathering(&by, &call_off).await.unwrap().unwrap();
        app.drain().await.unwrap();
        assert_eq!((balance(app, &people[0]).await[0], balance(app, &people[1]).await[0]), (100, 400));
        let late = code(app, &second, PassUse::CheckIn).await;
        assert_eq!(scan(app, &DoorKeeper::Staff(by), &late).await, Err(CheckInRefusal::Cancelled { at }));
        assert_eq!(world.db().count("outbox_events WHERE settled_at IS NULL").await, 0);
        assert_verifies(app).await;
    }

    async fn who_stays_away_twice_where_the_door_is_kept_waits_ninety_days(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 2).await;
        let by = staff(app).await;
        let mut over = Vec::new();
        // At the first nobody keeps the door; at the others the second household comes.
        for (n, is_kept) in [("one", false), ("two", true), ("three", true)] {
            let define = DefineGathering { code: n.parse().unwrap(), ..evening(app, 4, 100) };
            let perk = announce(app, &by, &define).await;
            takes(app, &people[0], &perk).await.unwrap();
            let comes = takes(app, &people[1], &perk).await.unwrap();
            world.clock().set(define.starts_at);
            if is_kept {
                scan(app, &DoorKeeper::Staff(by), &code(app, &comes, PassUse::CheckIn).await).await.unwrap();
            }
            world.clock().set(define.ends_at);
            over.push(define.ends_at);
        }
        let next = announce(app, &by, &DefineGathering { code: "four".parse().unwrap(), ..evening(app, 4, 100) }).await;
        let until = over[1] + TimeDelta::days(90);
        let barred = RedeemPerkRefusal::NotGranted(GrantRefusal::Barred { until });
        assert_eq!(takes(app, &people[0], &next).await, Err(barred));
        assert!(takes(app, &people[1], &next).await.is_ok());

        world.clock().set(until);
        let later = announce(app, &by, &DefineGathering { code: "five".parse().unwrap(), ..evening(app, 4, 100) }).await;
        assert!(takes(app, &people[0], &later).await.is_ok());
        assert_verifies(app).await;
    }

    async fn a_seat_s_picture_and_calendar_entry_are_had_by_their_own_codes_alone(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 1).await;
        let define = evening(app, 4, 300);
        let perk = announce(app, &staff(app).await, &define).await;
        let grant = seat(app, &people[0], &perk).await;
        let pages = web::routes(app, web::WebOptions::default());
        let get = async |file: String| {
            let request = Request::builder().uri_str(format!("/seats/{file}")).finish();
            let mut response = pages.get_response(request).await;
            let kind = response.content_type().unwrap_or_default().to_owned();
            (response.status().as_u16(), kind, response.take_body().into_string().await.unwrap())
        };
        let (door, calendar) = (code(app, &grant, PassUse::CheckIn).await, code(app, &grant, PassUse::Calendar).await);

        let (status, kind, picture) = get(format!("{door}.svg")).await;
        assert_eq!((status, kind.as_str()), (200, "image/svg+xml"));
        assert!(picture.contains("<svg") && !picture.contains("<script"), "{picture}");
        let (status, kind, entry) = get(format!("{calendar}.ics")).await;
        assert_eq!((status, kind.as_str()), (200, "text/calendar; charset=utf-8"));
        let starts_at = define.starts_at.format("DTSTART:%Y%m%dT%H%M%SZ\r\n").to_string();
        for line in [starts_at.as_str(), "SUMMARY:包饺子 / Dumpling evening\r\n", "STATUS:CONFIRMED\r\n"] {
            assert!(entry.contains(line), "{line} in {entry}");
        }
        assert!(!entry.contains("H-0"), "{entry}");
        for other in [format!("{door}.ics"), format!("{calendar}.svg"), format!("{calendar}.txt"), "x.ics".to_owned()] {
            assert_eq!(get(other).await.0, 404);
        }
        give_back(app, &people[0], &grant, 300).await.unwrap();
        assert!(get(format!("{calendar}.ics")).await.2.contains("STATUS:CANCELLED\r\n"));
    }
}
