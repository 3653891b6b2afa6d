use kernel::{Actor, Fault};
use ledger::{Difference, Finding, VerifyReport};

use crate::App;

/// How many wallets are recomputed under one lock: few, so that nobody waits long.
const WALLETS_PER_BATCH: u64 = 50;

impl App {
    /// Recomputes every wallet, lot and posting from transfers alone, and says what differs. Changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn verify(&self) -> Result<VerifyReport, Fault> {
        let mut report = VerifyReport::default();
        let mut after = None;
        loop {
            let wallets = ledger::store::list_wallets_to_verify(&self.reader(), after, WALLETS_PER_BATCH).await?;
            let Some(last) = wallets.last() else { break };
            after = Some(*last);
            // On a copy: a batch that meets contention is recomputed from its beginning.
            report = db::retry_contention(async || {
                let mut tx = self.begin(Actor::Operator).await?;
                let mut with_batch = report.clone();
                ledger::store::verify_wallets(&mut tx, &wallets, &mut with_batch).await?;
                tx.rollback().await?;
                Ok(with_batch)
            })
            .await?;
        }
        self.verify_no_wallet_is_missing(&mut report).await?;
        Ok(report)
    }

    async fn verify_no_wallet_is_missing(&self, report: &mut VerifyReport) -> Result<(), Fault> {
        let mut after = None;
        loop {
            let page = WALLETS_PER_BATCH;
            let households = ledger::store::list_households_without_wallet(&self.reader(), after, page).await?;
            let Some(last) = households.last() else { return Ok(()) };
            after = Some(*last);
            report.add_differences(households.into_iter().map(|household| Difference {
                household: Some(household),
                row: "wallet".to_owned(),
                finding: Finding::Impossible("it is not there, but lots, postings or transfers of it are".to_owned()),
            }));
        }
    }
}
