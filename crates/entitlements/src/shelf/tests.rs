use std::collections::HashMap;

use kernel::{Id, Points, Timestamp, kinds};
use uuid::Uuid;

use super::{GrantRefusal, Shelf, Taker};
use crate::{Perk, Stock};

fn household(n: u128) -> Id<kinds::Household> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn shelf(total: u32, taken: u32, limit_per_household: u32, is_open: bool) -> Shelf {
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
    };
    Shelf::new(perk, Stock { total, taken }, HashMap::from([(household(5), 1)]))
}

fn taker(n: u128) -> Taker {
    Taker {
        grant: Id::from_uuid(Uuid::from_u128(70)),
        posting: Id::from_uuid(Uuid::from_u128(80)),
        household: household(n),
        person: Id::from_uuid(Uuid::from_u128(90)),
        now: Timestamp::from_timestamp_millis(0).unwrap(),
        today: "2026-03-01".parse().unwrap(),
    }
}

#[test]
fn grants_the_last_one_and_not_one_more() {
    let mut shelf = shelf(2, 1, 9, true);

    let grant = shelf.grant(taker(6)).unwrap();
    assert_eq!(grant.price, Points::new(200).unwrap());
    assert_eq!(grant.expires_on, "2026-03-31".parse().unwrap());
    assert_eq!(shelf.stock().left(), 0);

    let before = shelf.clone();
    assert_eq!(shelf.grant(taker(7)), Err(GrantRefusal::SoldOut));
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
