use std::sync::atomic::{AtomicI32, Ordering};

use chrono::Datelike;
use db::outbox;
use kernel::{Actor, BusinessDate, Fault, Id, kinds};
use ledger::{LapsingLot, NoticeBefore, events::LapseNoticed};

use super::held;
use crate::App;

/// Most households told in one transaction: few, so that nobody waits long for their wallets' locks.
const HOUSEHOLDS_PER_BATCH: i64 = 20;

/// The last day on which this process found nobody left to tell, so that it does not look every minute.
#[derive(Debug, Default)]
pub(crate) struct NoticeCursor(AtomicI32);

impl App {
    /// As [`App::notify_lapses`], until nobody is left to tell on this day.
    pub(crate) async fn notify_lapses_daily(&self) -> Result<usize, Fault> {
        let today = self.settings().zone.date_of(self.db().clock().now()).num_days_from_ce();
        let cursor = &self.notice_cursor().0;
        if cursor.load(Ordering::Relaxed) == today {
            return Ok(0);
        }
        let told = self.notify_lapses().await?;
        if told == 0 {
            cursor.store(today, Ordering::Relaxed);
        }
        Ok(told)
    }

    /// Notes one batch of lots that lapse within 30 or within 7 days, and has their households told; returns how many households.
    /// Zero: nobody is left to tell today.
    ///
    /// However late it runs, a household is told of a lot at most once at each threshold, and never after its last day; several lots
    /// are told of together, and at each threshold once a day.
    ///
    /// # Errors
    /// A [`Fault`] of the database; running it again is safe.
    pub async fn notify_lapses(&self) -> Result<usize, Fault> {
        let mut told = 0;
        for before in NoticeBefore::ALL {
            told += db::retry_contention(async || self.notify_once(before).await).await?;
        }
        Ok(told)
    }

    async fn notify_once(&self, before: NoticeBefore) -> Result<usize, Fault> {
        // Whom to look at is only a hint; what is told is judged on the locked books.
        let today: BusinessDate = self.settings().zone.date_of(self.db().clock().now());
        let reader = self.reader();
        let mut due = ledger::store::list_households_to_notify(&reader, before, today, HOUSEHOLDS_PER_BATCH).await?;
        if due.is_empty() {
            return Ok(0);
        }
        due.sort();
        let mut tx = self.begin(Actor::System).await?;
        let wallets = held::lock_wallets(&mut tx, self.settings(), &due).await?;
        let noticed = ledger::store::list_noticed_lots(&mut tx, &due, before, today).await?;

        let lapsing = wallets.values().map(|wallet| {
            let noticed = noticed.get(&wallet.household()).cloned().unwrap_or_default();
            (wallet.household(), wallet.lapsing(before, today, &noticed))
        });
        let told: Vec<(Id<kinds::Household>, Vec<LapsingLot>)> = lapsing.filter(|(_, lots)| !lots.is_empty()).collect();

        ledger::store::insert_lapse_notices(&mut tx, before, today, &told).await?;
        for (household, lots) in &told {
            outbox::append(&mut tx, &LapseNoticed::of(*household, before, today, lots));
        }

        tx.commit().await?;
        Ok(told.len())
    }
}
