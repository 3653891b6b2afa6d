use cocreation::{store, tally_file::ballots_sha256};
use db::AuditLine;
use kernel::{Actor, Fault, Id, kinds};

use crate::App;

impl App {
    /// Seals the chains of studies whose instant of closing has come; returns how many. From that instant on no ballot was taken
    /// anyway: the seal binds those that were.
    ///
    /// # Errors
    /// A [`Fault`] of the database; running it again is safe.
    pub async fn close_studies(&self) -> Result<usize, Fault> {
        let due = store::list_studies_to_close(&self.reader(), self.db().clock().now()).await?;
        let mut closed = 0;
        for study in due {
            closed += usize::from(db::retry_contention(async || self.close_study(study).await).await?);
        }
        Ok(closed)
    }

    /// Whether it was closed now, and not by another process before.
    async fn close_study(&self, id: Id<kinds::Study>) -> Result<bool, Fault> {
        let mut tx = self.begin(Actor::System).await?;
        let locked = store::lock_study(&mut tx, id).await?;
        let open = locked.and_then(|(study, chain)| Some((study, chain?)));
        let due = open.filter(|(study, chain)| chain.closed_at.is_none() && study.asked.closes_at <= tx.now());
        let Some((_, mut chain)) = due else {
            tx.rollback().await?;
            return Ok(false);
        };
        let ballots = store::list_ballots(&mut tx, id).await?;

        let entry = chain.close(&ballots_sha256(&ballots), tx.now());

        store::update_closed(&mut tx, &chain, &entry).await?;
        let detail = format!("{} households, {} entries lead to {}", chain.turnout, chain.entries, chain.head);
        tx.audit(AuditLine { action: "close_study", household: None, subject: id.to_string(), detail });

        tx.commit().await?;
        Ok(true)
    }
}
