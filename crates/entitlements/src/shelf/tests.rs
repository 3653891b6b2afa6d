use std::collections::HashMap;

use kernel::{Id, Points, Rate, Timestamp, kinds};
use uuid::Uuid;

use super::{GrantRefusal, JoinRefusal, Shelf, Taker};
use crate::{Applicant, Audience, Gathering, NotForThem, Perk, PlaceOutcome, SeatReturns, Stock, Window};

fn household(n: u128) -> Id<kinds::Household> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(minutes * 60_000).unwrap()
}

fn shelf_of(stock: Stock, limit_per_household: u32, is_open: bool) -> Shelf {
    let perk = Perk {
        id: Id::from_uuid(Uuid::from_u128(1)),
        code: "priority-delivery".parse().unwrap(),
        name_zh: "优先配送".parse().unwrap(),
        name_en: "Priority delivery".parse().unwrap(),
        terms_zh: "次日优先送达".parse().unwrap(),
        terms_en: "First on tomorrow's round".parse().unwrap(),
        price: Points::new(200).unwrap(),
        limit_per_household,
        valid_days: 30,
        is_open,
        audience: Audience::default(),
        has_slots: false,
        window: Window::default(),
        gathering: None,
    };
    Shelf::new(perk, stock, HashMap::from([(household(5), 1)]))
}

fn shelf(total: u32, taken: u32, limit_per_household: u32, is_open: bool) -> Shelf {
    shelf_of(Stock { total, taken, ..Stock::default() }, limit_per_household, is_open)
}

fn applicant(n: u128, minute: i64) -> Applicant {
    Applicant {
        household: household(n),
        person: Id::from_uuid(Uuid::from_u128(90)),
        community: None,
        born_on: None,
        barred_until: None,
        now: at(minute),
        today: "2026-03-01".parse().unwrap(),
    }
}

fn taker(n: u128) -> Taker {
    taker_at(n, 0)
}

fn taker_at(n: u128, minute: i64) -> Taker {
    let (grant, posting) = (Id::from_uuid(Uuid::from_u128(70)), Id::from_uuid(Uuid::from_u128(80)));
    Taker { grant, posting, applicant: applicant(n, minute) }
}

fn place(n: u128) -> Id<kinds::WaitingPlace> {
    Id::from_uuid(Uuid::from_u128(n))
}

#[test]
fn grants_the_last_one_and_not_one_more() {
    let mut shelf = shelf(2, 1, 9, true);

    let grant = shelf.grant(taker(6)).unwrap();
    assert_eq!(grant.price, Points::new(200).unwrap());
    assert_eq!(grant.expires_on, "2026-03-31".parse().unwrap());
    assert_eq!(shelf.stock().left(), 0);

    let before = shelf.clone();
    assert_eq!(shelf.grant(taker(7)), Err(GrantRefusal::SoldOut { waiting: 0 }));
    assert_eq!(shelf, before);
}

#[test]
fn a_household_has_no_more_than_its_limit() {
    let mut shelf = shelf(10, 0, 2, true);

    assert!(shelf.grant(taker(5)).is_ok());
    assert_eq!(shelf.grant(taker(5)), Err(GrantRefusal::LimitReached { limit: 2 }));
    assert!(shelf.grant(taker(6)).is_ok());
}

#[test]
fn a_closed_perk_is_not_granted() {
    assert_eq!(shelf(10, 0, 2, false).grant(taker(6)), Err(GrantRefusal::PerkClosed));
}

#[test]
fn a_perk_is_granted_within_its_window_and_to_its_audience() {
    let mut shelf = shelf(10, 0, 2, true);
    shelf.perk.window = Window { opens_at: Some(at(10)), closes_at: Some(at(20)) };
    assert_eq!(shelf.grant(taker_at(6, 9)), Err(GrantRefusal::NotYetOpen { opens_at: at(10) }));
    assert!(shelf.grant(taker_at(6, 10)).is_ok());
    assert_eq!(shelf.grant(taker_at(6, 20)), Err(GrantRefusal::PerkClosed));
    shelf.perk.audience.min_age = Some(60);
    let too_young = GrantRefusal::NotForThem(NotForThem::TooYoung { min_age: 60 });
    assert_eq!(shelf.grant(taker_at(6, 10)), Err(too_young));
}

#[test]
fn whoever_waits_draws_the_next_number_and_keeps_it() {
    let mut shelf = shelf(1, 1, 1, true);
    let first = shelf.join(place(1), &applicant(6, 0)).unwrap();
    let second = shelf.join(place(2), &applicant(7, 0)).unwrap();
    assert_eq!((first.number, second.number, shelf.stock().waiting), (1, 2, 2));
    assert_eq!(shelf.join(place(3), &applicant(6, 0)), Ok(first));
    assert_eq!(shelf.check(&applicant(8, 0)), Err(GrantRefusal::SoldOut { waiting: 2 }));
    // Who has as many as it may waits for nothing.
    assert_eq!(shelf.join(place(4), &applicant(5, 0)), Err(GrantRefusal::LimitReached { limit: 1 }.into()));
    assert_eq!(shelf.stock().last_number, 2);
}

