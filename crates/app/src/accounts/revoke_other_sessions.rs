use accounts::{TokenHash, store};
use kernel::Fault;

use super::revoke_session::{NotOpen, check_still_open, note_revoked};
use crate::{App, Principal};

/// Whoever asks was signed out in the meantime, and nothing was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session that asks is no longer open")]
pub struct NotSignedIn;

impl App {
    /// Ends every session of a person but the one that asks; how many those were. Other processes believe their tokens
    /// for up to another second.
    ///
    /// # Errors
    /// [`NotSignedIn`]; a [`Fault`] of the database.
    pub async fn revoke_other_sessions(&self, principal: &Principal) -> Result<Result<usize, NotSignedIn>, Fault> {
        let answer = db::retry_contention(|| self.try_revoke_other_sessions(principal)).await?;
        Ok(answer.map(|tokens| {
            // After the commit: an answer remembered before it must not outlive it.
            tokens.iter().for_each(|token| self.sessions().invalidate(token));
            tokens.len()
        }))
    }

    async fn try_revoke_other_sessions(
        &self,
        principal: &Principal,
    ) -> Result<Result<Vec<TokenHash>, NotSignedIn>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let open = store::lock_open_sessions(&mut tx, principal.person).await?;

        if let Err(NotOpen) = check_still_open(&open, principal) {
            tx.rollback().await?;
            return Ok(Err(NotSignedIn));
        }
        let others = open.iter().filter(|(session, _)| session.id != principal.session);
        let tokens: Vec<TokenHash> = others.map(|(_, token)| *token).collect();
        if tokens.is_empty() {
            tx.rollback().await?;
            return Ok(Ok(tokens));
        }

        store::update_tokens_revoked(&mut tx, &tokens).await?;
        note_revoked(&mut tx, "revoke_other_sessions", principal, format!("{} sessions", tokens.len()));

        tx.commit().await?;
        Ok(Ok(tokens))
    }
}
