use std::fmt;

use accounts::{AddressHash, ChallengeRefusal, Code, Newcomer, Session, SessionToken, store};
use db::{AuditLine, Tx};
use kernel::{Actor, EmailAddress, Fault, Id, Locale, Timestamp, kinds};

use crate::App;

/// Somebody typed the code that was mailed to an address.
#[derive(Clone)]
pub struct SignIn {
    /// The address.
    pub address: EmailAddress,
    /// What was typed.
    pub code: String,
    /// In which language.
    pub locale: Locale,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignIn(…)")
    }
}

/// A person is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// What to show with every request from now on. Not kept here: whoever loses it signs in again.
    pub token: SessionToken,
    /// From this instant on it is worth nothing.
    pub expires_at: Timestamp,
    /// Who signed in.
    pub person: Id<kinds::Person>,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignInRefusal {
    /// Wrong, used, ten minutes old, tried too often, or never sent: all one, so that guessing teaches nothing.
    #[error("this code is not right or no longer good")]
    WrongCode,
}

impl App {
    /// Signs in whoever repeats the newest code sent to an address. Somebody whom an invitation reached and nobody knew becomes a person
    /// by this.
    ///
    /// # Errors
    /// [`SignInRefusal`]; a [`Fault`] of the database. After a fault the code may be used up: ask for another.
    pub async fn sign_in(&self, command: SignIn) -> Result<Result<SignedIn, SignInRefusal>, Fault> {
        db::retry_contention(|| self.try_sign_in(&command)).await
    }

    async fn try_sign_in(&self, command: &SignIn) -> Result<Result<SignedIn, SignInRefusal>, Fault> {
        let hash = AddressHash::of(self.secret().bytes(), &command.address);
        // Asked for every address, so that the time an answer takes tells nothing about who is known; and before the transaction, which
        // must not wait for a second connection.
        let invited = store::find_invited(&self.reader(), hash, self.db().clock().now()).await?;
        let mut tx = self.begin(Actor::Anonymous).await?;
        let Some(challenge) = store::lock_newest_challenge(&mut tx, hash).await? else {
            tx.rollback().await?;
            return Ok(Err(SignInRefusal::WrongCode));
        };

        // Nobody had the address when the code was asked for: an import may have told since, or an invitation reaches it.
        let known = if challenge.is_for_nobody() {
            store::find_person_by_address(&mut tx, &command.address).await?
        } else {
            None
        };
        let newcomer = invited.filter(|_| challenge.is_for_nobody() && known.is_none()).map(|(address, name)| {
            let person = tx.new_id();
            Newcomer { person, name, address }
        });
        let stands_for = known.or(newcomer.as_ref().map(|newcomer| newcomer.person));
        let challenge = stands_for.map_or(challenge, |person| challenge.for_newcomer(person));
        let code = Code::of(self.secret().bytes(), challenge.id());
        let (tried, judged) = challenge.attempt(&command.code, &code, tx.now());
        if judged.is_err() && tried == challenge {
            // A dead code stays as it is. Nothing to keep, and guessing on fills no log.
            tx.rollback().await?;
            return Ok(Err(SignInRefusal::WrongCode));
        }

        store::update_challenge(&mut tx, &tried).await?;
        let answer = match judged {
            Ok(person) => {
                if let Some(newcomer) = newcomer {
                    store::insert_newcomer(&mut tx, &newcomer).await?;
                }
                store::update_locale(&mut tx, person, command.locale, true).await?;
                Ok(self.open_session(&mut tx, person).await?)
            }
            Err(refusal) => {
                note_refusal(&mut tx, tried.id(), refusal);
                Err(SignInRefusal::WrongCode)
            }
        };

        // A refusal is committed too: the wrong try it counted is what ends guessing.
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn open_session(&self, tx: &mut Tx, person: Id<kinds::Person>) -> Result<SignedIn, Fault> {
        let mut bytes = [0; 32];
        self.db().ids().fill(&mut bytes);
        let token = SessionToken::from_random(bytes);
        let session = Session::new(tx.new_id(), person, tx.now(), self.settings().session_days);
        store::insert_session(tx, &session, &token.hash()).await?;
        tx.audit(AuditLine {
            action: "sign_in",
            household: None,
            subject: session.id.to_string(),
            detail: format!("{person} signed in"),
        });
        Ok(SignedIn { token, expires_at: session.expires_at, person })
    }
}

fn note_refusal(tx: &mut Tx, challenge: Id<kinds::Challenge>, refusal: ChallengeRefusal) {
    tx.audit(AuditLine {
        action: "sign_in",
        household: None,
        subject: challenge.to_string(),
        detail: format!("refused: {refusal}"),
    });
}
