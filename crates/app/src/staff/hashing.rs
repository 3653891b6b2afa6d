use std::sync::Arc;

use kernel::{Fault, FaultKind};
use tokio::sync::Semaphore;

/// Most passwords hashed at once: each takes 19 MiB and some tens of milliseconds of a processor. Whoever comes then waits,
/// at most as long as the door lets a request run.
const MAX_HASHED_AT_ONCE: usize = 2;

/// Where passwords are hashed: on threads nobody else waits for, a few at a time.
#[derive(Debug, Clone)]
pub(crate) struct Hashing(Arc<Semaphore>);

impl Default for Hashing {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_HASHED_AT_ONCE)))
    }
}

impl Hashing {
    /// Runs slow work about a password. Call it outside any transaction.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let permit = Arc::clone(&self.0).acquire_owned().await;
        let permit = permit.map_err(|error| Fault::because(FaultKind::Broken, "wait to hash a password", error))?;
        let hashed = tokio::task::spawn_blocking(move || {
            // Held by the work, not by whoever waits for it: a caller that goes away leaves the thread busy.
            let _permit = permit;
            work()
        });
        hashed.await.map_err(|error| Fault::because(FaultKind::Broken, "hash a password", error))
    }
}
