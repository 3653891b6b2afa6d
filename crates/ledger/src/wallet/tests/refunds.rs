use std::collections::BTreeMap;

use kernel::Points;

use super::{TODAY, cause, day, due, line, lot, mother, moves, points, record, snapshot, wallet, yuan};
use crate::{Account, DueBack, EarnRecord, LineRefunded, LotFate, LotKey, RefundPolicy, points_to_claw_back};

/// What a refund of (line, cash, before, after) is due, and what those before it were.
fn due_back(earn: &EarnRecord, refunded: &[(u32, &str, &str, &str)]) -> DueBack {
    let refunded = refunded.iter().map(|&(line_no, cash, before, after)| {
        (line_no, LineRefunded { cash: yuan(cash), before: yuan(before), after: yuan(after) })
    });
    points_to_claw_back(earn, &refunded.collect::<BTreeMap<_, _>>())
}

/// The earn of a lot whose last day is over, of which so many points were put and so many lapsed.
fn ended(key: LotKey, lines: &[i64], put: i64, lapsed: i64) -> EarnRecord {
    EarnRecord { fate: LotFate { put: points(put), lapsed: points(lapsed) }, ..record(key, lines) }
}

#[test]
fn a_refund_is_due_per_line_in_proportion_and_never_more_than_was_earned() {
    let earn = record(lot(mother(), "2026-03-01", "2026-12-31"), &[50, 0, 3]);

    // Half a line, rounded down; then all of it takes the rest; then there is nothing left to take.
    assert_eq!(due_back(&earn, &[(3, "3.99", "0", "2")]).lines, [line(3, 1)]);
    let rest = DueBack { lines: vec![line(3, 2)], before: points(1) };
    assert_eq!(due_back(&earn, &[(3, "3.99", "2", "3.99")]), rest);
    let nothing = DueBack { lines: Vec::new(), before: points(3) };
    assert_eq!(due_back(&earn, &[(3, "3.99", "3.99", "3.99")]), nothing);
    // An item that earned nothing takes nothing back (trap 6), nor does one that cost no cash, nor one the earn does not know.
    let of_nothing = [(2, "100", "0", "100"), (1, "0", "0", "0"), (4, "1", "0", "1")];
    assert_eq!(due_back(&earn, &of_nothing), DueBack { lines: Vec::new(), before: Points::ZERO });
    // All lines together.
    let all = due_back(&earn, &[(1, "10", "5", "10"), (3, "3", "1", "2")]);
    assert_eq!(all, DueBack { lines: vec![line(1, 25), line(3, 1)], before: points(26) });
}

#[test]
fn what_the_policy_did_not_let_be_taken_is_settled_then_and_not_asked_of_later_points() {
    // 200 earned for ¥200 and spent; ¥100 are refunded and nothing can be taken; then another order earns 100.
    let key = lot(mother(), "2026-03-01", "2026-12-31");
    let mut wallet = wallet(&[(key, 200)]);
    wallet.spend(cause(50), points(200), day(TODAY)).unwrap();
    let earn = record(key, &[200]);
    let first = due_back(&earn, &[(1, "200", "0", "100")]);
    assert_eq!(wallet.claw_back(cause(51), &earn, first, RefundPolicy::WithinBalance, day(TODAY)), None);
    wallet.earn(cause(52), snapshot(&[100]), key, day(TODAY)).unwrap();

    let cent = due_back(&earn, &[(1, "200", "100", "100.01")]);
    assert_eq!(wallet.claw_back(cause(53), &earn, cent, RefundPolicy::WithinBalance, day(TODAY)), None);
    let yuans = due_back(&earn, &[(1, "200", "100.01", "130")]);
    let posting = wallet.claw_back(cause(54), &earn, yuans, RefundPolicy::WithinBalance, day(TODAY)).unwrap();

    assert_eq!(posting.points, points(30));
    assert_eq!(wallet.total(), points(70));
}

