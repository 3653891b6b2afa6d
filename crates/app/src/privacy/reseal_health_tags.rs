use accounts::store;
use db::AuditLine;
use kernel::{Actor, Fault};

use crate::App;

/// Most rows sealed anew at once.
const MAX_RESEALED: u64 = 200;

impl App {
    /// Seals a batch of health tags and blocked persons anew that another key than the first sealed; returns how many it did. Clockwork, and a command.
    ///
    /// # Errors
    /// A [`Fault`] of the database, or when a row cannot be opened.
    pub async fn reseal_health_tags(&self) -> Result<usize, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let (keys, chance) = (self.health_keys(), self.db().ids());
            let tags = store::update_health_tags_resealed(&mut tx, keys, chance, MAX_RESEALED).await?;
            let blocked = store::update_blocked_persons_resealed(&mut tx, keys, chance, MAX_RESEALED).await?;
            let count = tags + blocked;
            if count == 0 {
                tx.rollback().await?;
                return Ok(0);
            }
            tx.audit(AuditLine {
                action: "reseal_health_tags",
                household: None,
                subject: keys.sealing_id().to_owned(),
                detail: format!("{count} rows"),
            });
            tx.commit().await?;
            Ok(count)
        })
        .await
    }

    /// How many health tags and blocked persons another key than the first sealed.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn count_health_tags_to_reseal(&self) -> Result<u64, Fault> {
        let (reader, keys) = (self.reader(), self.health_keys());
        let tags = store::count_health_tags_to_reseal(&reader, keys).await?;
        Ok(tags + store::count_blocked_persons_to_reseal(&reader, keys).await?)
    }

    /// The ids of keys that rows need and that are not here: without them those rows are closed for ever.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_missing_health_keys(&self) -> Result<Vec<String>, Fault> {
        let mut in_use = store::list_health_keys_in_use(&self.reader()).await?;
        in_use.extend(store::list_blocked_person_keys_in_use(&self.reader()).await?);
        in_use.sort();
        in_use.dedup();
        in_use.retain(|id| !self.health_keys().has(id));
        Ok(in_use)
    }
}
