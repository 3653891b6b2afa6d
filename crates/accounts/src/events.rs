//! What happened to people, for others to react to.

use db::outbox::Event;
use kernel::{Id, Locale, kinds};
use serde::{Deserialize, Serialize};

/// Somebody asked for a code to sign in with. Carries neither the code nor the address: the reaction finds both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInCodeRequested {
    /// The challenge, in its text form.
    pub challenge_id: String,
    /// The reader's language, as a language tag.
    pub locale: String,
}

impl SignInCodeRequested {
    /// The fact about a challenge.
    #[must_use]
    pub fn new(challenge: Id<kinds::Challenge>, locale: Locale) -> Self {
        Self { challenge_id: challenge.to_string(), locale: locale.tag().to_owned() }
    }
}

impl Event for SignInCodeRequested {
    const KIND: &'static str = "accounts.sign_in_code_requested.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        None
    }
}
