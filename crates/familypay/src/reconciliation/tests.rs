use kernel::{Currency, Money};

use super::{MoneyDifference, MoneyMoved};
use crate::ProviderRef;

fn fen(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Cny).expect("an amount")
}

fn moved(payments: &[(&str, i64)], refunds: &[(&str, i64)]) -> MoneyMoved {
    let payment = |(number, minor): &(&str, i64)| (ProviderRef::new(number).expect("a number"), fen(*minor));
    MoneyMoved {
        payments: payments.iter().map(payment).collect(),
        refunds: refunds.iter().map(|(number, minor)| ((*number).to_owned(), fen(*minor))).collect(),
    }
}

#[test]
fn an_order_that_two_paid_shows_two_payments_one_refund_and_nothing_unknown() {
    let both = moved(&[("P1", 5_680), ("P2", 5_680)], &[("R1", 5_680)]);
    let found = both.reconcile(&both.clone());
    assert_eq!((found.payments_count, found.refunds_count, found.differences), (2, 1, vec![]));
}

#[test]
fn names_every_fen_that_only_one_side_has() {
    let ours = moved(&[("P1", 5_680), ("P3", 100)], &[("R1", 897)]);
    let theirs = moved(&[("P1", 5_681), ("P2", 200)], &[("R2", 897)]);
    let number = str::to_owned;
    assert_eq!(
        ours.reconcile(&theirs).differences,
        [
            MoneyDifference::Amount { number: number("P1"), ours: fen(5_680), theirs: fen(5_681) },
            MoneyDifference::Unknown { number: number("P2"), amount: fen(200) },
            MoneyDifference::Missing { number: number("P3"), amount: fen(100) },
            MoneyDifference::Unknown { number: number("R2"), amount: fen(897) },
            MoneyDifference::Missing { number: number("R1"), amount: fen(897) },
        ]
    );
}
