use kernel::{Actor, Fault};
use ledger::VerifyReport;

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
            let Some(last) = wallets.last() else { return Ok(report) };
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
    }
}