#[test]
fn what_comes_free_is_kept_for_whoever_is_next_for_two_hours() {
    let mut shelf = shelf(1, 1, 1, true);
    for (n, id) in [(6, 1), (7, 2), (8, 3)] {
        shelf.join(place(id), &applicant(n, 0)).unwrap();
    }
    assert_eq!(shelf.offer_places(at(1)), []);
    shelf.stock.taken = 0;
    // Nobody overtakes those who wait, whether or not the offer is made yet.
    assert_eq!(shelf.check(&applicant(9, 1)), Err(GrantRefusal::SoldOut { waiting: 3 }));

    let offered = shelf.offer_places(at(1));
    assert_eq!(offered.iter().map(|place| place.number).collect::<Vec<_>>(), [1]);
    assert_eq!((shelf.stock().offered, shelf.stock().waiting, shelf.stock().left()), (1, 2, 0));
    assert_eq!(shelf.offer_places(at(1)), []);
    assert_eq!(shelf.join(place(4), &applicant(6, 1)), Err(JoinRefusal::NotSoldOut));
    assert_eq!(shelf.check(&applicant(7, 1)), Err(GrantRefusal::SoldOut { waiting: 2 }));

    // To the last moment; from its end on it is the next one's, whether or not the end is booked.
    assert_eq!(shelf.check(&applicant(6, 120)), Ok(()));
    assert_eq!(shelf.check(&applicant(6, 121)), Err(GrantRefusal::SoldOut { waiting: 2 }));
    let ended = shelf.end_due_places(at(121));
    assert_eq!(
        ended.iter().map(|place| (place.number, place.ended)).collect::<Vec<_>>(),
        [(1, Some((PlaceOutcome::Lapsed, at(121))))]
    );
    assert_eq!(shelf.end_due_places(at(121)), []);
    assert_eq!(shelf.offer_places(at(121)).iter().map(|place| place.number).collect::<Vec<_>>(), [2]);

    let grant = shelf.grant(taker_at(7, 122)).unwrap();
    assert_eq!(grant.household, household(7));
    assert_eq!((shelf.stock().taken, shelf.stock().offered, shelf.stock().waiting), (1, 0, 1));
    let ends: Vec<_> =
        shelf.changed_places().iter().map(|place| (place.number, place.ended.map(|(how, _)| how))).collect();
    assert_eq!(ends, [(1, Some(PlaceOutcome::Lapsed)), (2, Some(PlaceOutcome::Taken))]);
}

#[test]
fn an_offer_ends_when_the_perk_closes_and_then_nobody_waits() {
    let mut shelf = shelf(1, 1, 1, true);
    shelf.perk.window.closes_at = Some(at(30));
    shelf.join(place(1), &applicant(6, 0)).unwrap();
    shelf.join(place(2), &applicant(7, 0)).unwrap();
    shelf.stock.taken = 0;
    assert_eq!(shelf.offer_places(at(1))[0].offer.unwrap().ends_at, at(30));
    assert_eq!(shelf.end_due_places(at(29)), []);
    let ended = shelf.end_due_places(at(30));
    assert_eq!(ended.iter().map(|place| place.ended.unwrap().0).collect::<Vec<_>>(), [PlaceOutcome::Closed; 2]);
    assert_eq!((shelf.stock().offered, shelf.stock().waiting), (0, 0));
    assert_eq!(shelf.offer_places(at(31)), []);
}

#[test]
fn who_leaves_lets_the_next_one_move_up() {
    let mut shelf = shelf(1, 1, 1, true);
    shelf.join(place(1), &applicant(6, 0)).unwrap();
    shelf.join(place(2), &applicant(7, 0)).unwrap();
    shelf.stock.taken = 0;
    shelf.offer_places(at(1));
    assert_eq!(shelf.leave(household(6), PlaceOutcome::Left, at(2)).len(), 1);
    assert_eq!(shelf.leave(household(6), PlaceOutcome::Left, at(2)), []);
    assert_eq!((shelf.stock().offered, shelf.stock().waiting), (0, 1));
    assert_eq!(shelf.offer_places(at(2))[0].number, 2);
}

#[test]
fn a_grant_is_taken_back_once_with_what_it_returned() {
    let mut shelf = shelf(3, 1, 9, true);
    let mut grant = shelf.grant(taker(6)).unwrap();
    let mut other = shelf.grant(taker(6)).unwrap();
    shelf.take_back(&mut grant, Points::new(200).unwrap(), at(1)).unwrap();
    assert_eq!((grant.cancelled_at, grant.returned, shelf.stock().taken), (Some(at(1)), None, 2));
    assert!(shelf.take_back(&mut grant, Points::ZERO, at(2)).is_err());
    shelf.take_back(&mut other, Points::new(100).unwrap(), at(1)).unwrap();
    assert_eq!((other.returned, shelf.stock().taken), (Points::new(100), 1));
}

#[test]
fn a_gathering_that_was_called_off_stays_so_whoever_opens_its_perk_again() {
    let mut shelf = shelf(10, 0, 2, true);
    let place = || "Yard".parse().unwrap();
    shelf.perk.gathering = Some(Gathering {
        starts_at: at(60),
        ends_at: at(120),
        ends_on: "2026-03-02".parse().unwrap(),
        place_zh: place(),
        place_en: place(),
        returns: SeatReturns { full_until: at(30), part_until: at(40), part: Rate::ONE },
        version: 1,
        called_off_at: None,
        first_check_in_at: None,
    });
    // It stands until the gathering is over, not for the days of the perk.
    assert_eq!(shelf.grant(taker(6)).unwrap().expires_on, "2026-03-02".parse().unwrap());
    shelf.perk.gathering.as_mut().unwrap().called_off_at = Some(at(1));
    assert_eq!(shelf.grant(taker(7)), Err(GrantRefusal::PerkClosed));
}
