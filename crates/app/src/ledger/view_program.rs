use std::{collections::BTreeMap, sync::Arc};

use accounts::StaffRole;
use chrono::TimeDelta;
use entitlements::{Perk, Stock};
use kernel::{Fault, Id, Month, Timestamp, kinds};
use ledger::{AccountPeriod, BookAccount, NEVER, PeriodLength};
use tokio::sync::Mutex;

use crate::{App, Page, PageSize, StaffPrincipal, staff::NotAllowed};

/// Row 27 of the access matrix, for the whole programme.
const VIEWERS: [StaffRole; 3] = [StaffRole::Perks, StaffRole::Finance, StaffRole::Auditor];

/// How many months are told, this one included.
const MONTHS: usize = 12;

/// How long figures are told again before they are summed anew: summing reads everything that ever moved.
pub const PROGRAM_BELIEVED_FOR: TimeDelta = TimeDelta::minutes(10);

/// Most perks told.
const MAX_PERKS: usize = 500;

/// What the programme gave and took, as of an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramViewed {
    /// When it was summed.
    pub summed_at: Timestamp,
    /// Month by month of business dates, the oldest first; the last is this one, so far.
    pub months: Vec<MonthOfProgram>,
    /// How many of the points outstanding lapse in which month if nobody spends them, the next first.
    pub lapsing: Vec<(Month, i64)>,
    /// How many of them never lapse.
    pub never_lapsing: i64,
    /// Perks with what is taken of each, in the order they were defined.
    pub perks: Vec<(Perk, Stock)>,
}

/// A month of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthOfProgram {
    /// Which.
    pub month: Month,
    /// Points given for orders, less what refunds took back.
    pub issued: i64,
    /// Points spent, less what cancelled redemptions gave back.
    pub redeemed: i64,
    /// Points nobody spent in time.
    pub lapsed: i64,
    /// Given less taken by decision.
    pub adjusted: i64,
    /// The points outstanding at its end: what the operator owes.
    pub outstanding: i64,
    /// What households owed at its end.
    pub owed: i64,
}

/// What this process summed last.
#[derive(Debug, Default)]
pub(crate) struct ProgramSummed(Mutex<Option<Arc<ProgramViewed>>>);

impl App {
    /// What the programme gave and took over the last twelve months. At most [`PROGRAM_BELIEVED_FOR`] old; whoever asks while it is being
    /// summed waits for the same sum.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn view_program(
        &self,
        principal: &StaffPrincipal,
    ) -> Result<Result<Arc<ProgramViewed>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&VIEWERS) {
            return Ok(Err(NotAllowed));
        }
        let mut summed = self.program_summed().0.lock().await;
        let now = self.db().clock().now();
        let is_fresh = |viewed: &&Arc<ProgramViewed>| {
            let age = now - viewed.summed_at;
            // A clock that was set back makes nothing fresh for longer.
            (TimeDelta::zero()..PROGRAM_BELIEVED_FOR).contains(&age)
        };
        if let Some(viewed) = summed.as_ref().filter(is_fresh) {
            return Ok(Ok(Arc::clone(viewed)));
        }
        let viewed = Arc::new(self.sum_program(now).await?);
        *summed = Some(Arc::clone(&viewed));
        Ok(Ok(viewed))
    }

    async fn sum_program(&self, now: Timestamp) -> Result<ProgramViewed, Fault> {
        let today = self.settings().zone.date_of(now);
        let mut first = Month::of(today);
        for _ in 1..MONTHS {
            let before = first.first_day().pred_opt();
            first = Month::of(before.ok_or_else(|| Fault::inconsistent("find the month before another"))?);
        }
        let periods = self.list_account_periods(first.first_day(), today, PeriodLength::Month, |_| ()).await?;
        let periods = periods.map_err(|_| Fault::inconsistent("sum a year of the programme"))?;
        let mut lapsing: BTreeMap<Month, i64> = BTreeMap::new();
        let mut never_lapsing = 0;
        for (last_day, points) in ledger::store::list_points_by_last_day(&self.reader()).await? {
            if last_day == NEVER {
                never_lapsing += points.get();
            } else {
                *lapsing.entry(Month::of(last_day)).or_default() += points.get();
            }
        }
        let (months, lapsing) = (months_of(&periods), lapsing.into_iter().collect());
        Ok(ProgramViewed { summed_at: now, months, lapsing, never_lapsing, perks: self.perks_taken().await? })
    }

    async fn perks_taken(&self) -> Result<Vec<(Perk, Stock)>, Fault> {
        let size = PageSize::new(i64::from(PageSize::MAX)).expect("the largest page is a page");
        let (mut perks, mut after): (Vec<(Perk, Stock)>, Option<Id<kinds::Perk>>) = (Vec::new(), None);
        loop {
            let page = self.list_perks(Page::Forward { size, after }).await?;
            after = page.items.last().map(|(perk, _)| perk.id);
            perks.extend(page.items);
            if !page.has_more || perks.len() >= MAX_PERKS {
                return Ok(perks);
            }
        }
    }
}

fn months_of(periods: &[AccountPeriod]) -> Vec<MonthOfProgram> {
    periods
        .chunk_by(|a, b| a.first_day == b.first_day)
        .map(|period| {
            let of = |account| period.iter().find(|part| part.account == account);
            let net = |account| of(account).map_or(0, AccountPeriod::net);
            let closing = |account| of(account).map_or(0, AccountPeriod::closing);
            MonthOfProgram {
                month: Month::of(period[0].first_day),
                // What leaves the program's account of issued points came to households.
                issued: -net(BookAccount::Issued),
                redeemed: net(BookAccount::Redeemed),
                lapsed: net(BookAccount::Lapsed),
                adjusted: -net(BookAccount::Adjusted),
                outstanding: closing(BookAccount::Lots),
                owed: -closing(BookAccount::Owed),
            }
        })
        .collect()
}
