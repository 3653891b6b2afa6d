use kernel::{Currency, Id, Money, Month, Zone, kinds};

use super::{Mandate, MandateBook, MandateRefusal, RevokeMandateRefusal};
use crate::testing::{at, id};

fn yuan(yuan: i64) -> Money {
    Money::from_minor(yuan * 100, Currency::Cny).expect("an amount")
}

fn mandate() -> Mandate {
    Mandate { id: id(1), payer: id(2), senior: id(3), per_order: yuan(100), per_month: yuan(500), revoked_at: None }
}

fn book(used: i64) -> MandateBook {
    let month = Month::of(Zone::SHANGHAI.date_of(at(0)));
    MandateBook::new(mandate(), month, yuan(used))
}

#[test]
fn five_orders_of_ninety_leave_fifty_and_a_refund_raises_it() {
    let mut book = book(0);
    for _ in 0..5 {
        assert_eq!(book.use_for(yuan(90)), Ok(()));
    }
    assert_eq!(book.use_for(yuan(60)), Err(MandateRefusal::AboveMonth { left: yuan(50) }));
    assert_eq!(book.used(), yuan(450), "a refusal uses nothing");
    book.restore(yuan(90));
    assert_eq!(book.left(), yuan(140));
    assert_eq!(book.use_for(yuan(60)), Ok(()));
    assert_eq!(book.left(), yuan(80));
}

#[test]
fn takes_the_last_fen_and_refuses_one_more() {
    let mut book = book(401);
    let fen = |minor| Money::from_minor(minor, Currency::Cny).expect("an amount");
    assert_eq!(book.use_for(fen(9_901)), Err(MandateRefusal::AboveMonth { left: fen(9_900) }));
    assert_eq!(book.use_for(fen(9_900)), Ok(()));
    assert_eq!(book.use_for(fen(1)), Err(MandateRefusal::AboveMonth { left: Money::ZERO }));
}

#[test]
fn an_order_above_its_own_limit_is_asked_for_whatever_is_left() {
    let mut book = book(0);
    assert_eq!(book.use_for(yuan(101)), Err(MandateRefusal::AboveOrder { limit: yuan(100) }));
    assert_eq!(book.use_for(yuan(100)), Ok(()));
}

#[test]
fn a_refund_of_more_than_was_used_makes_no_room_beyond_the_month() {
    let mut book = book(10);
    book.restore(yuan(90));
    assert_eq!(book.left(), yuan(500));
}

#[test]
fn either_side_revokes_it_once_and_nobody_else() {
    for by in [2, 3] {
        let mut mandate = mandate();
        let by: Id<kinds::Person> = id(by);
        assert_eq!(mandate.revoke(id(4), at(0)), Err(RevokeMandateRefusal::NotYours));
        assert_eq!(mandate.revoke(by, at(1)), Ok(()));
        assert_eq!(mandate.revoke(by, at(2)), Err(RevokeMandateRefusal::AlreadyRevoked));
        assert_eq!(mandate.revoked_at, Some(at(1)));
        let month = Month::of(Zone::SHANGHAI.date_of(at(0)));
        let mut book = MandateBook::new(mandate, month, Money::ZERO);
        assert_eq!(book.use_for(yuan(1)), Err(MandateRefusal::Revoked));
    }
}
