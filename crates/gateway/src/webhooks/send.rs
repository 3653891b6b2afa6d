//! One attempt: a signed message, sent once, its answer read only as far as its status needs.

use std::{error::Error as _, time::Duration};

use app::webhooks::{AttemptOutcome, DueDelivery, SigningKey};
use chrono::SecondsFormat;
use kernel::Timestamp;
use reqwest::{Client, Url, redirect};
use serde::Serialize;
use serde_json::value::RawValue;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};

use super::address::{NotPublic, PublicResolver, check_literal};
use crate::tls::tls;

/// How long the other side may take, from the first look at its name to the end of its answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How much of an answer is read. It is looked at by nobody: reading it lets a well-behaved server end in peace.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Whether messages may go to addresses that are not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateAddresses {
    /// They may not: the name's addresses are judged, and the connection made to those and no others. Only `https`.
    Refused,
    /// They may, also without encryption: for development.
    Allowed,
}

impl PrivateAddresses {
    /// Whether messages may go to a URL, as far as the URL tells: where its name leads is judged whenever one is sent.
    #[must_use]
    pub fn allow(self, url: &str) -> bool {
        match self {
            Self::Allowed => true,
            Self::Refused => url.parse::<Url>().is_ok_and(|url| url.scheme() == "https" && check_literal(&url).is_ok()),
        }
    }
}

/// Sends messages.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    client: Client,
    private: PrivateAddresses,
}

/// What a message says: which event, when, and the event's own ids and values.
#[derive(Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: String,
    data: &'a RawValue,
}

impl Sender {
    pub(super) fn new(private: PrivateAddresses) -> Self {
        Self::speaking(tls(), private)
    }

    fn speaking(tls: rustls::ClientConfig, private: PrivateAddresses) -> Self {
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("Hearth/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            // A proxy of the environment would resolve names for itself.
            .no_proxy()
            .timeout(TIMEOUT)
            // Each message looks its host up again.
            .pool_max_idle_per_host(0);
        let client = match private {
            PrivateAddresses::Refused => client.https_only(true).dns_resolver(PublicResolver),
            PrivateAddresses::Allowed => client,
        };
        Self { client: client.build().expect("these settings fit together"), private }
    }

    /// Sends a message once.
    pub(super) async fn send(&self, due: &DueDelivery, now: Timestamp) -> AttemptOutcome {
        let Ok(url) = due.url.parse::<Url>() else { return AttemptOutcome::Unanswered("the URL cannot be read") };
        if self.private == PrivateAddresses::Refused && check_literal(&url).is_err() {
            return AttemptOutcome::Unanswered(NOT_PUBLIC);
        }
        let body = body(due);
        let id = due.claimed.event.to_string();
        let Some(signatures) = signatures(&due.keys, &id, now, body.as_bytes()) else {
            return AttemptOutcome::Unanswered("the message cannot be signed");
        };
        let sent = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header(HEADER_WEBHOOK_ID, id)
            .header(HEADER_WEBHOOK_TIMESTAMP, now.timestamp())
            .header(HEADER_WEBHOOK_SIGNATURE, signatures)
            .body(body)
            .send()
            .await;
        match sent {
            Ok(response) => {
                let status = response.status().as_u16();
                drain(response).await;
                match status {
                    200..=299 => AttemptOutcome::Taken(status),
                    410 => AttemptOutcome::Gone,
                    _ => AttemptOutcome::Answered(status),
                }
            }
            Err(error) => AttemptOutcome::Unanswered(why(&error)),
        }
    }
}

/// A certificate nobody vouches for, or that is over, or for another host.
const NOT_ACCEPTED: &str = "the server's TLS was not accepted";

const NOT_PUBLIC: &str = "the host has an address that is not public";

fn body(due: &DueDelivery) -> String {
    let claimed = &due.claimed;
    let data = RawValue::from_string(claimed.payload.clone()).expect("an event's payload was written as JSON");
    let timestamp = claimed.occurred_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let message = Message { kind: &claimed.kind, timestamp, data: &data };
    serde_json::to_string(&message).expect("texts and JSON always serialise")
}

/// One signature per key, newest first, separated by spaces: whoever knows either key believes the message.
fn signatures(keys: &[SigningKey], id: &str, now: Timestamp, body: &[u8]) -> Option<String> {
    let signed = keys.iter().map(|key| Webhook::new(&key.to_text()).ok()?.sign(id, now.timestamp(), body).ok());
    Some(signed.collect::<Option<Vec<String>>>()?.join(" "))
}

/// Reads an answer to its end or to its limit; what breaks here changes nothing, the status came already.
async fn drain(mut response: reqwest::Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > MAX_ANSWER_BYTES {
            return;
        }
    }
}

/// A reason without the URL, whose path may hold a secret of the other side.
fn why(error: &reqwest::Error) -> &'static str {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.downcast_ref::<NotPublic>().is_some() {
            return NOT_PUBLIC;
        }
        // What an I/O error wraps is no source of it.
        let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if wrapped.is_some_and(|wrapped| wrapped.is::<rustls::Error>()) {
            return NOT_ACCEPTED;
        }
        source = cause.source();
    }
    if error.is_timeout() {
        "no answer within 15 seconds"
    } else if error.is_builder() {
        "the URL cannot be sent to"
    } else if error.is_connect() {
        "no connection could be made"
    } else {
        "the connection broke"
    }
}

#[cfg(test)]
mod tls_tests;

#[cfg(test)]
mod tests {
    use app::webhooks::AttemptOutcome;

    use super::{NOT_PUBLIC, PrivateAddresses, Sender, why};

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_after_resolution() {
        let sender = Sender::new(PrivateAddresses::Refused);
        let error = sender.client.post("https://localhost:9/").send().await.unwrap_err();
        assert_eq!(why(&error), NOT_PUBLIC);
        let error = sender.client.post("http://shop.example/").send().await.unwrap_err();
        assert_eq!(AttemptOutcome::Unanswered(why(&error)), AttemptOutcome::Unanswered("the URL cannot be sent to"));
    }
}
