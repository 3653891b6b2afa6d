//! The demo neighbourhood on a database of the bench, with somebody of every household signed in.

use std::collections::BTreeMap;

use app::{
    App,
    accounts::{RequestSignInCode, SignIn},
};
use kernel::{EmailAddress, Id, Locale, kinds};
use mail::{Mailer, Message};

use super::{
    place::{Database, Place},
    sandbox, wire,
};
use crate::{Failure, demo};

/// A filled database.
#[derive(Debug)]
pub struct Demo {
    /// Where it is.
    pub database: Database,
    /// One a household.
    pub sessions: Vec<Session>,
}

/// Somebody signed in.
pub struct Session {
    token: String,
    household: Id<kinds::Household>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("household", &self.household).finish_non_exhaustive()
    }
}

impl Session {
    /// Any GraphQL document in their name, as bytes for a server.
    #[must_use]
    pub fn request(&self, address: &str, document: &str) -> Vec<u8> {
        wire::graphql(address, &self.token, document)
    }

    /// The balance query of their household, as bytes for a server.
    #[must_use]
    pub fn balance_request(&self, address: &str) -> Vec<u8> {
        let household = self.household;
        let query =
            format!(r#"{{ household(id: "{household}") {{ assetAccount {{ available pending held owed }} }} }}"#);
        wire::graphql(address, &self.token, &query)
    }
}

impl Demo {
    /// Fills a fresh database and signs people in by mailed codes, as they would.
    ///
    /// # Errors
    /// A [`Failure`] of the engine, or when the demo is not what it should be.
    pub async fn fill(place: &Place, purpose: &str) -> Result<Self, Failure> {
        let database = place.create(purpose).await?;
        let (app, mailer) = sandbox::app(database.open().await?);
        demo::fill(&app).await?;
        let sessions = sign_in_all(&app, &mailer, addresses()?).await?;
        app.db().clone().close().await?;
        Ok(Self { database, sessions })
    }

    /// Somebody's balance query, as bytes for a server.
    ///
    /// # Errors
    /// A [`Failure`] when nobody is signed in.
    pub fn balance_request(&self, address: &str) -> Result<Vec<u8>, Failure> {
        let session = self.sessions.first().ok_or_else(|| Failure::new("nobody is signed in"))?;
        Ok(session.balance_request(address))
    }
}

/// Signs people in by mailed codes, as they would.
///
/// # Errors
/// A [`Failure`] of the engine, or when somebody cannot sign in.
pub async fn sign_in_all(app: &App, mailer: &Mailer, addresses: Vec<EmailAddress>) -> Result<Vec<Session>, Failure> {
    for address in addresses {
        let asked = app.request_sign_in_code(RequestSignInCode { address, locale: Locale::default() }).await?;
        asked.map_err(|refusal| Failure::because("could not ask for a code", refusal))?;
    }
    app.drain().await?;
    let mut sessions = Vec::new();
    for mail in mailer.captured() {
        let Message::SignInCode(code) = mail.message else { continue };
        let signed_in = app.sign_in(SignIn { address: mail.to, code: code.code, locale: kernel::Locale::ZhCn }).await?;
        let signed_in = signed_in.map_err(|refusal| Failure::because("could not sign in", refusal))?;
        let token = signed_in.token.to_text();
        let principal = app.authenticate(&token).await?.and_then(|principal| principal.household);
        let (household, _) = principal.ok_or_else(|| Failure::new("somebody of the demo has no household"))?;
        sessions.push(Session { token, household });
    }
    Ok(sessions)
}

/// The first address of every household of the demo.
fn addresses() -> Result<Vec<EmailAddress>, Failure> {
    let mut addresses = BTreeMap::new();
    for person in demo::people()? {
        if let Some(address) = person.email {
            addresses.entry(person.household).or_insert(address);
        }
    }
    Ok(addresses.into_values().collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_somebody_to_sign_in_in_every_household() {
        assert_eq!(super::addresses().unwrap().len(), 48);
    }
}
