use kernel::{Id, kinds};
use uuid::Uuid;

use super::{GiveConsentRefusal as Refusal, Party, Purpose, check_consent, may_withdraw};
use crate::Role;

const HOME: Id<kinds::Household> = Id::from_uuid(Uuid::from_u128(1));
const ELSEWHERE: Id<kinds::Household> = Id::from_uuid(Uuid::from_u128(2));

fn party(number: u128, born_on: &str, household: Option<(Id<kinds::Household>, Role)>) -> Party {
    Party { person: Id::from_uuid(Uuid::from_u128(number)), born_on: born_on.parse().ok(), household }
}

fn today() -> kernel::BusinessDate {
    "2026-06-01".parse().unwrap()
}

#[test]
fn fourteen_counts_from_the_day_after_the_birthday() {
    for (born_on, needs) in
        [("2012-06-02", true), ("2012-06-01", true), ("2012-05-31", false), ("1950-01-01", false), ("2026-06-01", true)]
    {
        assert_eq!(party(1, born_on, None).needs_guardian(today()), needs, "{born_on}");
    }
    let leap = party(1, "2012-02-29", None);
    assert!(leap.needs_guardian("2026-02-28".parse().unwrap()));
    assert!(!leap.needs_guardian("2026-03-01".parse().unwrap()));
    assert!(party(1, "", Some((HOME, Role::Child))).needs_guardian(today()));
    assert!(!party(1, "", Some((HOME, Role::Adult))).needs_guardian(today()));
}

#[test]
fn who_may_agree_for_whom() {
    let adult = party(1, "1980-01-01", Some((HOME, Role::Adult)));
    let child = party(2, "2018-01-01", Some((HOME, Role::Child)));
    let teen = party(3, "2010-01-01", Some((HOME, Role::Child)));
    let neighbour = party(4, "1980-01-01", Some((ELSEWHERE, Role::Owner)));
    let nobody = party(5, "1980-01-01", None);
    for (by, about, purpose, expected) in [
        (adult, adult, Purpose::MarketingContact, Ok(())),
        (nobody, nobody, Purpose::HealthTags, Ok(())),
        (teen, teen, Purpose::HealthTags, Ok(())),
        (adult, child, Purpose::HealthTags, Ok(())),
        (child, child, Purpose::HealthTags, Err(Refusal::GuardianNeeded)),
        (adult, child, Purpose::MarketingContact, Err(Refusal::NotForChildren)),
        (adult, child, Purpose::PersonalisedOffers, Err(Refusal::NotForChildren)),
        (adult, teen, Purpose::HealthTags, Err(Refusal::NoSuchPerson)),
        (teen, child, Purpose::HealthTags, Err(Refusal::NoSuchPerson)),
        (neighbour, child, Purpose::HealthTags, Err(Refusal::NoSuchPerson)),
        (nobody, child, Purpose::HealthTags, Err(Refusal::NoSuchPerson)),
        (adult, neighbour, Purpose::HealthTags, Err(Refusal::NoSuchPerson)),
    ] {
        assert_eq!(check_consent(&by, &about, purpose, 1, today()), expected, "{by:?} about {about:?}: {purpose}");
    }
    for version in [0, 2] {
        let refusal = check_consent(&adult, &adult, Purpose::FamilyView, version, today());
        assert_eq!(refusal, Err(Refusal::PolicyNotInForce { in_force: 1 }));
    }
    assert!(may_withdraw(&child, &child, today()) && may_withdraw(&adult, &child, today()));
    assert!(!may_withdraw(&adult, &teen, today()) && !may_withdraw(&neighbour, &child, today()));
}

#[test]
fn every_purpose_has_one_word() {
    for purpose in Purpose::ALL {
        assert_eq!(purpose.word().parse(), Ok(purpose));
    }
}
