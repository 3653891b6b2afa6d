use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use db::{
    AuditLine,
    webhooks::{SealedEventKey, insert_event_key, list_event_keys, lock_event_keys, update_event_key_revoked},
};
use kernel::{Fault, Id, kinds};

use super::{Decider, SigningKey};
use crate::{App, staff::NotAllowed};

/// Most keys good at one time: the one in use and the one that replaces it.
pub const MAX_EVENT_KEYS: usize = 2;

/// How long the keys are believed without looking again: the bound on a revoked key's life.
const BELIEVED_FOR: Duration = Duration::from_millis(900);

/// A key the order system may sign with from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedEventKey {
    /// Its id, which may be shown and logged.
    pub id: Id<kinds::EventKey>,
    /// The key: shown this once.
    pub key: SigningKey,
}

/// Why no key was issued or revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventKeyRefusal {
    /// Of the staff only admins decide this.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There are [`MAX_EVENT_KEYS`].
    #[error("{MAX_EVENT_KEYS} keys are good already; revoke one first")]
    TooMany,
    /// No good key has this id.
    #[error("there is no such key, or it was revoked before")]
    NoSuchKey,
}

/// The keys of this process, as it last read them.
#[derive(Debug, Default)]
pub(crate) struct EventKeys(Mutex<Held>);

/// The keys and when they were read.
type Held = Option<(Instant, Arc<[SigningKey]>)>;

impl EventKeys {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// The keys the order system may sign with, beside those of the setting. Remembered for just under a second.
    ///
    /// # Errors
    /// A [`Fault`] of the database, or when a key was sealed under another secret.
    pub async fn event_keys(&self) -> Result<Arc<[SigningKey]>, Fault> {
        let known = self.event_key_cache().held().clone();
        if let Some((_, keys)) = known.filter(|(read_at, _)| read_at.elapsed() < BELIEVED_FOR) {
            return Ok(keys);
        }
        let read_at = Instant::now();
        let sealed = list_event_keys(&self.reader()).await?;
        let open = |key: &SealedEventKey| SigningKey::open(&key.sealed_key, self.secret(), key.id.uuid().as_bytes());
        let keys: Arc<[SigningKey]> = sealed.iter().map(open).collect::<Result<_, Fault>>()?;
        *self.event_key_cache().held() = Some((read_at, Arc::clone(&keys)));
        Ok(keys)
    }

    /// The good keys, oldest first; sealed.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_event_keys(&self) -> Result<Vec<SealedEventKey>, Fault> {
        list_event_keys(&self.reader()).await
    }

    /// Makes a key the order system may sign with, beside the one in use.
    ///
    /// # Errors
    /// [`EventKeyRefusal::TooMany`]; a [`Fault`] of the database.
    pub async fn issue_event_key(&self, by: Decider) -> Result<Result<IssuedEventKey, EventKeyRefusal>, Fault> {
        let answer = db::retry_contention(|| self.try_issue_event_key(by)).await?;
        *self.event_key_cache().held() = None;
        Ok(answer)
    }

    async fn try_issue_event_key(&self, by: Decider) -> Result<Result<IssuedEventKey, EventKeyRefusal>, Fault> {
        let mut tx = match by.begin(self).await? {
            Ok(tx) => tx,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let good = lock_event_keys(&mut tx).await?;

        if good.len() >= MAX_EVENT_KEYS {
            tx.rollback().await?;
            return Ok(Err(EventKeyRefusal::TooMany));
        }
        let (id, key) = (tx.new_id::<kinds::EventKey>(), SigningKey::draw(self.db().ids()));
        let sealed_key = key.seal(self.secret(), id.uuid().as_bytes(), self.db().ids());
        let sealed = SealedEventKey { id, sealed_key, created_at: tx.now(), revoked_at: None };

        insert_event_key(&mut tx, &sealed).await?;
        let (subject, detail) = (id.to_string(), String::new());
        tx.audit(AuditLine { action: "issue_event_key", household: None, subject, detail });

        tx.commit().await?;
        Ok(Ok(IssuedEventKey { id, key }))
    }

    /// Makes a key worth nothing: here at once, in other processes within a second.
    ///
    /// # Errors
    /// [`EventKeyRefusal::NoSuchKey`]; a [`Fault`] of the database.
    pub async fn revoke_event_key(
        &self,
        by: Decider,
        id: Id<kinds::EventKey>,
    ) -> Result<Result<(), EventKeyRefusal>, Fault> {
        let answer = db::retry_contention(|| self.try_revoke_event_key(by, id)).await?;
        *self.event_key_cache().held() = None;
        Ok(answer)
    }

    async fn try_revoke_event_key(
        &self,
        by: Decider,
        id: Id<kinds::EventKey>,
    ) -> Result<Result<(), EventKeyRefusal>, Fault> {
        let mut tx = match by.begin(self).await? {
            Ok(tx) => tx,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let good = lock_event_keys(&mut tx).await?;

        if !good.iter().any(|key| key.id == id) {
            tx.rollback().await?;
            return Ok(Err(EventKeyRefusal::NoSuchKey));
        }

        update_event_key_revoked(&mut tx, id).await?;
        let (subject, detail) = (id.to_string(), String::new());
        tx.audit(AuditLine { action: "revoke_event_key", household: None, subject, detail });

        tx.commit().await?;
        Ok(Ok(()))
    }
}
