use kernel::{BusinessDate, Id, Points};
use uuid::Uuid;

use super::{NoticeBefore, NoticedLots};
use crate::{Contributor, Lot, LotKey, UNSCHEDULED, Wallet};

const TODAY: BusinessDate = BusinessDate::from_ymd_opt(2026, 6, 1).unwrap();

fn lot(days_left: i64, remaining: i64, held: i64) -> Lot {
    let expires_on = TODAY + chrono::TimeDelta::days(days_left);
    let available_from = TODAY - chrono::TimeDelta::days(30);
    let key = LotKey { expires_on, available_from, contributor: Contributor::Household };
    Lot { key, remaining: Points::new(remaining).unwrap(), held: Points::new(held).unwrap() }
}

fn wallet(lots: &[Lot]) -> Wallet {
    let mut wallet = Wallet::new(Id::from_uuid(Uuid::from_u128(1)));
    lots.iter().for_each(|lot| wallet.add_row(*lot));
    wallet
}

/// Days left and points of what is told.
fn told(wallet: &Wallet, before: NoticeBefore, noticed: &NoticedLots) -> Vec<(i64, i64)> {
    let lots = wallet.lapsing(before, TODAY, noticed).into_iter();
    lots.map(|lot| ((lot.expires_on - TODAY).num_days(), lot.points.get())).collect()
}

#[test]
fn each_lot_is_due_for_one_notice_at_a_time() {
    let all: Vec<Lot> = [-1, 0, 1, 7, 8, 29, 30, 31].map(|days| lot(days, 10, 0)).to_vec();

    let none = NoticedLots::default();
    assert_eq!(told(&wallet(&all), NoticeBefore::SevenDays, &none), [(0, 10), (1, 10), (7, 10)]);
    assert_eq!(told(&wallet(&all), NoticeBefore::ThirtyDays, &none), [(8, 10), (29, 10), (30, 10)]);
}

#[test]
fn tells_only_of_points_that_can_be_spent() {
    let held = lot(5, 10, 10);
    let partly_held = lot(6, 10, 4);
    let empty = lot(4, 0, 0);
    let mut unscheduled = lot(3, 10, 0);
    unscheduled.key.available_from = UNSCHEDULED;
    let mut on_its_last_day = lot(2, 10, 0);
    on_its_last_day.key.available_from = on_its_last_day.key.expires_on;

    let wallet = wallet(&[held, partly_held, empty, unscheduled, on_its_last_day]);
    assert_eq!(told(&wallet, NoticeBefore::SevenDays, &NoticedLots::default()), [(2, 10), (6, 6)]);
}

#[test]
fn tells_of_a_lot_once_and_of_some_once_a_day() {
    let (first, second) = (lot(5, 10, 0), lot(6, 20, 0));
    let wallet = wallet(&[first, second]);

    let lots = [first.key.lot_id()].into();
    assert_eq!(told(&wallet, NoticeBefore::SevenDays, &NoticedLots { lots, is_told_today: false }), [(6, 20)]);
    let today = NoticedLots { is_told_today: true, ..NoticedLots::default() };
    assert_eq!(told(&wallet, NoticeBefore::SevenDays, &today), []);
}
