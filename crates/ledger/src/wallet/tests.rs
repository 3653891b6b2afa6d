use kernel::{Actor, BusinessDate, Currency, Id, Money, Points, Timestamp};
use uuid::Uuid;

use super::{Balance, RefundPolicy, SpendRefusal, Wallet, WalletFull};
use crate::{
    Account, Cause, Contributor, DueBack, EarnRecord, EarnSnapshot, LinePoints, LotFate, LotKey, Posting, UNSCHEDULED,
};

mod amends;
mod holds;
mod moving;
mod policies;
mod refunds;
mod restores;
mod stored;
mod told;

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn points(n: i64) -> Points {
    Points::new(n).unwrap()
}

fn yuan(text: &str) -> Money {
    Money::parse(text, Currency::Cny).unwrap()
}

fn cause(n: u128) -> Cause {
    Cause {
        id: Id::from_uuid(Uuid::from_u128(n)),
        reference: format!("cause {n}"),
        actor: Actor::System,
        posted_at: Timestamp::from_timestamp_millis(0).unwrap(),
        business_date: day("2026-03-01"),
    }
}

fn mother() -> Contributor {
    Contributor::Person(Id::from_uuid(Uuid::from_u128(1)))
}

fn father() -> Contributor {
    Contributor::Person(Id::from_uuid(Uuid::from_u128(2)))
}

fn lot(contributor: Contributor, available_from: &str, expires_on: &str) -> LotKey {
    LotKey { expires_on: day(expires_on), available_from: day(available_from), contributor }
}

fn snapshot(lines: &[i64]) -> EarnSnapshot {
    EarnSnapshot {
        rule: Id::from_uuid(Uuid::from_u128(9)),
        rule_version: 1,
        basis: yuan("1"),
        lines: (1..).zip(lines).map(|(line_no, &n)| LinePoints { line_no, points: points(n) }).collect(),
    }
}

fn line(line_no: u32, n: i64) -> LinePoints {
    LinePoints { line_no, points: points(n) }
}

/// The first refund of an order, which is due these lines.
fn due(lines: &[LinePoints]) -> DueBack {
    DueBack { lines: lines.to_vec(), before: Points::ZERO }
}

/// A wallet with one earn per (lot, points).
fn wallet(earns: &[(LotKey, i64)]) -> Wallet {
    let mut wallet = Wallet::new(Id::from_uuid(Uuid::from_u128(7)));
    for (n, (key, earned)) in (1..).zip(earns) {
        wallet.earn(cause(n), snapshot(&[*earned]), *key, day(TODAY)).unwrap();
    }
    wallet
}

fn record(key: LotKey, lines: &[i64]) -> EarnRecord {
    EarnRecord {
        household: Id::from_uuid(Uuid::from_u128(7)),
        posting: Id::from_uuid(Uuid::from_u128(100)),
        reference: "order".to_owned(),
        snapshot: snapshot(lines),
        clawed: Points::ZERO,
        lot: Some(key.lot_id()),
        expires_on: Some(key.expires_on),
        in_lot: points(lines.iter().sum()),
        fate: LotFate::default(),
        holder: Id::from_uuid(Uuid::from_u128(7)),
    }
}

fn moves(posting: &Posting) -> Vec<(Account, Account, i64)> {
    posting.transfers.iter().map(|t| (t.from, t.to, t.points.get())).collect()
}

/// A wallet that has nothing and owes.
fn indebted(owed: i64) -> Wallet {
    let key = lot(mother(), "2026-03-01", "2026-12-31");
    let mut wallet = wallet(&[(key, owed)]);
    wallet.spend(cause(40), points(owed), day(TODAY)).unwrap();
    wallet.claw_back(cause(41), &record(key, &[owed]), due(&[line(1, owed)]), RefundPolicy::Debt, day(TODAY)).unwrap();
    wallet
}

const TODAY: &str = "2026-03-10";

#[test]
fn spends_to_the_last_point() {
    let key = lot(mother(), "2026-03-01", "2026-12-31");
    let mut wallet = wallet(&[(key, 100)]);

    let posting = wallet.spend(cause(50), points(100), day(TODAY)).unwrap();

    assert_eq!(moves(&posting), [(Account::Lot(key.lot_id()), Account::Redeemed, 100)]);
    assert_eq!((posting.balance_after, posting.no), (Points::ZERO, 2));
}

#[test]
fn refuses_one_more_and_stays_as_it_was() {
    let mut wallet = wallet(&[(lot(mother(), "2026-03-01", "2026-12-31"), 100)]);
    let before = wallet.clone();

    let refusal = wallet.spend(cause(50), points(101), day(TODAY)).unwrap_err();

    assert_eq!(refusal, SpendRefusal::InsufficientPoints { short_by: points(1), held: Points::ZERO, matures_on: None });
    assert_eq!(wallet, before);
}

