use chrono::TimeDelta;
use kernel::{Id, Points, Timestamp};
use uuid::Uuid;

use super::{Posting, TODAY, cause, day, father, lot, mother, moves, points, wallet};
use crate::{Account, HeldLot, Hold, HoldRefusal, HoldState, SpendRefusal, Wallet};

fn hold(wallet: &mut Wallet, n: i64, today: &str) -> Hold {
    let placed_at = Timestamp::from_timestamp_millis(0).unwrap();
    Hold {
        id: Id::from_uuid(Uuid::from_u128(200)),
        household: wallet.household(),
        owner: "seat 1".parse().unwrap(),
        purpose: "seat".parse().unwrap(),
        points: points(n),
        placed_at,
        ends_at: placed_at + TimeDelta::minutes(15),
        state: HoldState::Open,
        lots: wallet.hold(points(n), day(today)).unwrap(),
    }
}

fn release(wallet: &mut Wallet, hold: &Hold, today: &str) -> Vec<Posting> {
    let mut n = 300;
    let mut before = 400;
    wallet.release(
        hold,
        day(today),
        |_| {
            before += 1;
            cause(before)
        },
        |_| {
            n += 1;
            cause(n)
        },
        &"hold seat 1 ended".parse().unwrap(),
    )
}

#[test]
fn holds_what_would_be_spent_first_and_says_so_to_the_next_who_asks() {
    let (june, september) = (lot(mother(), "2026-02-01", "2026-06-30"), lot(father(), "2026-02-01", "2026-09-30"));
    let mut wallet = wallet(&[(september, 300), (june, 200)]);

    let hold = hold(&mut wallet, 250, TODAY);

    let june = HeldLot { lot: june.lot_id(), points: points(200) };
    let september = HeldLot { lot: september.lot_id(), points: points(50) };
    assert_eq!(hold.lots, [june, september]);
    let balance = wallet.balance(day(TODAY));
    assert_eq!((balance.available, balance.held, wallet.total()), (points(250), points(250), points(500)));
    let refusal = wallet.spend(cause(50), points(300), day(TODAY)).unwrap_err();
    let held = points(250);
    assert_eq!(refusal, SpendRefusal::InsufficientPoints { short_by: points(50), held, matures_on: None });
}

#[test]
fn captures_exactly_what_was_held_even_when_its_last_day_is_over() {
    let key = lot(mother(), "2026-02-01", "2026-03-31");
    let mut wallet = wallet(&[(key, 600)]);
    let hold = hold(&mut wallet, 500, "2026-03-31");

    assert_eq!(wallet.lapse(day("2026-04-01"), |_| cause(60)).len(), 1);
    let posting = wallet.capture(cause(61), &hold);

    assert_eq!(moves(&posting), [(Account::Lot(key.lot_id()), Account::Redeemed, 500)]);
    assert_eq!((posting.balance_after, wallet.total()), (Points::ZERO, Points::ZERO));
    assert!(wallet.lapse(day("2026-04-01"), |_| cause(62)).is_empty());
}

#[test]
fn released_points_can_be_spent_again() {
    let mut wallet = wallet(&[(lot(mother(), "2026-02-01", "2026-06-30"), 200)]);
    let before = wallet.balance(day(TODAY));
    let hold = hold(&mut wallet, 150, TODAY);

    assert!(release(&mut wallet, &hold, TODAY).is_empty());

    assert_eq!(wallet.balance(day(TODAY)), before);
}

#[test]
fn points_released_after_their_last_day_lapse_once_apart_from_what_had_lapsed_before() {
    let key = lot(mother(), "2026-02-01", "2026-03-31");
    let mut wallet = wallet(&[(key, 600)]);
    let hold = hold(&mut wallet, 500, "2026-03-31");

    let lapses = release(&mut wallet, &hold, "2026-04-03");

    let shown: Vec<_> = lapses.iter().map(|posting| (posting.cause.reference.as_str(), posting.points)).collect();
    assert_eq!(shown, [("cause 401", points(100)), ("cause 301", points(500))]);
    let reasons: Vec<_> = lapses.iter().map(|posting| posting.reason.as_ref().map(kernel::Label::as_str)).collect();
    assert_eq!(reasons, [None, Some("hold seat 1 ended")]);
    assert_eq!(wallet.total(), Points::ZERO);
}

#[test]
fn a_refund_takes_no_held_points_but_leaves_a_debt() {
    let key = lot(mother(), "2026-02-01", "2026-06-30");
    let mut wallet = wallet(&[(key, 200)]);
    let _held = hold(&mut wallet, 150, TODAY);

    let earn = super::record(key, &[200]);
    let policy = crate::RefundPolicy::Debt;
    let posting = wallet.claw_back(cause(70), &earn, super::due(&[super::line(1, 80)]), policy, day(TODAY)).unwrap();

    let own = Account::Lot(key.lot_id());
    assert_eq!(moves(&posting), [(own, Account::Issued, 50), (Account::Owed, Account::Issued, 30)]);
    assert_eq!(wallet.balance(day(TODAY)).held, points(150));
}

#[test]
fn a_hold_can_be_ended_until_its_end_and_once() {
    let mut wallet = wallet(&[(lot(mother(), "2026-02-01", "2026-06-30"), 200)]);
    let open = hold(&mut wallet, 150, TODAY);
    let just_before = open.ends_at - TimeDelta::milliseconds(1);

    assert_eq!(open.check_open(just_before), Ok(()));
    assert_eq!(open.check_open(open.ends_at), Err(HoldRefusal::Ended { at: open.ends_at }));
    let captured = Hold { state: HoldState::Captured(just_before), ..open.clone() };
    assert_eq!(captured.check_open(just_before), Err(HoldRefusal::AlreadyCaptured { at: just_before }));
    let released = Hold { state: HoldState::Released(just_before), ..open };
    assert_eq!(released.check_open(just_before), Err(HoldRefusal::Ended { at: just_before }));
}

#[test]
fn knows_whether_it_keeps_what_a_hold_says() {
    let mut one = wallet(&[(lot(mother(), "2026-02-01", "2026-06-30"), 200)]);
    assert!(!one.has_held());
    let held = hold(&mut one, 150, TODAY);

    assert_eq!((one.has_held(), one.keeps(&held)), (true, true));
    let more = Hold { lots: vec![HeldLot { points: points(151), ..held.lots[0] }], ..held.clone() };
    assert!(!one.keeps(&more));
    release(&mut one, &held, TODAY);
    assert_eq!((one.has_held(), one.keeps(&held)), (false, false));
}
