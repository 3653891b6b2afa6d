use accounts::{TooManyVotingLinks, VotingLink, VotingToken, store};
use chrono::TimeDelta;
use db::AuditLine;
use kernel::Fault;

use super::revoke_session::{NotOpen, check_still_open};
use crate::{App, Principal};

/// A link to the voting pages, ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedVotingLink {
    /// What opens it. Not kept here: whoever loses it asks for another.
    pub token: VotingToken,
    /// How long it waits.
    pub link: VotingLink,
}

/// Why no link was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestVotingLinkRefusal {
    /// Whoever asks was signed out in the meantime.
    #[error("the session that asks is no longer open")]
    NotSignedIn,
    /// Too many were asked for.
    #[error(transparent)]
    TooManyVotingLinks(#[from] TooManyVotingLinks),
}

impl App {
    /// Makes a link by which whoever is signed in opens the voting pages in a browser, once.
    ///
    /// # Errors
    /// [`RequestVotingLinkRefusal`]; a [`Fault`] of the database.
    pub async fn request_voting_link(
        &self,
        principal: &Principal,
    ) -> Result<Result<RequestedVotingLink, RequestVotingLinkRefusal>, Fault> {
        db::retry_contention(|| self.try_request_voting_link(principal)).await
    }

    async fn try_request_voting_link(
        &self,
        principal: &Principal,
    ) -> Result<Result<RequestedVotingLink, RequestVotingLinkRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let open = store::lock_open_sessions(&mut tx, principal.person).await?;
        let hour_ago = tx.now() - TimeDelta::hours(1);
        let recent = store::count_voting_links(&mut tx, principal.session, hour_ago).await?;

        let asked = match check_still_open(&open, principal) {
            Err(NotOpen) => Err(RequestVotingLinkRefusal::NotSignedIn),
            Ok(()) => VotingLink::request(principal.session, recent, tx.now()).map_err(Into::into),
        };
        let link = match asked {
            Ok(link) => link,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        };
        let mut bytes = [0; 16];
        self.db().ids().fill(&mut bytes);
        let token = VotingToken::from_random(bytes);

        store::insert_voting_link(&mut tx, &link, &token.hash()).await?;
        let (subject, detail) = (principal.session.to_string(), String::new());
        tx.audit(AuditLine { action: "request_voting_link", household: None, subject, detail });

        tx.commit().await?;
        Ok(Ok(RequestedVotingLink { token, link }))
    }
}