#[test]
fn spends_the_earliest_expiry_then_the_oldest_and_names_each_lot() {
    let june = lot(mother(), "2026-02-01", "2026-06-30");
    let september = lot(father(), "2026-01-01", "2026-09-30");
    let september_later = lot(mother(), "2026-02-01", "2026-09-30");
    let mut wallet = wallet(&[(september_later, 40), (september, 300), (june, 200)]);

    let posting = wallet.spend(cause(50), points(520), day(TODAY)).unwrap();

    assert_eq!(
        moves(&posting),
        [
            (Account::Lot(june.lot_id()), Account::Redeemed, 200),
            (Account::Lot(september.lot_id()), Account::Redeemed, 300),
            (Account::Lot(september_later.lot_id()), Account::Redeemed, 20),
        ]
    );
}

#[test]
fn dates_alone_decide_what_is_available_pending_and_gone() {
    let gone = lot(mother(), "2025-01-01", "2026-03-09");
    let last_day = lot(mother(), "2025-01-01", "2026-03-10");
    let first_day = lot(mother(), "2026-03-10", "2026-12-31");
    let tomorrow = lot(mother(), "2026-03-11", "2026-12-31");
    let not_picked_up = lot(mother(), "9999-12-31", "2026-12-30");
    let wallet = wallet(&[(gone, 1), (last_day, 10), (first_day, 100), (tomorrow, 1_000), (not_picked_up, 10_000)]);

    // Points of an order that is not picked up wait for it, and lapse with their year like any others.
    let expected = Balance { available: points(110), pending: points(11_000), held: Points::ZERO, owed: Points::ZERO };
    assert_eq!(not_picked_up.available_from, UNSCHEDULED);
    assert_eq!(wallet.balance(day(TODAY)), expected);
    assert_eq!(wallet.balance(day("2026-12-31")), Balance { available: points(1_100), ..Balance::default() });
    assert_eq!(wallet.balance(day("2027-01-01")), Balance::default());
}

#[test]
fn says_on_which_day_the_gap_closes() {
    let mut wallet = wallet(&[
        (lot(mother(), "2026-03-01", "2026-12-31"), 50),
        (lot(mother(), "2026-03-12", "2026-12-31"), 30),
        (lot(mother(), "2026-03-14", "2026-12-31"), 30),
    ]);

    let refusal = wallet.spend(cause(50), points(100), day(TODAY)).unwrap_err();

    let matures_on = Some(day("2026-03-14"));
    assert_eq!(refusal, SpendRefusal::InsufficientPoints { short_by: points(50), held: Points::ZERO, matures_on });
}

#[test]
fn a_refund_after_spending_takes_what_is_left_and_owes_the_rest() {
    // Scenario 2: earned 200, spent 180, ¥50 of ¥200 refunded.
    let key = lot(mother(), "2026-03-01", "2026-12-31");
    let mut wallet = wallet(&[(key, 200)]);
    wallet.spend(cause(50), points(180), day(TODAY)).unwrap();

    let posting =
        wallet.claw_back(cause(51), &record(key, &[200]), due(&[line(1, 50)]), RefundPolicy::Debt, day(TODAY)).unwrap();

    assert_eq!(
        moves(&posting),
        [(Account::Lot(key.lot_id()), Account::Issued, 20), (Account::Owed, Account::Issued, 30)]
    );
    assert_eq!((posting.points, posting.owed_after), (points(50), points(30)));
    assert_eq!(wallet.spend(cause(52), points(1), day(TODAY)), Err(SpendRefusal::OwesPoints { owed: points(30) }));
}

#[test]
fn the_next_earn_pays_the_debt_first() {
    let key = lot(mother(), "2026-03-01", "2026-12-31");
    let mut wallet = wallet(&[(key, 20)]);
    wallet.claw_back(cause(50), &record(key, &[50]), due(&[line(1, 50)]), RefundPolicy::Debt, day(TODAY)).unwrap();
    assert_eq!(wallet.owed(), points(30));

    let posting = wallet.earn(cause(51), snapshot(&[100]), key, day(TODAY)).unwrap();

    assert_eq!(
        moves(&posting),
        [(Account::Issued, Account::Owed, 30), (Account::Issued, Account::Lot(key.lot_id()), 70)]
    );
    assert_eq!(wallet.balance(day(TODAY)), Balance { available: points(70), ..Balance::default() });
}

