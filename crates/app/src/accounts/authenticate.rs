use accounts::{SessionHolder, SessionToken, store};
use kernel::Fault;

use crate::{App, Principal};

impl App {
    /// Who shows this token; `None` when it is malformed, unknown, expired or revoked.
    ///
    /// Remembered for just under a second, which bounds how long a revoked session or a changed membership is still
    /// believed. What is unknown is not remembered: somebody may sign in with it next.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Principal>, Fault> {
        let Some(token) = SessionToken::parse(token) else { return Ok(None) };
        let hash = token.hash();
        if let Some(principal) = self.sessions().get(&hash) {
            return Ok(Some(principal));
        }
        let now = self.db().clock().now();
        let holder = store::find_session_holder(&self.reader(), &hash, now).await?;
        let principal =
            holder.map(|SessionHolder { session, person, household }| Principal { session, person, household });
        if let Some(principal) = principal {
            self.sessions().insert(hash, principal);
        }
        Ok(principal)
    }
}
