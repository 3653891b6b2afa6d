use accounts::{SessionToken, store};
use db::AuditLine;
use kernel::Fault;

use crate::{App, Principal};

impl App {
    /// Ends the session of a token, if this person holds it; nothing happens otherwise. Other processes believe the
    /// token for up to another second.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn sign_out(&self, principal: &Principal, token: &str) -> Result<(), Fault> {
        let Some(token) = SessionToken::parse(token) else { return Ok(()) };
        db::retry_contention(|| self.try_sign_out(principal, &token)).await?;
        // After the commit: an answer remembered before it must not outlive it.
        self.sessions().invalidate(&token.hash());
        Ok(())
    }

    async fn try_sign_out(&self, principal: &Principal, token: &SessionToken) -> Result<(), Fault> {
        let mut tx = self.begin(principal.actor()).await?;

        let was_open = store::update_session_revoked(&mut tx, &token.hash(), principal.person).await?;
        if !was_open {
            return tx.rollback().await;
        }
        tx.audit(AuditLine {
            action: "sign_out",
            household: None,
            subject: principal.session.to_string(),
            detail: String::new(),
        });

        tx.commit().await
    }
}
