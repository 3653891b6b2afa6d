use accounts::{LifeState, store};
use db::AuditLine;
use kernel::{Actor, ExternalRef, Fault, Locale, Timestamp};
use sha2::{Digest, Sha256};

use super::sign_in::SignedIn;
use crate::App;

/// The operator's identity provider vouches for somebody. Who calls has checked that it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInWithAssertion {
    /// The operator's number of the person.
    pub person: ExternalRef,
    /// What makes this very assertion another than any before.
    pub assertion_id: String,
    /// Until when it could be shown again: it is remembered that long.
    pub ends_at: Timestamp,
    /// In which language it was shown.
    pub locale: Locale,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignInWithAssertionRefusal {
    /// It was shown before.
    #[error("this assertion was used before")]
    Used,
    /// Nobody has the number.
    #[error("nobody is known by this person number")]
    UnknownPerson,
}

impl App {
    /// Signs in whom the operator's identity provider vouches for, once for each assertion.
    ///
    /// # Errors
    /// [`SignInWithAssertionRefusal`]; a [`Fault`] of the database. After a fault the assertion may be used up: ask for another.
    pub async fn sign_in_with_assertion(
        &self,
        command: &SignInWithAssertion,
    ) -> Result<Result<SignedIn, SignInWithAssertionRefusal>, Fault> {
        db::retry_contention(|| self.try_sign_in_with_assertion(command)).await
    }

    async fn try_sign_in_with_assertion(
        &self,
        command: &SignInWithAssertion,
    ) -> Result<Result<SignedIn, SignInWithAssertionRefusal>, Fault> {
        let mut tx = self.begin(Actor::Anonymous).await?;
        let hash: [u8; 32] = Sha256::digest(command.assertion_id.as_bytes()).into();
        // Two who show it at the same time: the second waits here until the first has committed.
        let is_first = store::insert_used_assertion(&mut tx, &hash, command.ends_at).await?;
        let person = store::find_person_refs(&mut tx, std::slice::from_ref(&command.person)).await?;

        if !is_first {
            tx.rollback().await?;
            return Ok(Err(SignInWithAssertionRefusal::Used));
        }
        let Some(place) = person.get(&command.person) else {
            // Nothing was opened, so nothing needs to be remembered; and guessing fills no table.
            tx.rollback().await?;
            return Ok(Err(SignInWithAssertionRefusal::UnknownPerson));
        };

        if store::lock_life(&mut tx, place.person).await? != Some(LifeState::Living) {
            // Whoever died or was forgotten is nobody to sign in as; the provider may not know yet.
            tx.rollback().await?;
            return Ok(Err(SignInWithAssertionRefusal::UnknownPerson));
        }

        store::delete_ended_assertions(&mut tx).await?;
        store::update_locale(&mut tx, place.person, command.locale, true).await?;
        let signed_in = self.open_session(&mut tx, place.person).await?;
        tx.audit(AuditLine {
            action: "sign_in_with_assertion",
            household: None,
            subject: place.person.to_string(),
            detail: String::new(),
        });

        tx.commit().await?;
        Ok(Ok(signed_in))
    }
}
