use std::collections::BTreeSet;

use db::{AuditLine, outbox};
use kernel::{Actor, Fault, Id, kinds};
use ledger::{Posting, events::PointsPosted};

use super::{act, held, skipping::Skipped};
use crate::App;

/// Most households whose lapses are booked in one transaction: few, so that nobody waits long for their lots' locks.
const HOUSEHOLDS_PER_BATCH: u64 = 20;

impl App {
    /// Books one batch of lapses that the calendar already made true; returns how many lots lapsed. Zero: nothing is due.
    ///
    /// However late it runs, each lapse is dated the day after the lot's last day, and a second run finds nothing left. A household
    /// whose lots cannot be booked is passed over and reported, and those behind it are not kept waiting.
    ///
    /// # Errors
    /// A [`Fault`] of the database, or when nothing could be booked and something should; running it again is safe.
    pub async fn lapse_lots(&self) -> Result<usize, Fault> {
        let mut skipped = Skipped::new();
        loop {
            let passed_over = skipped.households();
            // Which households to look at is only a hint; what lapses is judged on the locked books.
            let due = self.list_due(&passed_over).await?;
            let lapsed = match db::retry_contention(async || self.lapse_lots_once(&due).await).await {
                Err(fault) if Skipped::may_be_ones_own(&fault) => self.lapse_one_by_one(&due, &mut skipped).await?,
                booked => booked?,
            };
            if lapsed > 0 || !skipped.is_news(passed_over.len()) {
                return skipped.answer(lapsed);
            }
        }
    }

    async fn list_due(&self, passed_over: &BTreeSet<Id<kinds::Household>>) -> Result<Vec<Id<kinds::Household>>, Fault> {
        let today = self.settings().zone.date_of(self.db().clock().now());
        let reader = self.reader();
        let due = ledger::store::list_households_with_due_lots(&reader, today, passed_over, HOUSEHOLDS_PER_BATCH);
        let mut due = due.await?;
        due.sort();
        Ok(due)
    }

    /// After a batch that cannot be written: all of it that can.
    async fn lapse_one_by_one(&self, due: &[Id<kinds::Household>], skipped: &mut Skipped) -> Result<usize, Fault> {
        let mut lapsed = 0;
        for household in due {
            match db::retry_contention(async || self.lapse_lots_once(&[*household]).await).await {
                Ok(count) => lapsed += count,
                Err(fault) => skipped.pass_over(*household, fault, "book its lapses")?,
            }
        }
        Ok(lapsed)
    }

    async fn lapse_lots_once(&self, due: &[Id<kinds::Household>]) -> Result<usize, Fault> {
        if due.is_empty() {
            return Ok(0);
        }
        let mut tx = self.begin(Actor::System).await?;
        let mut wallets = held::lock_wallets(&mut tx, self.settings(), due).await?;

        let today = self.settings().zone.date_of(tx.now());
        let mut postings: Vec<Posting> = Vec::new();
        for wallet in wallets.values_mut() {
            postings.extend(wallet.lapse(today, |key| act::lapse_cause(&tx, Actor::System, key, act::lapsed_on(key))));
        }

        ledger::store::update_wallets(&mut tx, wallets.values()).await?;
        ledger::store::insert_postings(&mut tx, &postings).await?;
        postings.iter().for_each(|posting| outbox::append(&mut tx, &PointsPosted::of(posting)));
        let detail = format!("{} lots lapsed", postings.len());
        tx.audit(AuditLine { action: "lapse_lots", household: None, subject: today.to_string(), detail });

        tx.commit().await?;
        Ok(postings.len())
    }
}
