use kernel::Id;
use uuid::Uuid;

use super::{TODAY, cause, day, father, lot, mother, moves, points, wallet};
use crate::{Account, LotKey, RedemptionRecord, RestoreRefusal};

fn redemption(drawn: &[(LotKey, i64)], restored: i64) -> RedemptionRecord {
    RedemptionRecord {
        household: Id::from_uuid(Uuid::from_u128(7)),
        posting: Id::from_uuid(Uuid::from_u128(150)),
        reference: "grant".to_owned(),
        drawn: drawn.iter().map(|&(key, n)| (key, points(n))).collect(),
        restored: points(restored),
        restores_count: 0,
    }
}

#[test]
fn restored_points_keep_their_age_or_get_the_grace() {
    // Scenario 5: of a lot expiring 31 March, cancelled on 10 April with 30 days of grace.
    let table = [
        ("2026-03-31", "2026-04-10", 30, "2026-05-10"),
        ("2026-04-15", "2026-04-10", 30, "2026-05-10"),
        ("2026-12-31", "2026-04-10", 30, "2026-12-31"),
        ("2026-03-31", "2026-04-10", 0, "2026-04-10"),
        ("9999-12-31", "2026-04-10", 30, "9999-12-31"),
    ];
    for (expires_on, today, grace, back_until) in table {
        let key = lot(mother(), "2026-02-01", expires_on);
        let mut wallet = wallet(&[]);

        let redemption = redemption(&[(key, 500)], 0);
        let posting = wallet.restore(cause(60), &redemption, points(500), day(today), grace).unwrap();

        let back = Account::Lot(lot(mother(), "2026-02-01", back_until).lot_id());
        assert_eq!(moves(&posting), [(Account::Redeemed, back, 500)], "{expires_on} on {today}");
        assert_eq!(posting.corrects, Some(Id::from_uuid(Uuid::from_u128(150))));
        assert_eq!(wallet.balance(day(today)).available, points(500));
    }
}

#[test]
fn what_was_drawn_last_returns_first_and_never_more_than_was_drawn() {
    let (june, september) = (lot(mother(), "2026-02-01", "2026-06-30"), lot(father(), "2026-02-01", "2026-09-30"));
    let mut wallet = wallet(&[]);

    let first = redemption(&[(june, 200), (september, 100)], 0);
    let posting = wallet.restore(cause(60), &first, points(150), day(TODAY), 30).unwrap();
    let (into_june, into_september) = (Account::Lot(june.lot_id()), Account::Lot(september.lot_id()));
    assert_eq!(moves(&posting), [(Account::Redeemed, into_september, 100), (Account::Redeemed, into_june, 50)]);

    let second = redemption(&[(june, 200), (september, 100)], 150);
    let refusal = wallet.restore(cause(61), &second, points(151), day(TODAY), 30).unwrap_err();
    assert_eq!(refusal, RestoreRefusal::NothingLeft { left: points(150) });
    let posting = wallet.restore(cause(62), &second, points(150), day(TODAY), 30).unwrap();
    assert_eq!(moves(&posting), [(Account::Redeemed, into_june, 150)]);
    assert_eq!(wallet.total(), points(300));
}

#[test]
fn restored_points_pay_debt_first() {
    let key = lot(mother(), "2026-02-01", "2026-06-30");
    let mut wallet = super::indebted(80);

    let posting = wallet.restore(cause(60), &redemption(&[(key, 100)], 0), points(100), day(TODAY), 30).unwrap();

    let own = Account::Lot(key.lot_id());
    assert_eq!(moves(&posting), [(Account::Redeemed, Account::Owed, 80), (Account::Redeemed, own, 20)]);
    assert_eq!((wallet.owed(), wallet.total()), (points(0), points(20)));
}

#[test]
fn points_restored_after_their_lots_moved_name_the_household_that_redeemed() {
    let key = lot(mother(), "2026-02-01", "2026-06-30");
    let (mut wallet, elsewhere) = (wallet(&[]), Id::from_uuid(Uuid::from_u128(8)));
    let own = wallet.restore(cause(60), &redemption(&[(key, 10)], 0), points(10), day(TODAY), 30).unwrap();
    let others = RedemptionRecord { household: elsewhere, ..redemption(&[(key, 10)], 0) };
    let others = wallet.restore(cause(61), &others, points(10), day(TODAY), 30).unwrap();

    assert_eq!((own.counterpart, others.counterpart), (None, Some(elsewhere)));
}
