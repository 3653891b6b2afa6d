use kernel::{BusinessDate, Fault};
use ledger::{AccountPeriod, AccountPeriods, Flow, PeriodLength};

use crate::App;

/// Most days one report covers.
const MAX_DAYS: i64 = 3_660;

/// Why the days of a report make none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefusal {
    /// The last day is before the first.
    #[error("the last day is before the first")]
    Reversed,
    /// More days than a report may have.
    #[error("a report covers at most {MAX_DAYS} days")]
    TooLong,
    /// The last day is not over, or only just: what is being written belongs to it still.
    #[error("{last} is not over for ten minutes yet, so postings may still be written on it")]
    NotOver {
        /// The last day asked for.
        last: BusinessDate,
    },
    /// The books are wrong.
    #[error(transparent)]
    MovesDiffer(#[from] ledger::MovesDiffer),
}

pub(super) fn check_days(from: BusinessDate, until: BusinessDate) -> Result<(), ReportRefusal> {
    match (until - from).num_days() {
        ..0 => Err(ReportRefusal::Reversed),
        MAX_DAYS.. => Err(ReportRefusal::TooLong),
        _ => Ok(()),
    }
}

impl App {
    /// What each account did in each period of business dates, both days included, as the books say now: a posting written later may
    /// belong to an earlier period. One state of the database, in bounded memory; `read` hears how many sums were read.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_account_periods(
        &self,
        from: BusinessDate,
        until: BusinessDate,
        length: PeriodLength,
        read: impl FnMut(usize),
    ) -> Result<Result<Vec<AccountPeriod>, ReportRefusal>, Fault> {
        if let Err(refusal) = check_days(from, until) {
            return Ok(Err(refusal));
        }
        let mut periods = AccountPeriods::new(from, until, length);
        self.sum_flows(|flow| periods.add(flow), read).await?;
        Ok(Ok(periods.finish()))
    }

    /// Reads everything that ever moved, household range by household range.
    pub(super) async fn sum_flows(&self, mut add: impl FnMut(&Flow), mut read: impl FnMut(usize)) -> Result<(), Fault> {
        let mut snapshot = self.db().snapshot().await?;
        let mut before = None;
        while let Some(range) = ledger::store::find_range_to_verify(&mut snapshot, before).await? {
            let flows = ledger::store::list_flows(&mut snapshot, range).await?;
            flows.iter().for_each(&mut add);
            read(flows.len());
            before = Some(range);
        }
        Ok(())
    }
}
