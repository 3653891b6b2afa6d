use chrono::{Days, TimeDelta};
use kernel::{BusinessDate, Fault, Timestamp, Zone};
use ledger::{Flow, Journal, JournalEntry};

use super::list_account_periods::{ReportRefusal, check_days};
use crate::App;

/// How long after its end a day is still written on: an act keeps the instant it began at until it commits, which takes less.
const SETTLING: TimeDelta = TimeDelta::minutes(10);

impl App {
    /// The entries for the operator's general ledger that were posted on days from one to another, both included, in money at the set
    /// value of a point.
    ///
    /// By posting date, not by business date: a day that is over gets no more postings, so the same days always make the same
    /// entries, and what became known late is a new entry that names the day it is about. `read` hears how many sums were read.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_journal(
        &self,
        from: BusinessDate,
        until: BusinessDate,
        read: impl FnMut(usize),
    ) -> Result<Result<Vec<JournalEntry>, ReportRefusal>, Fault> {
        let zone = self.settings().zone;
        if let Err(refusal) = check_days(from, until).and_then(|()| check_over(zone, until, self.db().clock().now())) {
            return Ok(Err(refusal));
        }
        let mut journal = Journal::new(from, until);
        self.sum_flows(|flow| journal.add(posting_date(zone, flow), flow), read).await?;
        Ok(journal.finish(self.settings().point_value).map_err(ReportRefusal::from))
    }
}

fn check_over(zone: Zone, last: BusinessDate, now: Timestamp) -> Result<(), ReportRefusal> {
    let ends_at = zone.start_of(last + Days::new(1));
    if now < ends_at + SETTLING { Err(ReportRefusal::NotOver { last }) } else { Ok(()) }
}

fn posting_date(zone: Zone, flow: &Flow) -> BusinessDate {
    const SECONDS_PER_QUARTER: i64 = 900;
    let instant = Timestamp::from_timestamp(flow.posted_quarter.saturating_mul(SECONDS_PER_QUARTER), 0);
    zone.date_of(instant.unwrap_or(Timestamp::MAX_UTC))
}
