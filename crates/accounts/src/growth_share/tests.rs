use chrono::{TimeZone, Utc};
use kernel::{Id, Timestamp, kinds};
use uuid::Uuid;

use super::{CountedTime, GrowthShare, HouseholdMove, LeaderTerm, Stay, counted_times, stays};

fn day(month: u32, day: u32) -> Timestamp {
    Utc.with_ymd_and_hms(2026, month, day, 0, 0, 0).unwrap()
}

fn community(n: u128) -> Id<kinds::Community> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn term(since: Timestamp, ended: Option<Timestamp>) -> LeaderTerm {
    LeaderTerm { leads_since: since, ended_at: ended, growth_share: GrowthShare(100) }
}

const ALWAYS: Stay = Stay { from: None, until: None };

fn windows(terms: &[LeaderTerm], stays: &[Stay]) -> Vec<(usize, Timestamp, Timestamp)> {
    let counted = counted_times(terms, stays, day(1, 1), day(12, 31));
    counted.into_iter().map(|CountedTime { term, from, until, .. }| (term, from, until)).collect()
}

#[test]
fn a_household_counts_while_it_is_led_and_ninety_days_beyond() {
    let ended = Some(day(6, 1));
    for (terms, stays, expected) in [
        (vec![term(day(3, 1), None)], vec![ALWAYS], vec![(0, day(3, 1), day(12, 31))]),
        (vec![term(day(3, 1), ended)], vec![ALWAYS], vec![(0, day(3, 1), day(8, 30))]),
        // It came later than the leader, and left before they did.
        (
            vec![term(day(3, 1), ended)],
            vec![Stay { from: Some(day(4, 1)), until: Some(day(5, 1)) }],
            vec![(0, day(4, 1), day(7, 30))],
        ),
        // It was gone before they began, or came when they had ended.
        (vec![term(day(3, 1), ended)], vec![Stay { from: None, until: Some(day(3, 1)) }], vec![]),
        (vec![term(day(3, 1), ended)], vec![Stay { from: ended, until: None }], vec![]),
        (vec![term(day(3, 1), None)], vec![], vec![]),
        (vec![], vec![ALWAYS], vec![]),
    ] {
        assert_eq!(windows(&terms, &stays), expected);
    }
}

#[test]
fn nothing_counts_twice_for_one_leader() {
    let again = [term(day(2, 1), Some(day(3, 1))), term(day(4, 1), None)];
    assert_eq!(windows(&again, &[ALWAYS]), [(0, day(2, 1), day(4, 1)), (1, day(4, 1), day(12, 31))]);
    let left_and_came_back =
        [Stay { from: None, until: Some(day(3, 1)) }, Stay { from: Some(day(3, 15)), until: None }];
    assert_eq!(
        windows(&[term(day(2, 1), None)], &left_and_came_back),
        [(0, day(2, 1), day(3, 15)), (0, day(3, 15), day(12, 31))]
    );
}

#[test]
fn only_what_lies_in_the_time_asked_about_counts() {
    let counted = |from, until| counted_times(&[term(day(3, 1), Some(day(3, 11)))], &[ALWAYS], from, until);
    let june = CountedTime { term: 0, from: day(6, 1), until: day(6, 9), came_at: day(3, 1) };
    assert_eq!(counted(day(6, 1), day(7, 1)), [june]);
    assert_eq!(counted(day(7, 1), day(8, 1)), []);
    assert_eq!(counted(day(1, 1), day(3, 1)), []);
}

#[test]
fn stays_follow_from_the_moves_and_from_where_the_household_is() {
    let (one, two, three) = (community(1), community(2), community(3));
    let moves = [
        HouseholdMove { from: Some(one), to: two, moved_at: day(2, 1) },
        HouseholdMove { from: Some(two), to: one, moved_at: day(3, 1) },
    ];
    for (community, expected) in [
        (one, vec![Stay { from: None, until: Some(day(2, 1)) }, Stay { from: Some(day(3, 1)), until: None }]),
        (two, vec![Stay { from: Some(day(2, 1)), until: Some(day(3, 1)) }]),
        (three, vec![]),
    ] {
        assert_eq!(stays(community, &moves, Some(one)), expected);
    }
    assert_eq!(stays(one, &[], Some(one)), [ALWAYS]);
    assert_eq!(stays(one, &[], None), []);
    let from_nowhere = HouseholdMove { from: None, to: one, moved_at: day(2, 1) };
    assert_eq!(stays(one, &[from_nowhere], Some(one)), [Stay { from: Some(day(2, 1)), until: None }]);
}

#[test]
fn what_was_to_be_expected_is_the_compared_time_stretched_to_the_counted_one() {
    let june = CountedTime { term: 0, from: day(6, 1), until: day(7, 1), came_at: day(6, 1) };
    assert_eq!(june.compared_from(), day(3, 3));
    for (compared, expected) in [(90_000, 30_000), (0, 0), (1, 0), (5, 1), (-90_000, 0), (i64::MAX, i64::MAX / 3)] {
        assert_eq!(june.expected(compared), expected, "{compared}");
    }
}

#[test]
fn a_share_is_so_many_thousandths_rounded_down_and_nothing_of_what_shrank() {
    let tenth = GrowthShare::from_permille(100).unwrap();
    for (growth, share) in [(10_000, 1_000), (9, 0), (19, 1), (0, 0), (-10_000, 0), (i64::MAX, i64::MAX / 10)] {
        assert_eq!(tenth.of(growth), share, "{growth}");
    }
    assert_eq!(GrowthShare::from_permille(1_000).unwrap().of(i64::MAX), i64::MAX);
    for bad in [-1, 1_001, i64::MAX] {
        assert!(GrowthShare::from_permille(bad).is_err(), "{bad}");
    }
}
