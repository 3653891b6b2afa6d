use accounts::{
    AddressHash, Challenge, FLOOD_WINDOW, MAX_CODES_PER_WINDOW, TooManyCodes, check_flood, events::SignInCodeRequested,
    store,
};
use db::{AuditLine, outbox};
use kernel::{Actor, EmailAddress, Fault, Locale};

use crate::App;

/// Somebody who claims an address wants a code sent to it.
#[derive(Debug, Clone)]
pub struct RequestSignInCode {
    /// The address.
    pub address: EmailAddress,
    /// The language of the mail.
    pub locale: Locale,
}

impl App {
    /// Makes a code and has it mailed, if anybody has the address. The answer and the work are the same if nobody has.
    ///
    /// # Errors
    /// [`TooManyCodes`] when five were asked for within the hour; a [`Fault`] of the database.
    pub async fn request_sign_in_code(&self, request: RequestSignInCode) -> Result<Result<(), TooManyCodes>, Fault> {
        db::retry_contention(|| self.try_request_sign_in_code(&request)).await
    }

    async fn try_request_sign_in_code(&self, request: &RequestSignInCode) -> Result<Result<(), TooManyCodes>, Fault> {
        let mut tx = self.begin(Actor::Anonymous).await?;
        let hash = AddressHash::of(self.secret().bytes(), &request.address);
        store::lock_or_insert_address(&mut tx, hash).await?;
        let since = tx.now() - FLOOD_WINDOW;
        let recent = store::list_recent_challenges(&mut tx, hash, since, MAX_CODES_PER_WINDOW).await?;
        let person = store::find_person_by_address(&mut tx, &request.address).await?;

        if let Err(refusal) = check_flood(&recent, tx.now()) {
            tx.rollback().await?;
            return Ok(Err(refusal));
        }
        let challenge = Challenge::new(tx.new_id(), hash, person, tx.now());

        store::insert_challenge(&mut tx, &challenge).await?;
        // Also without a person: whoever measures the answer's time must not learn who is known.
        outbox::append(&mut tx, &SignInCodeRequested::new(challenge.id(), request.locale));
        tx.audit(AuditLine {
            action: "request_sign_in_code",
            household: None,
            subject: challenge.id().to_string(),
            detail: String::new(),
        });

        tx.commit().await?;
        Ok(Ok(()))
    }
}
