//! What postings tell besides points: what they correct, whose that was, per line, and what refusals tell of the calendar.

use kernel::{Id, Points};
use uuid::Uuid;

use super::{TODAY, cause, day, due, father, line, lot, mother, points, record, wallet};
use crate::{EarnRecord, LotKey, Moved, Posting, RefundPolicy, SpendRefusal, UNSCHEDULED, Wallet};

fn other_household() -> Id<kernel::kinds::Household> {
    Id::from_uuid(Uuid::from_u128(8))
}

/// The same earn, made by another household whose points are here now.
fn of_another(earn: EarnRecord) -> EarnRecord {
    EarnRecord { household: other_household(), ..earn }
}

fn clawed(earn: &EarnRecord, key: LotKey, policy: RefundPolicy) -> Posting {
    let mut wallet = wallet(&[(key, 60)]);
    wallet.claw_back(cause(70), earn, due(&[line(1, 50), line(2, 30), line(3, 20)]), policy, day(TODAY)).unwrap()
}

#[test]
fn a_clawback_names_the_earn_its_household_and_the_lines_as_far_as_points_went() {
    let key = lot(mother(), "2026-03-01", "2026-12-31");
    let earn = record(key, &[50, 30, 20]);

    let within = clawed(&earn, key, RefundPolicy::WithinBalance);
    assert_eq!((within.corrects, within.counterpart, within.points), (Some(earn.posting), None, points(60)));
    assert_eq!(within.lines(), [line(1, 50), line(2, 10)]);

    let with_debt = clawed(&of_another(earn.clone()), key, RefundPolicy::Debt);
    assert_eq!((with_debt.corrects, with_debt.counterpart), (Some(earn.posting), Some(other_household())));
    assert_eq!(with_debt.lines(), [line(1, 50), line(2, 30), line(3, 20)]);
}

#[test]
fn a_schedule_keeps_the_last_day_and_names_the_earn_and_its_household() {
    let waiting = LotKey { available_from: UNSCHEDULED, ..lot(mother(), TODAY, "2026-12-31") };
    for (earn, counterpart) in
        [(record(waiting, &[40]), None), (of_another(record(waiting, &[40])), Some(other_household()))]
    {
        let mut wallet = wallet(&[(waiting, 40)]);

        let posting = wallet.schedule(cause(70), &earn, day("2026-03-17"), day(TODAY)).unwrap();

        assert_eq!((posting.corrects, posting.counterpart), (Some(earn.posting), counterpart));
        let scheduled = LotKey { available_from: day("2026-03-17"), ..waiting };
        assert_eq!(wallet.free_of(mother(), day(TODAY)).lots, [(scheduled, points(40))]);
    }
}

#[test]
fn points_that_would_lapse_before_their_first_day_last_through_it() {
    let waiting = LotKey { available_from: UNSCHEDULED, ..lot(mother(), TODAY, "2026-03-12") };
    let mut wallet = wallet(&[(waiting, 40)]);

    wallet.schedule(cause(70), &record(waiting, &[40]), day("2026-03-17"), day(TODAY)).unwrap();

    let scheduled = LotKey { available_from: day("2026-03-17"), expires_on: day("2026-03-17"), ..waiting };
    assert_eq!(wallet.free_of(mother(), day(TODAY)).lots, [(scheduled, points(40))]);
}

/// Mother's: 200 to June of which 20 are held, 30 that lapsed; father's: 50, of which 50 are held.
fn pool() -> (Wallet, LotKey, LotKey) {
    let (mothers, fathers) = (lot(mother(), "2026-02-01", "2026-06-30"), lot(father(), "2026-01-01", "2026-03-20"));
    let lapsed = lot(mother(), "2026-01-01", "2026-03-01");
    let mut wallet = wallet(&[(mothers, 200), (fathers, 50), (lapsed, 30)]);
    // The earliest expiry is held first: all of father's, then twenty of mother's.
    wallet.hold(points(70), day(TODAY)).unwrap();
    (wallet, mothers, fathers)
}

#[test]
fn what_one_brought_is_free_but_for_what_is_held_or_lapsed() {
    let (wallet, mothers, _) = pool();

    assert_eq!(wallet.free_of(mother(), day(TODAY)), Moved { lots: vec![(mothers, points(180))], owed: Points::ZERO });
    assert_eq!(wallet.free_of(father(), day(TODAY)), Moved { lots: vec![], owed: Points::ZERO });
    assert_eq!((wallet.held_of(mother()), wallet.held_of(father())), (points(20), points(50)));
}

#[test]
fn both_sides_of_a_move_say_why() {
    let (mut from, ..) = pool();
    let mut to = Wallet::new(other_household());
    let why: kernel::Label = "moved out".parse().unwrap();
    let leaving = from.free_of(mother(), day(TODAY));

    let out = from.move_out(cause(60), to.household(), &leaving, why.clone()).unwrap();
    let into = to.move_in(cause(61), from.household(), &leaving, why.clone()).unwrap();

    assert_eq!((out.reason, into.reason), (Some(why.clone()), Some(why)));
}

#[test]
fn points_that_lapsed_just_now_are_named_only_when_they_would_have_sufficed() {
    let (open, lapsed) = (lot(mother(), "2026-02-01", "2026-06-30"), lot(mother(), "2026-01-01", "2026-03-09"));
    let wallet = wallet(&[(open, 100), (lapsed, 30)]);

    for (price, short_by) in [(130, 30), (101, 1)] {
        let expired = SpendRefusal::Expired {
            short_by: points(short_by),
            held: Points::ZERO,
            matures_on: None,
            last_day: day("2026-03-09"),
        };
        assert_eq!(wallet.may_spend(points(price), day(TODAY)), Err(expired), "{price}");
    }
    let short = SpendRefusal::InsufficientPoints { short_by: points(31), held: Points::ZERO, matures_on: None };
    assert_eq!(wallet.may_spend(points(131), day(TODAY)), Err(short));
    assert_eq!(wallet.may_spend(points(100), day(TODAY)), Ok(()));
}
