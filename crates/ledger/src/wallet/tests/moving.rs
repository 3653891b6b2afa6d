use kernel::{Id, Points};
use uuid::Uuid;

use super::{TODAY, cause, day, father, indebted, lot, mother, moves, points, wallet};
use crate::{Account, MoveRefusal, Moved, Wallet};

fn why() -> kernel::Label {
    "everything".parse().unwrap()
}

fn other() -> Wallet {
    Wallet::new(Id::from_uuid(Uuid::from_u128(8)))
}

#[test]
fn a_merge_keeps_every_date_and_contributor_and_sums_to_zero() {
    let (june, pending) = (lot(mother(), "2026-02-01", "2026-06-30"), lot(father(), "2026-04-01", "2026-09-30"));
    let lapsed = lot(father(), "2026-01-01", "2026-03-01");
    let (mut from, mut to) = (wallet(&[(june, 200), (pending, 50), (lapsed, 7)]), other());

    let leaving = from.movable(None, day(TODAY)).unwrap();
    assert_eq!(leaving, Moved { lots: vec![(june, points(200)), (pending, points(50))], owed: Points::ZERO });
    let out = from.move_out(cause(60), to.household(), &leaving, why()).unwrap();
    let into = to.move_in(cause(61), from.household(), &leaving, why()).unwrap();

    let (june_lot, pending_lot) = (Account::Lot(june.lot_id()), Account::Lot(pending.lot_id()));
    assert_eq!(moves(&out), [(june_lot, Account::Moved, 200), (pending_lot, Account::Moved, 50)]);
    assert_eq!(moves(&into), [(Account::Moved, june_lot, 200), (Account::Moved, pending_lot, 50)]);
    assert_eq!((out.counterpart, into.counterpart), (Some(to.household()), Some(from.household())));
    assert_eq!(out.net_points() + into.net_points(), 0);
    let balance = to.balance(day(TODAY));
    assert_eq!((balance.available, balance.pending, from.total()), (points(200), points(50), points(7)));
}

#[test]
fn one_contributor_leaves_with_what_he_brought_and_without_the_debt() {
    let (mothers, fathers) = (lot(mother(), "2026-02-01", "2026-06-30"), lot(father(), "2026-02-01", "2026-06-30"));
    let from = wallet(&[(mothers, 200), (fathers, 50)]);

    let leaving = from.movable(Some(father()), day(TODAY)).unwrap();

    assert_eq!(leaving, Moved { lots: vec![(fathers, points(50))], owed: Points::ZERO });
}

#[test]
fn a_debt_goes_along_when_everything_goes() {
    let (mut from, mut to) = (indebted(80), other());

    let leaving = from.movable(None, day(TODAY)).unwrap();
    let out = from.move_out(cause(60), to.household(), &leaving, why()).unwrap();
    let into = to.move_in(cause(61), from.household(), &leaving, why()).unwrap();

    assert_eq!(moves(&out), [(Account::Moved, Account::Owed, 80)]);
    assert_eq!(moves(&into), [(Account::Owed, Account::Moved, 80)]);
    assert_eq!((from.owed(), to.owed()), (Points::ZERO, points(80)));
}

#[test]
fn refuses_to_move_held_points_or_nothing() {
    let june = lot(mother(), "2026-02-01", "2026-06-30");
    let mut from = wallet(&[(june, 200)]);
    from.hold(points(20), day(TODAY)).unwrap();

    assert_eq!(from.movable(None, day(TODAY)), Err(MoveRefusal::PointsHeld { held: points(20) }));
    assert_eq!(from.movable(Some(father()), day(TODAY)), Err(MoveRefusal::NothingToMove));
    assert_eq!(other().movable(None, day(TODAY)), Err(MoveRefusal::NothingToMove));
}

#[test]
fn what_was_used_since_cannot_go_back() {
    let june = lot(mother(), "2026-02-01", "2026-06-30");
    let mut from = wallet(&[(june, 200)]);
    let leaving = from.movable(None, day(TODAY)).unwrap();
    from.spend(cause(60), points(1), day(TODAY)).unwrap();
    let before = from.clone();

    assert_eq!(from.move_out(cause(61), other().household(), &leaving, why()), Err(MoveRefusal::UsedSince));
    assert_eq!(from, before);
}

#[test]
fn what_lapsed_since_cannot_go_back_whether_or_not_it_is_booked() {
    let june = lot(mother(), "2026-02-01", "2026-03-01");
    let mut from = wallet(&[(june, 200)]);
    let leaving = Moved { lots: vec![(june, points(200))], owed: Points::ZERO };

    // The cause's day is 1 March, the lot's last: the day after it is one too late.
    let late = crate::Cause { business_date: day("2026-03-02"), ..cause(61) };
    assert_eq!(from.move_out(late, other().household(), &leaving, why()), Err(MoveRefusal::UsedSince));
    assert!(from.move_out(cause(62), other().household(), &leaving, why()).is_ok());
}

#[test]
fn a_move_that_could_not_be_shown_is_refused_and_changes_nothing() {
    let june = lot(mother(), "2026-02-01", "2026-06-30");
    for (lots, owed) in [(Points::MAX.get(), 1), (0, Points::MAX.get())] {
        let mut to = indebted(1);
        let before = to.clone();
        let coming = Moved { lots: vec![(june, points(lots))], owed: points(owed) };
        let refused = to.move_in(cause(61), other().household(), &coming, why());
        assert_eq!((refused, &to), (Err(MoveRefusal::WalletFull(crate::WalletFull)), &before));
    }
}
