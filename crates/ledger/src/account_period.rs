use std::collections::BTreeMap;

use kernel::{BusinessDate, Month};

use crate::{BookAccount, Flow};

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodLength {
    /// One business date.
    Day,
    /// One month of business dates.
    Month,
}

/// What one account did in one period. Points that leave an account are a debit of it, points that come a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountPeriod {
    /// The period's first day.
    pub first_day: BusinessDate,
    /// The account.
    pub account: BookAccount,
    /// What was in it before. For the lots: the points outstanding.
    pub opening: i64,
    /// What left it.
    pub debits: i64,
    /// What came.
    pub credits: i64,
}

impl AccountPeriod {
    /// Credits less debits.
    #[must_use]
    pub fn net(&self) -> i64 {
        self.credits - self.debits
    }

    /// What was in it afterwards.
    #[must_use]
    pub fn closing(&self) -> i64 {
        self.opening + self.net()
    }
}

/// Sums flows by period and account. What it holds grows with the periods, not with the postings.
#[derive(Debug)]
pub struct AccountPeriods {
    from: BusinessDate,
    until: BusinessDate,
    length: PeriodLength,
    opening: BTreeMap<BookAccount, i64>,
    sums: BTreeMap<(BusinessDate, BookAccount), (i64, i64)>,
}

impl AccountPeriods {
    /// Nothing summed yet, for business dates from one to another, both included.
    #[must_use]
    pub fn new(from: BusinessDate, until: BusinessDate, length: PeriodLength) -> Self {
        Self { from, until, length, opening: BTreeMap::new(), sums: BTreeMap::new() }
    }

    /// Adds what moved; later than the last period it is left out.
    pub fn add(&mut self, flow: &Flow) {
        if flow.business_date > self.until {
            return;
        }
        let points = flow.points.get();
        if flow.business_date < self.from {
            *self.opening.entry(flow.from).or_default() -= points;
            *self.opening.entry(flow.to).or_default() += points;
            return;
        }
        let period = self.period_of(flow.business_date);
        self.sums.entry((period, flow.from)).or_default().0 += points;
        self.sums.entry((period, flow.to)).or_default().1 += points;
    }

    /// Every account in every period, in order. In each period their openings, nets and closings sum to zero.
    #[must_use]
    pub fn finish(self) -> Vec<AccountPeriod> {
        let mut balances = self.opening.clone();
        let mut periods = Vec::new();
        let mut first_day = self.from;
        while first_day <= self.until {
            for account in BookAccount::ALL {
                let balance = balances.entry(account).or_default();
                let (debits, credits) = self.sums.get(&(first_day, account)).copied().unwrap_or_default();
                let period = AccountPeriod { first_day, account, opening: *balance, debits, credits };
                *balance = period.closing();
                periods.push(period);
            }
            first_day = self.period_after(first_day);
        }
        periods
    }

    /// The first period may begin in the middle of a month.
    fn period_of(&self, day: BusinessDate) -> BusinessDate {
        match self.length {
            PeriodLength::Day => day,
            PeriodLength::Month => Month::of(day).first_day().max(self.from),
        }
    }

    fn period_after(&self, first_day: BusinessDate) -> BusinessDate {
        match self.length {
            PeriodLength::Day => first_day.succ_opt().expect("no period is at the end of the calendar"),
            PeriodLength::Month => Month::of(first_day).next().first_day(),
        }
    }
}

#[cfg(test)]
mod tests;
