use std::sync::{Mutex, PoisonError};

use db::AuditLine;
use kernel::{Actor, Fault, Id, kinds};
use ledger::Seal;

use crate::App;

/// How a seal is named in the audit log, which stays for ever: `hearth verify` holds the seals against it.
pub(crate) const SEAL_LEDGER: &str = "seal_ledger";

/// After which household this process goes on sealing. Lost with the process: then it begins anew.
#[derive(Debug, Default)]
pub(crate) struct SealCursor(Mutex<Option<Id<kinds::Household>>>);

impl SealCursor {
    fn get(&self) -> Option<Id<kinds::Household>> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, after: Option<Id<kinds::Household>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = after;
    }
}

impl App {
    /// Seals the newest postings of up to [`Seal::MAX_WALLETS`] wallets whose postings no seal covers, and writes the seal's number and
    /// hash to the audit log; returns how many wallets it sealed. Nothing to seal: nothing is written.
    ///
    /// Households come in turn, each call going on where the last one stopped, so that no busy one keeps others from being sealed.
    ///
    /// # Errors
    /// A [`Fault`] of the database; running it again is safe.
    pub async fn seal_ledger(&self) -> Result<usize, Fault> {
        db::retry_contention(async || self.seal_ledger_once().await).await
    }

    async fn seal_ledger_once(&self) -> Result<usize, Fault> {
        // Which wallets to look at is only a hint; what is sealed is read under their locks.
        let reader = self.reader();
        let mut unsealed = ledger::store::list_unsealed_households(&reader, self.seal_cursor().get()).await?;
        if unsealed.is_empty() && self.seal_cursor().get().is_some() {
            unsealed = ledger::store::list_unsealed_households(&reader, None).await?;
        }
        if unsealed.is_empty() {
            return Ok(0);
        }
        let mut tx = self.begin(Actor::System).await?;
        let heads = ledger::store::lock_unsealed_heads(&mut tx, &unsealed).await?;
        let newest = ledger::store::find_newest_seal(&mut tx).await?;

        if heads.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        let seal = Seal::after(newest, heads, tx.now());

        ledger::store::insert_seal(&mut tx, &seal).await?;
        let detail = seal.mark().to_string();
        tx.audit(AuditLine { action: SEAL_LEDGER, household: None, subject: seal.no.to_string(), detail });

        tx.commit().await?;
        let is_full = unsealed.len() >= Seal::MAX_WALLETS;
        self.seal_cursor().set(unsealed.last().copied().filter(|_| is_full));
        Ok(seal.heads.len())
    }
}
