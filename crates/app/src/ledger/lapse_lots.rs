use db::{AuditLine, outbox};
use kernel::{Actor, Fault};
use ledger::{Posting, events::PointsPosted};

use super::act;
use crate::App;

/// Most households whose lapses are booked in one transaction: few, so that nobody waits long for their lots' locks.
const HOUSEHOLDS_PER_BATCH: u64 = 20;

impl App {
    /// Books one batch of lapses that the calendar already made true; returns how many lots lapsed. Zero: nothing is due.
    ///
    /// However late it runs, each lapse is dated the day after the lot's last day, and a second run finds nothing left.
    ///
    /// # Errors
    /// A [`Fault`] of the database; running it again is safe.
    pub async fn lapse_lots(&self) -> Result<usize, Fault> {
        db::retry_contention(async || self.lapse_lots_once().await).await
    }

    async fn lapse_lots_once(&self) -> Result<usize, Fault> {
        // Which households to look at is only a hint; what lapses is judged on the locked books.
        let today = self.settings().zone.date_of(self.db().clock().now());
        let mut due = ledger::store::list_households_with_due_lots(&self.reader(), today, HOUSEHOLDS_PER_BATCH).await?;
        if due.is_empty() {
            return Ok(0);
        }
        due.sort();
        let mut tx = self.begin(Actor::System).await?;
        let mut wallets = ledger::store::lock_wallets_with_lots(&mut tx, &due).await?;

        let mut postings: Vec<Posting> = Vec::new();
        for wallet in wallets.values_mut() {
            postings.extend(wallet.lapse(today, |key| act::lapse_cause(&tx, key, act::lapsed_on(key))));
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
