//! A wallet as its row and its lots were read, and what of it is to be written back.

use super::{TODAY, cause, day, father, lot, mother, points, snapshot, wallet};
use crate::{Account, ChainHash, Lot, LotKey, Transfer, Wallet, wallet::Origin};
use kernel::Id;
use uuid::Uuid;

fn head() -> ChainHash {
    ChainHash::from_bytes([9; 32])
}

/// A wallet as stored: 70 points, 5 owed, twelve postings, the first lapse at the end of June.
fn stored() -> Wallet {
    let household = Id::from_uuid(Uuid::from_u128(7));
    Wallet::from_row(household, points(70), points(5), 12, Some(head()), Some(day("2026-06-30")))
}

fn row(key: LotKey, remaining: i64, held: i64) -> Lot {
    Lot { key, remaining: points(remaining), held: points(held) }
}

fn june() -> LotKey {
    lot(mother(), "2026-01-01", "2026-06-30")
}

fn september() -> LotKey {
    lot(father(), "2026-01-01", "2026-09-30")
}

#[test]
fn a_row_is_read_as_it_is() {
    let wallet = stored();

    assert_eq!((wallet.total(), wallet.owed(), wallet.last_no()), (points(70), points(5), 12));
    assert_eq!((wallet.head(), wallet.next_lapse_on()), (Some(head()), Some(day("2026-06-30"))));
    assert!(!wallet.is_changed() && !wallet.lapses_anew());
}

#[test]
fn a_new_wallet_has_no_posting_no_head_and_nothing_that_lapses() {
    let wallet = wallet(&[]);

    assert_eq!((wallet.last_no(), wallet.head(), wallet.next_lapse_on()), (0, None, None));
    assert!(!wallet.is_changed());
}

#[test]
fn the_next_posting_takes_the_next_number_and_chains_to_the_head() {
    let mut wallet = stored();

    let posting = wallet.earn(cause(1), snapshot(&[30]), september(), day(TODAY)).unwrap();

    assert_eq!((posting.no, wallet.last_no()), (13, 13));
    assert_eq!((posting.earn.as_ref(), posting.lines()), (Some(&snapshot(&[30])), &snapshot(&[30]).lines[..]));
    assert_eq!(posting.hash, Some(ChainHash::of(&posting, Some(head()))));
    assert_eq!(wallet.head(), posting.hash);
    assert!(wallet.is_changed());
}

#[test]
fn lots_agree_when_they_add_up_and_hold_no_more_than_they_have() {
    for (lots, agree) in [
        (vec![row(june(), 30, 30), row(september(), 40, 0)], true),
        (vec![row(june(), 30, 0), row(september(), 39, 0)], false),
        (vec![row(june(), 30, 31), row(september(), 40, 0)], false),
    ] {
        let mut wallet = stored();
        for lot in &lots {
            wallet.add_row(*lot);
        }
        assert_eq!(wallet.agrees_with_its_lots(), agree, "{lots:?}");
    }
}

#[test]
fn a_lot_that_was_not_loaded_lapses_no_earlier_than_the_row_says() {
    let mut wallet = stored();

    wallet.deposit(september(), points(10));
    assert_eq!(wallet.next_lapse_on(), Some(day("2026-06-30")));
    assert!(!wallet.lapses_anew());

    wallet.deposit(lot(mother(), "2026-01-01", "2026-04-30"), points(10));
    assert_eq!(wallet.next_lapse_on(), Some(day("2026-04-30")));
    assert!(wallet.lapses_anew());

    wallet.note_lapse_written();
    assert!(!wallet.lapses_anew());
}

#[test]
fn with_all_lots_loaded_only_lots_with_points_say_what_lapses_first() {
    let mut wallet = stored();
    wallet.add_row(row(june(), 0, 0));
    wallet.add_row(row(september(), 70, 0));
    assert_eq!(wallet.next_lapse_on(), Some(day("2026-06-30")), "more may be in rows that were not read");

    wallet.complete();

    assert_eq!(wallet.next_lapse_on(), Some(day("2026-09-30")));
    assert!(wallet.lapses_anew());
}

#[test]
fn only_lots_that_were_touched_are_written_back_whole() {
    let mut wallet = stored();
    wallet.add_row(row(june(), 30, 0));
    wallet.add_row(row(september(), 40, 0));

    wallet.deposit(june(), points(1));
    wallet.deposit(lot(mother(), "2026-01-01", "2026-12-31"), points(1));

    let origins: Vec<Origin> = wallet.booked_lots().map(|booked| booked.origin).collect();
    assert_eq!(origins, [Origin::Row { is_changed: true }, Origin::Row { is_changed: false }, Origin::Deposit]);
}

#[test]
fn a_posting_says_what_it_drew_from_each_lot_and_how_much_richer_the_household_is() {
    let mut wallet = wallet(&[(june(), 30), (september(), 40)]);
    let mut posting = wallet.spend(cause(50), points(50), day(TODAY)).unwrap();

    assert_eq!(posting.drawn(), [(june().lot_id(), points(30)), (september().lot_id(), points(20))]);
    assert_eq!(posting.net_points(), -50);

    let again = Transfer { from: Account::Lot(june().lot_id()), to: Account::Owed, points: points(2) };
    posting.transfers.push(again);
    assert_eq!(posting.drawn(), [(june().lot_id(), points(32)), (september().lot_id(), points(20))]);
    assert_eq!(posting.net_points(), -50, "paying a debt from a lot makes nobody richer");

    let earned = wallet.earn(cause(51), snapshot(&[7]), june(), day(TODAY)).unwrap();
    assert_eq!((earned.drawn(), earned.net_points()), (vec![], 7));
}