#[test]
fn a_clawback_takes_its_own_lot_before_earlier_expiries() {
    let own = lot(mother(), "2026-03-01", "2026-12-31");
    let earlier = lot(mother(), "2026-01-01", "2026-04-30");
    let mut wallet = wallet(&[(earlier, 10), (own, 10)]);

    let posting =
        wallet.claw_back(cause(50), &record(own, &[15]), due(&[line(1, 15)]), RefundPolicy::Debt, day(TODAY)).unwrap();

    assert_eq!(
        moves(&posting),
        [(Account::Lot(own.lot_id()), Account::Issued, 10), (Account::Lot(earlier.lot_id()), Account::Issued, 5),]
    );
}

#[test]
fn picking_up_gives_pending_points_their_first_day() {
    let waiting = lot(mother(), "9999-12-31", "2026-12-31");
    let mut wallet = wallet(&[(waiting, 128)]);

    let posting = wallet.schedule(cause(50), &record(waiting, &[128]), day("2026-03-18"), day(TODAY)).unwrap();

    let scheduled = lot(mother(), "2026-03-18", "2026-12-31");
    assert_eq!(moves(&posting), [(Account::Lot(waiting.lot_id()), Account::Lot(scheduled.lot_id()), 128)]);
    assert_eq!(posting.balance_after, points(128));
    assert_eq!(wallet.balance(day("2026-03-17")), Balance { pending: points(128), ..Balance::default() });
    assert_eq!(wallet.balance(day("2026-03-18")), Balance { available: points(128), ..Balance::default() });
    assert_eq!(wallet.schedule(cause(51), &record(scheduled, &[128]), day("2026-03-20"), day(TODAY)), None);
}

#[test]
fn lapses_each_lot_once_and_only_when_its_day_is_over() {
    let march = lot(mother(), "2026-01-01", "2026-03-31");
    let april = lot(mother(), "2026-01-01", "2026-04-30");
    let mut wallet = wallet(&[(march, 10), (april, 20)]);

    assert_eq!(wallet.lapse(day("2026-03-31"), |_| cause(50)), []);
    let late = wallet.lapse(day("2026-04-03"), |_| cause(51));
    assert_eq!(moves(&late[0]), [(Account::Lot(march.lot_id()), Account::Lapsed, 10)]);
    assert_eq!(late.len(), 1);
    assert_eq!(wallet.lapse(day("2026-04-03"), |_| cause(52)), []);
}

#[test]
fn refuses_an_earn_that_could_not_be_shown() {
    let key = lot(mother(), "2026-03-01", "2026-12-31");
    let mut wallet = wallet(&[(key, Points::MAX.get())]);
    let before = wallet.clone();

    assert_eq!(wallet.earn(cause(50), snapshot(&[1]), key, day(TODAY)), Err(WalletFull));
    assert_eq!(wallet, before);
}

#[test]
fn a_pick_up_told_after_the_last_day_revives_nothing() {
    let waiting = lot(mother(), "9999-12-31", "2026-03-09");
    let mut wallet = wallet(&[(waiting, 128)]);
    let before = wallet.clone();

    assert_eq!(wallet.schedule(cause(50), &record(waiting, &[128]), day("2026-03-18"), day(TODAY)), None);
    assert_eq!(wallet, before);
}

#[test]
fn an_old_order_imported_late_pays_no_debt() {
    let key = lot(mother(), "2026-03-01", "2026-12-31");
    let mut wallet = wallet(&[(key, 20)]);
    wallet.claw_back(cause(50), &record(key, &[50]), due(&[line(1, 50)]), RefundPolicy::Debt, day(TODAY)).unwrap();

    let long_gone = lot(mother(), "2017-03-01", "2018-03-01");
    wallet.earn(cause(51), snapshot(&[100]), long_gone, day(TODAY)).unwrap();

    assert_eq!(wallet.balance(day(TODAY)), Balance { owed: points(30), ..Balance::default() });
}

#[test]
fn a_book_that_was_written_and_goes_on_writes_the_day_of_its_first_lapse_anew_only_when_it_changes_again() {
    let first = lot(mother(), "2026-01-01", "2026-06-30");
    let mut wallet = wallet(&[(first, 100), (lot(father(), "2026-01-01", "2026-09-30"), 50)]);
    wallet.complete();
    wallet.note_lapse_written();
    wallet.spend(cause(20), points(100), day("2026-03-01")).unwrap();
    assert_eq!((wallet.next_lapse_on(), wallet.lapses_anew()), (Some(day("2026-09-30")), true));

    wallet.note_lapse_written();

    assert!(!wallet.lapses_anew());
    wallet.credit(cause(21), points(5), first, "back".parse().unwrap()).unwrap();
    assert_eq!((wallet.next_lapse_on(), wallet.lapses_anew()), (Some(day("2026-06-30")), true));
}
