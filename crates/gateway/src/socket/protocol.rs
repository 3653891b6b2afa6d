//! The messages of graphql-transport-ws, and the codes it closes with.

use async_graphql::Value;
use poem::web::websocket::CloseCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    http::{GraphqlBody, StrictObject, read_graphql_body},
    refusal::{ErrorCode, Refusal},
};

/// The sub-protocol's name in the handshake.
pub(super) const NAME: &str = "graphql-transport-ws";

/// Longest id of an operation, in bytes. Clients send small numbers or UUIDs; it comes back with every answer.
const MAX_ID_BYTES: usize = 64;

/// How a socket ends from our side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl End {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub(super) fn bad_message(why: &str) -> Self {
        // A reason has at most 123 bytes, and our own sentences are ASCII.
        Self::new(4400, format!("Invalid message: {}", why.get(..100).unwrap_or(why)))
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    pub(super) fn initialised_too_late() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    pub(super) fn subscriber_exists(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    pub(super) fn initialised_twice() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    pub(super) fn going_away() -> Self {
        Self::new(1001, "The server is stopping: connect again")
    }

    pub(super) fn too_large() -> Self {
        Self::new(1009, "A message is too large")
    }

    pub(super) fn silent() -> Self {
        Self::new(1008, "No answer to a ping")
    }

    pub(super) fn too_many_messages() -> Self {
        Self::new(1008, "Too many messages")
    }

    pub(super) fn broken() -> Self {
        Self::new(1011, "Something broke on our side: connect again")
    }

    pub(super) fn too_many_sockets() -> Self {
        Self::new(1013, "Too many sockets of this person: close another first")
    }

    pub(super) fn close_code(&self) -> CloseCode {
        self.code.into()
    }
}

/// What a client says.
#[derive(Debug)]
pub(super) enum Received {
    /// With the token, where one came along.
    Init {
        token: Option<String>,
    },
    Ping,
    Pong,
    /// Or what is wrong with the request, where the message itself is right.
    Subscribe {
        id: String,
        request: Result<GraphqlBody, Refusal>,
    },
    Complete {
        id: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

/// Reads a message.
///
/// # Errors
/// The [`End`] of the socket, for a text that is no message a client may send.
pub(super) fn read(text: &str) -> Result<Received, End> {
    let envelope: Envelope<'_> =
        serde_json::from_str(text).map_err(|_| End::bad_message("not one of this protocol"))?;
    let payload = envelope.payload;
    match envelope.kind.as_str() {
        "connection_init" => Ok(Received::Init { token: read_token(payload)? }),
        "ping" => read_object(payload).map(|_| Received::Ping),
        "pong" => read_object(payload).map(|_| Received::Pong),
        "complete" => Ok(Received::Complete { id: read_id(envelope.id)? }),
        "subscribe" => {
            let id = read_id(envelope.id)?;
            let payload = payload.ok_or_else(|| End::bad_message("a subscribe has a payload"))?;
            match read_graphql_body(payload.get().as_bytes()) {
                Err(refusal) if refusal.code == ErrorCode::BadUserInput => {
                    Err(End::bad_message("the payload is no GraphQL request"))
                }
                request => Ok(Received::Subscribe { id, request }),
            }
        }
        _ => Err(End::bad_message("not a type that clients send")),
    }
}

fn read_id(id: Option<String>) -> Result<String, End> {
    id.filter(|id| (1..=MAX_ID_BYTES).contains(&id.len()))
        .ok_or_else(|| End::bad_message("an operation's id has 1 to 64 bytes"))
}

fn read_object(payload: Option<&RawValue>) -> Result<Option<StrictObject>, End> {
    let object = payload.map(|payload| serde_json::from_str(payload.get())).transpose();
    object.map_err(|_| End::bad_message("a payload is an object"))
}

/// `{"authorization": "Bearer …"}`, as the header is written; other entries are for other servers.
fn read_token(payload: Option<&RawValue>) -> Result<Option<String>, End> {
    let Some(payload) = read_object(payload)? else { return Ok(None) };
    let mut entries = payload.into_entries().filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let token = match entries.next() {
        Some((_, Value::String(text))) => text
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned()),
        _ => None,
    };
    Ok(token)
}

/// What we say. Payloads are JSON texts already.
#[derive(Serialize)]
pub(super) struct Sent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Box<RawValue>>,
}

impl<'a> Sent<'a> {
    pub(super) fn plain(kind: &'static str) -> Self {
        Self { kind, id: None, payload: None }
    }

    pub(super) fn complete(id: &'a str) -> Self {
        Self { id: Some(id), ..Self::plain("complete") }
    }

    pub(super) fn next(id: &'a str, answer: Box<RawValue>) -> Self {
        Self { kind: "next", id: Some(id), payload: Some(answer) }
    }

    pub(super) fn error(id: &'a str, errors: Box<RawValue>) -> Self {
        Self { kind: "error", id: Some(id), payload: Some(errors) }
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a message has string keys")
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Received, read};

    fn code(text: &str) -> Option<u16> {
        read(text).err().map(|end| end.code)
    }

    #[test]
    fn reads_what_clients_send() {
        assert!(matches!(read(r#"{"type":"connection_init"}"#), Ok(Received::Init { token: None })));
        assert!(matches!(read(r#"{"type":"connection_init","payload":null}"#), Ok(Received::Init { token: None })));
        let with_token = r#"{"type":"connection_init","payload":{"x":1,"Authorization":"bearer abc"}}"#;
        assert!(matches!(read(with_token), Ok(Received::Init { token: Some(token) }) if token == "abc"));
        assert!(matches!(read(r#"{"type":"ping","payload":{}}"#), Ok(Received::Ping)));
        assert!(matches!(read(r#"{"type":"pong"}"#), Ok(Received::Pong)));
        assert!(matches!(read(r#"{"type":"complete","id":"1"}"#), Ok(Received::Complete { id }) if id == "1"));
        let subscribe = r#"{"id":"1","type":"subscribe","payload":{"query":"subscription{a}","extensions":null}}"#;
        assert!(matches!(read(subscribe), Ok(Received::Subscribe { request: Ok(_), .. })));
        let hashed = r#"{"id":"1","type":"subscribe","payload":{"extensions":{"persistedQuery":{}}}}"#;
        assert!(matches!(read(hashed), Ok(Received::Subscribe { request: Err(_), .. })));
    }

    #[test]
    fn everything_else_is_a_bad_message() {
        let long_id = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(65));
        for text in [
            "",
            "ping",
            "null",
            "[]",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"nonsense"}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
            r#"{"type":"ping","type":"ping"}"#,
            r#"{"type":"ping","extra":1}"#,
            r#"{"type":"ping","payload":"text"}"#,
            r#"{"type":"connection_init","payload":[]}"#,
            r#"{"type":"connection_init","payload":{"a":1,"a":2}}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"complete","id":""}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":[{"query":"{a}"}]}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":"x"}}"#,
            long_id.as_str(),
        ] {
            assert_eq!(code(text), Some(4400), "{text}");
        }
    }

    #[test]
    fn every_reason_fits_a_close_frame() {
        assert!(End::bad_message(&"x".repeat(300)).reason.len() <= 123);
        assert!(End::subscriber_exists(&"x".repeat(64)).reason.len() <= 123);
        assert!(End::too_many_sockets().reason.len() <= 123);
    }
}
