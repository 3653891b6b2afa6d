use accounts::{Session, TokenHash, store};
use db::{AuditLine, Tx};
use kernel::{Fault, Id, kinds};

use crate::{App, Principal};

/// Why no session was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RevokeSessionRefusal {
    /// Whoever asks was signed out in the meantime.
    #[error("the session that asks is no longer open")]
    NotSignedIn,
    /// No open session of this person has this id: never, no longer, or somebody else's.
    #[error("no such session is open")]
    NoSuchSession,
}

impl App {
    /// Ends one of a person's own sessions, also the one that asks. Other processes believe its token for up to another
    /// second.
    ///
    /// # Errors
    /// [`RevokeSessionRefusal`]; a [`Fault`] of the database.
    pub async fn revoke_session(
        &self,
        principal: &Principal,
        session: Id<kinds::Session>,
    ) -> Result<Result<(), RevokeSessionRefusal>, Fault> {
        let answer = db::retry_contention(|| self.try_revoke_session(principal, session)).await?;
        Ok(answer.map(|token| {
            // After the commit: an answer remembered before it must not outlive it.
            self.sessions().invalidate(&token);
        }))
    }

    async fn try_revoke_session(
        &self,
        principal: &Principal,
        session: Id<kinds::Session>,
    ) -> Result<Result<TokenHash, RevokeSessionRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let open = store::lock_open_sessions(&mut tx, principal.person).await?;

        let token = match find_session(&open, principal, session) {
            Ok(token) => token,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        };

        store::update_tokens_revoked(&mut tx, &[token]).await?;
        note_revoked(&mut tx, "revoke_session", principal, session.to_string());

        tx.commit().await?;
        Ok(Ok(token))
    }
}

fn find_session(
    open: &[(Session, TokenHash)],
    principal: &Principal,
    session: Id<kinds::Session>,
) -> Result<TokenHash, RevokeSessionRefusal> {
    check_still_open(open, principal).map_err(|NotOpen| RevokeSessionRefusal::NotSignedIn)?;
    let found = open.iter().find(|(open, _)| open.id == session);
    found.map(|(_, token)| *token).ok_or(RevokeSessionRefusal::NoSuchSession)
}

/// The session that asks was revoked or ran out since the request came in.
pub(super) struct NotOpen;

/// A stolen token must not, in the second in which it is still believed, throw out whoever revoked it.
pub(super) fn check_still_open(open: &[(Session, TokenHash)], principal: &Principal) -> Result<(), NotOpen> {
    if open.iter().any(|(open, _)| open.id == principal.session) { Ok(()) } else { Err(NotOpen) }
}

pub(super) fn note_revoked(tx: &mut Tx, action: &'static str, principal: &Principal, detail: String) {
    tx.audit(AuditLine { action, household: None, subject: principal.session.to_string(), detail });
}
