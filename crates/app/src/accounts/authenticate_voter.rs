use accounts::{SessionHolder, SessionToken, store};
use kernel::Fault;

use crate::{App, Principal};

impl App {
    /// Who votes in a browser that shows this token; `None` when it is malformed, unknown or over, or the session that made its link was
    /// ended. Asked for every page, and remembered nowhere: signing out ends it with the next click.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn authenticate_voter(&self, token: &str) -> Result<Option<Principal>, Fault> {
        let Some(token) = SessionToken::parse(token) else { return Ok(None) };
        let holder = store::find_voter(&self.reader(), &token.hash(), self.db().clock().now()).await?;
        Ok(holder.map(|SessionHolder { session, person, household }| Principal { session, person, household }))
    }
}