#[test]
fn what_was_spent_of_a_lot_that_ended_is_owed_and_what_lapsed_is_not() {
    let key = lot(mother(), "2025-01-10", "2026-03-09");
    // Put into the lot, lapsed of it, refunded of this earn's 200: taken in all and owed.
    let cases = [
        // All of it was spent in time: a perk, and the money back.
        ("spent", 200, 0, 200, 200),
        ("lapsed", 200, 200, 200, 0),
        ("half spent, half refunded", 200, 100, 100, 0),
        ("half spent, refunded", 200, 100, 200, 100),
        // Another order's 200 lie in the same lot, and nobody can tell whose were spent.
        ("shared and half spent", 400, 200, 200, 100),
        ("shared and one point spent", 400, 399, 200, 0),
    ];
    for (name, put, lapsed, refunded, owed) in cases {
        let mut wallet = wallet(&[]);
        let earn = ended(key, &[200], put, lapsed);
        let posting = wallet.claw_back(cause(60), &earn, due(&[line(1, refunded)]), RefundPolicy::Debt, day(TODAY));
        let transfers = posting.map(|posting| moves(&posting)).unwrap_or_default();
        let expected: &[_] = if owed == 0 { &[] } else { &[(Account::Owed, Account::Issued, owed)] };
        assert_eq!((wallet.owed(), transfers.as_slice()), (points(owed), expected), "{name}");
    }
}

#[test]
fn points_that_lapsed_count_once_over_several_refunds() {
    // 100 of 200 lapsed, the others were spent; three refunds take the money back.
    let key = lot(mother(), "2025-01-10", "2026-03-09");
    let mut wallet = wallet(&[]);
    let mut earn = ended(key, &[200], 200, 100);
    for (before, refunded, owed) in [(0, 60, 0), (60, 60, 20), (120, 80, 100)] {
        let due = DueBack { lines: vec![line(1, refunded)], before: points(before) };
        let posting = wallet.claw_back(cause(60), &earn, due, RefundPolicy::Debt, day(TODAY));
        earn.clawed = earn.clawed.plus(posting.map_or(Points::ZERO, |posting| posting.points)).unwrap();
        assert_eq!(wallet.owed(), points(owed));
    }
}

#[test]
fn what_was_spent_of_a_lot_that_ended_comes_from_others_as_far_as_the_policy_goes() {
    let (key, other) = (lot(mother(), "2025-01-10", "2026-03-09"), lot(mother(), "2026-01-01", "2026-12-31"));
    let from_other = (Account::Lot(other.lot_id()), Account::Issued, 50);
    let cases: [(RefundPolicy, &[_]); 3] = [
        (RefundPolicy::OnlyPending, &[]),
        (RefundPolicy::WithinBalance, &[from_other]),
        (RefundPolicy::Debt, &[from_other, (Account::Owed, Account::Issued, 70)]),
    ];
    for (policy, expected) in cases {
        // 80 of the 200 lie there still, lapsed and not booked: the job does that, not the refund.
        let mut wallet = wallet(&[(key, 80), (other, 50)]);
        let earn = ended(key, &[200], 200, 80);
        let posting = wallet.claw_back(cause(60), &earn, due(&[line(1, 200)]), policy, day(TODAY));
        assert_eq!(posting.map(|posting| moves(&posting)).unwrap_or_default(), expected, "{policy:?}");
        assert_eq!(wallet.lapse(day(TODAY), |_| cause(61))[0].points, points(80));
    }
}

#[test]
fn a_debt_that_could_not_be_shown_is_not_made() {
    let key = lot(mother(), "2026-03-01", "2026-12-31");
    let mut wallet = super::indebted(Points::MAX.get());

    let posting = wallet.claw_back(cause(60), &record(key, &[5]), due(&[line(1, 5)]), RefundPolicy::Debt, day(TODAY));

    assert_eq!((posting, wallet.owed()), (None, Points::MAX));
}
