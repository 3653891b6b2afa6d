use accounts::{SessionToken, VotingToken, store};
use db::AuditLine;
use kernel::{Actor, Fault};

use crate::App;

impl App {
    /// Opens a voting link in a browser: what the browser shows from now on, to vote and for nothing else. `None` for a link that is
    /// unknown, over, or was opened before: all one.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn open_voting_link(&self, token: &str) -> Result<Option<SessionToken>, Fault> {
        let Some(token) = VotingToken::parse(token) else { return Ok(None) };
        db::retry_contention(|| self.try_open_voting_link(&token)).await
    }

    async fn try_open_voting_link(&self, token: &VotingToken) -> Result<Option<SessionToken>, Fault> {
        let mut tx = self.begin(Actor::Anonymous).await?;
        let link = store::lock_voting_link(&mut tx, &token.hash()).await?;

        let Some(link) = link.and_then(|link| link.open(tx.now())) else {
            tx.rollback().await?;
            return Ok(None);
        };
        let mut bytes = [0; 32];
        self.db().ids().fill(&mut bytes);
        let browser = SessionToken::from_random(bytes);

        store::update_voting_link_opened(&mut tx, &token.hash(), &link, &browser.hash()).await?;
        let (subject, detail) = (link.session.to_string(), String::new());
        tx.audit(AuditLine { action: "open_voting_link", household: None, subject, detail });

        tx.commit().await?;
        Ok(Some(browser))
    }
}
