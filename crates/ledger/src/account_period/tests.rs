use kernel::Points;

use super::{AccountPeriod, AccountPeriods, PeriodLength};
use crate::{
    BookAccount::{self, Issued, Lots, Owed, Redeemed},
    Flow, PostingKind,
};

fn flow(day: &str, kind: PostingKind, from: BookAccount, to: BookAccount, points: i64) -> Flow {
    let points = Points::new(points).unwrap();
    Flow { posted_quarter: 0, business_date: day.parse().unwrap(), kind, from, to, points }
}

fn summed(length: PeriodLength) -> Vec<AccountPeriod> {
    let mut periods = AccountPeriods::new("2026-03-30".parse().unwrap(), "2026-04-01".parse().unwrap(), length);
    for flow in [
        flow("2026-03-01", PostingKind::Earn, Issued, Lots, 100),
        flow("2026-03-30", PostingKind::Redeem, Lots, Redeemed, 40),
        flow("2026-03-31", PostingKind::Clawback, Lots, Issued, 60),
        flow("2026-03-31", PostingKind::Clawback, Owed, Issued, 40),
        flow("2026-04-01", PostingKind::Earn, Issued, Owed, 40),
        flow("2026-04-02", PostingKind::Earn, Issued, Lots, 7),
    ] {
        periods.add(&flow);
    }
    periods.finish()
}

/// Opening, debits, credits, closing of an account, period by period.
fn of(periods: &[AccountPeriod], account: BookAccount) -> Vec<(String, [i64; 4])> {
    let of = periods.iter().filter(|period| period.account == account);
    of.map(|period| (period.first_day.to_string(), [period.opening, period.debits, period.credits, period.closing()]))
        .collect()
}

#[test]
fn sums_days_and_carries_balances_on() {
    let days = summed(PeriodLength::Day);

    let row = |day: &str, figures| (day.to_owned(), figures);
    assert_eq!(
        of(&days, Lots),
        [row("2026-03-30", [100, 40, 0, 60]), row("2026-03-31", [60, 60, 0, 0]), row("2026-04-01", [0, 0, 0, 0])]
    );
    assert_eq!(
        of(&days, Owed),
        [row("2026-03-30", [0, 0, 0, 0]), row("2026-03-31", [0, 40, 0, -40]), row("2026-04-01", [-40, 0, 40, 0])]
    );
    assert_eq!(of(&days, Issued)[1], row("2026-03-31", [-100, 0, 100, 0]));
}

#[test]
fn sums_months_from_the_first_day_asked_for() {
    let months = summed(PeriodLength::Month);

    let row = |day: &str, figures| (day.to_owned(), figures);
    assert_eq!(of(&months, Lots), [row("2026-03-30", [100, 100, 0, 0]), row("2026-04-01", [0, 0, 0, 0])]);
}

#[test]
fn every_period_closes_to_zero() {
    for length in [PeriodLength::Day, PeriodLength::Month] {
        let all = summed(length);
        for period in all.chunks(BookAccount::ALL.len()) {
            let sum = |figure: fn(&AccountPeriod) -> i64| period.iter().map(figure).sum::<i64>();
            assert_eq!([sum(|p| p.opening), sum(AccountPeriod::net), sum(AccountPeriod::closing)], [0, 0, 0]);
            assert_eq!(sum(|p| p.debits), sum(|p| p.credits));
        }
    }
}
