use accounts::{Session, store};
use kernel::Fault;

use crate::{App, Principal};

/// Most sessions shown. Older ones end by themselves, or with all the others.
pub const MAX_SESSIONS_LISTED: u64 = 100;

impl App {
    /// Where whoever is signed in is signed in: open sessions, newest first, at most [`MAX_SESSIONS_LISTED`].
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_sessions(&self, principal: &Principal) -> Result<Vec<Session>, Fault> {
        let now = self.db().clock().now();
        store::list_open_sessions(&self.reader(), principal.person, now, MAX_SESSIONS_LISTED).await
    }
}
