//! Signing in by the operator's own identity: assertions checked against the keys its provider publishes.
//!
//! The provider is asked for its keys over HTTPS, at most once a minute, and they are remembered for an hour; when it does not answer,
//! those it published last are believed for a day.

mod assertion;
mod key_set;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use kernel::{ExternalRef, Fault, FaultKind, Timestamp};
use reqwest::Client;
use tokio::sync::Mutex;

use self::{
    assertion::{Assertion, Expected},
    key_set::KeySet,
};
use crate::tls::{client_of_one, read_whole};

/// How long keys are believed without asking again.
const FRESH_FOR: TimeDelta = TimeDelta::hours(1);

/// How long keys are believed when the provider does not answer.
const STALE_FOR: TimeDelta = TimeDelta::hours(24);

/// The least time between two questions, whatever assertions name.
const ASK_AT_MOST_EVERY: TimeDelta = TimeDelta::seconds(60);

/// How long the provider may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The longest set of keys read.
const MAX_KEY_SET_BYTES: usize = 64 * 1024;

/// Whose assertions are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityOptions {
    /// Who issues them: the `iss` they must carry.
    pub issuer: String,
    /// Who we are to the issuer: the `aud` they must carry.
    pub audience: String,
    /// Where the issuer publishes its keys.
    pub jwks_url: String,
}

/// Why nobody can be signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdentityRefusal {
    /// The assertion does not hold.
    NotAccepted,
    /// The provider's keys cannot be had at the moment.
    Unavailable,
}

/// Somebody the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vouched {
    pub(crate) person: ExternalRef,
    /// What makes this very assertion good once.
    pub(crate) assertion_id: String,
    /// Until when it could be shown again.
    pub(crate) ends_at: Timestamp,
}

/// The provider, and what is known of its keys.
#[derive(Debug)]
pub(crate) struct Identity {
    options: IdentityOptions,
    client: Client,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    keys: Option<(Timestamp, Arc<KeySet>)>,
    asked_at: Option<Timestamp>,
}

impl Identity {
    /// A provider that was not asked anything yet.
    pub(crate) fn new(options: IdentityOptions) -> Self {
        Self { client: client_of_one(TIMEOUT), options, known: Mutex::default() }
    }

    /// Judges an assertion.
    pub(crate) async fn judge(&self, text: &str, now: Timestamp) -> Result<Vouched, IdentityRefusal> {
        let refused = |why: assertion::AssertionRefusal| {
            tracing::info!("An assertion was not accepted: {why}");
            IdentityRefusal::NotAccepted
        };
        let unverified = assertion::read(text).map_err(refused)?;
        let keys = self.keys_for(&unverified.kid, now).await?;
        let expected = Expected { issuer: &self.options.issuer, audience: &self.options.audience };
        let Assertion { subject, id, ends_at } = unverified.verify(&keys, &expected, now).map_err(refused)?;
        Ok(Vouched { person: subject, assertion_id: format!("{} {id}", self.options.issuer), ends_at })
    }

    /// The keys, asked for again when they are old or do not have the one that is named.
    async fn keys_for(&self, kid: &str, now: Timestamp) -> Result<Arc<KeySet>, IdentityRefusal> {
        // One asks, the others wait for the answer: a crowd at the door is one question.
        let mut known = self.known.lock().await;
        let is_enough = |(at, keys): &(Timestamp, Arc<KeySet>)| now - *at < FRESH_FOR && keys.has(kid);
        if !known.keys.as_ref().is_some_and(is_enough) && known.may_ask(now) {
            known.asked_at = Some(now);
            match self.ask().await {
                Ok(keys) => known.keys = Some((now, Arc::new(keys))),
                Err(fault) => {
                    tracing::warn!(error = fault.chain(), "The identity provider's keys could not be had");
                }
            }
        }
        let believed = known.keys.as_ref().filter(|(at, _)| now - *at < STALE_FOR);
        believed.map(|(_, keys)| Arc::clone(keys)).ok_or(IdentityRefusal::Unavailable)
    }

    async fn ask(&self) -> Result<KeySet, Fault> {
        let broken = |error| Fault::because(FaultKind::Broken, "ask the identity provider for its keys", error);
        let response = self.client.get(&self.options.jwks_url).header("accept", "application/json").send().await;
        let response = response.and_then(reqwest::Response::error_for_status).map_err(broken)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(Fault::new(FaultKind::Broken, "ask the identity provider for its keys: it answered no 200"));
        }
        let text = read_whole(response, MAX_KEY_SET_BYTES).await;
        let text =
            text.map_err(|error| Fault::because(FaultKind::Broken, "read the identity provider's keys", error))?;
        let read = KeySet::read(&text);
        read.map_err(|error| Fault::because(FaultKind::Broken, "read the identity provider's keys", error))
    }
}

impl Known {
    fn may_ask(&self, now: Timestamp) -> bool {
        self.asked_at.is_none_or(|asked_at| now - asked_at >= ASK_AT_MOST_EVERY)
    }
}
