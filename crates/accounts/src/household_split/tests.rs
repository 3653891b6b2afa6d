use std::collections::BTreeSet;

use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};
use uuid::Uuid;

use super::{HouseholdSplit, OfferSplitRefusal, SplitOffer, check_split_offer};
use crate::{PartRefusal, Role};

type Person = Id<kinds::Person>;

fn id<K>(n: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn at() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

const OWNER: u128 = 1;
const DAUGHTER: u128 = 2;
const CHILD: u128 = 3;
const FATHER: u128 = 4;

fn people(all: &[(u128, Role)]) -> Vec<(Person, Role)> {
    all.iter().map(|(who, role)| (id(*who), *role)).collect()
}

fn family() -> Vec<(Person, Role)> {
    people(&[(OWNER, Role::Owner), (DAUGHTER, Role::Adult), (CHILD, Role::Child), (FATHER, Role::Senior)])
}

fn offer(by: u128, to: u128, going: &[u128]) -> Result<(), OfferSplitRefusal> {
    let going: BTreeSet<Person> = going.iter().map(|who| id(*who)).collect();
    check_split_offer(id(by), id(to), &going, &family())
}

#[test]
fn the_owner_offers_it_to_a_grown_up_and_stays() {
    assert_eq!(offer(OWNER, DAUGHTER, &[DAUGHTER, CHILD]), Ok(()));
    assert_eq!(offer(OWNER, FATHER, &[FATHER]), Ok(()));
    assert_eq!(offer(DAUGHTER, DAUGHTER, &[DAUGHTER]), Err(OfferSplitRefusal::NotOwner));
    assert_eq!(offer(99, DAUGHTER, &[DAUGHTER]), Err(OfferSplitRefusal::NotOwner));
    assert_eq!(offer(OWNER, 99, &[99]), Err(OfferSplitRefusal::NoSuchMember));
    assert_eq!(offer(OWNER, DAUGHTER, &[DAUGHTER, 99]), Err(OfferSplitRefusal::NoSuchMember));
    assert_eq!(offer(OWNER, CHILD, &[CHILD]), Err(OfferSplitRefusal::CannotOwn));
    assert_eq!(offer(OWNER, OWNER, &[OWNER]), Err(OfferSplitRefusal::CannotOwn));
    assert_eq!(offer(OWNER, DAUGHTER, &[DAUGHTER, OWNER]), Err(OfferSplitRefusal::CannotOwn));
}

#[test]
fn an_offer_is_open_to_one_while_all_are_there() {
    let offer = SplitOffer {
        household: id(100),
        offered_by: id(OWNER),
        offered_to: id(DAUGHTER),
        going: [id(DAUGHTER), id(CHILD)].into(),
        offered_at: at(),
        expires_at: at() + TimeDelta::days(14),
    };
    assert!(offer.is_open_to(id(DAUGHTER), &family(), at() + TimeDelta::days(13)));
    assert!(!offer.is_open_to(id(DAUGHTER), &family(), at() + TimeDelta::days(14)));
    assert!(!offer.is_open_to(id(FATHER), &family(), at()));
    let without_child = people(&[(OWNER, Role::Owner), (DAUGHTER, Role::Adult)]);
    assert!(!offer.is_open_to(id(DAUGHTER), &without_child, at()));
    let handed_over =
        people(&[(OWNER, Role::Adult), (FATHER, Role::Owner), (DAUGHTER, Role::Adult), (CHILD, Role::Child)]);
    assert!(!offer.is_open_to(id(DAUGHTER), &handed_over, at()));
}

fn rejoin(person: u128, there: &[(u128, Role)], after: TimeDelta) -> Result<(), PartRefusal> {
    let split = HouseholdSplit {
        household: id(100),
        founded: id(101),
        offered_by: id(OWNER),
        accepted_by: id(DAUGHTER),
        split_at: at(),
        undone: None,
    };
    let went = people(&[(DAUGHTER, Role::Adult), (CHILD, Role::Child)]);
    let here = people(&[(OWNER, Role::Owner), (FATHER, Role::Senior)]);
    split.check_rejoin(id(person), &went, (&here, &people(there)), at() + after)
}

#[test]
fn either_owner_undoes_it_within_seven_days_while_the_new_household_is_who_went() {
    let there = &[(DAUGHTER, Role::Owner), (CHILD, Role::Child)];
    let early = TimeDelta::days(7) - TimeDelta::milliseconds(1);
    assert_eq!(rejoin(OWNER, there, early), Ok(()));
    assert_eq!(rejoin(DAUGHTER, there, early), Ok(()));
    let until = at() + TimeDelta::days(7);
    assert_eq!(rejoin(DAUGHTER, there, TimeDelta::days(7)), Err(PartRefusal::TooLate { until }));
    for other in [FATHER, CHILD, 99] {
        assert_eq!(rejoin(other, there, early), Err(PartRefusal::NothingToUndo));
    }
    let more = &[(DAUGHTER, Role::Owner), (CHILD, Role::Child), (50, Role::Adult)];
    assert_eq!(rejoin(OWNER, more, early), Err(PartRefusal::MembersMoved));
    assert_eq!(rejoin(OWNER, &there[..1], early), Err(PartRefusal::MembersMoved));
}
