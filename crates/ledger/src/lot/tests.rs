use kernel::{BusinessDate, Id};
use uuid::Uuid;

use super::{Contributor, LotKey};

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

#[test]
fn a_lot_is_pending_until_the_day_before_its_first_and_spendable_to_the_end_of_its_last() {
    let key = LotKey {
        contributor: Contributor::Person(Id::from_uuid(Uuid::from_u128(1))),
        available_from: day("2026-03-10"),
        expires_on: day("2026-03-12"),
    };
    let days = [
        ("2026-03-09", [true, false, false]),
        ("2026-03-10", [false, true, false]),
        ("2026-03-12", [false, true, false]),
        ("2026-03-13", [false, false, true]),
    ];
    for (today, pending_available_lapsed) in days {
        let today = day(today);
        let found = [key.is_pending(today), key.is_available(today), key.is_lapsed(today)];
        assert_eq!(found, pending_available_lapsed, "{today}");
    }
}

#[test]
fn a_lot_that_lapses_before_its_first_day_never_was_pending_afterwards() {
    let key = LotKey {
        contributor: Contributor::Person(Id::from_uuid(Uuid::from_u128(1))),
        available_from: day("2026-03-20"),
        expires_on: day("2026-03-12"),
    };
    assert_eq!([key.is_pending(day("2026-03-12")), key.is_pending(day("2026-03-13"))], [true, false]);
}
