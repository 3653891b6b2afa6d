use super::{TODAY, cause, day, father, indebted, lot, mother, moves, points, wallet};
use crate::{Account, AdjustRefusal, ForgiveRefusal, PostingKind, WalletFull};

fn reason() -> kernel::Label {
    "apology for a late delivery".parse().unwrap()
}

#[test]
fn forgives_part_of_a_debt_with_its_reason() {
    let mut wallet = indebted(80);

    let posting = wallet.forgive(cause(60), points(30), reason()).unwrap();

    assert_eq!(moves(&posting), [(Account::Forgiven, Account::Owed, 30)]);
    assert_eq!((posting.kind, posting.owed_after, posting.reason), (PostingKind::Forgive, points(50), Some(reason())));
}

#[test]
fn refuses_to_forgive_more_than_is_owed_or_nothing() {
    let mut wallet = indebted(80);
    let before = wallet.clone();

    for n in [81, 0] {
        let refusal = wallet.forgive(cause(60), points(n), reason()).unwrap_err();
        assert_eq!(refusal, ForgiveRefusal::OwesLess { owed: points(80) });
    }
    assert_eq!(wallet, before);
}

#[test]
fn credited_points_pay_debt_first() {
    let key = lot(crate::Contributor::Household, TODAY, "2027-03-10");
    let mut wallet = indebted(80);

    let posting = wallet.credit(cause(60), points(100), key, reason()).unwrap();

    let own = Account::Lot(key.lot_id());
    assert_eq!(moves(&posting), [(Account::Adjusted, Account::Owed, 80), (Account::Adjusted, own, 20)]);
    assert_eq!((posting.kind, posting.points, &posting.reason), (PostingKind::Adjust, points(100), &Some(reason())));
    assert_eq!((wallet.owed(), wallet.balance(day(TODAY)).available), (points(0), points(20)));
}

#[test]
fn debits_pending_points_too_but_never_lapsed_ones_nor_more_than_there_are() {
    let (pending, open) = (lot(mother(), "2026-04-01", "2026-06-30"), lot(father(), "2026-02-01", "2026-09-30"));
    let lapsed = lot(father(), "2026-01-01", "2026-03-01");
    let mut wallet = wallet(&[(pending, 40), (open, 60), (lapsed, 500)]);
    let before = wallet.clone();

    let refusal = wallet.debit(cause(60), points(101), day(TODAY), reason()).unwrap_err();
    assert_eq!(refusal, AdjustRefusal::TooFew { free: points(100) });
    assert_eq!(wallet, before);

    let posting = wallet.debit(cause(61), points(100), day(TODAY), reason()).unwrap();
    assert_eq!((posting.kind, posting.points, &posting.reason), (PostingKind::Adjust, points(100), &Some(reason())));
    let (pending, open) = (Account::Lot(pending.lot_id()), Account::Lot(open.lot_id()));
    assert_eq!(moves(&posting), [(pending, Account::Adjusted, 40), (open, Account::Adjusted, 60)]);
    assert_eq!(wallet.total(), points(500));
}

#[test]
fn refuses_a_credit_that_cannot_be_shown() {
    let key = lot(mother(), "2026-02-01", "2026-06-30");
    let mut wallet = wallet(&[(key, i64::from(i32::MAX))]);
    let before = wallet.clone();

    assert_eq!(wallet.credit(cause(60), points(1), key, reason()), Err(AdjustRefusal::WalletFull(WalletFull)));
    assert_eq!(wallet, before);
}

#[test]
fn refuses_to_give_more_than_can_be_shown_even_to_pay_a_debt() {
    let key = lot(crate::Contributor::Household, TODAY, "2027-03-10");
    let mut wallet = indebted(80);
    let before = wallet.clone();

    let refusal = wallet.credit(cause(60), points(kernel::Points::MAX.get() + 1), key, reason()).unwrap_err();

    assert_eq!((refusal, wallet), (AdjustRefusal::WalletFull(WalletFull), before));
}
