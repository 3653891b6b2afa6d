//! `GET /graphql/ws`: subscriptions by the protocol graphql-transport-ws, on our own thin handler.
//!
//! The door here looks at the handshake; [`conversation`] is one open socket, [`protocol`] its messages, [`seats`] how many there
//! may be. Only subscriptions run here, and each passes the same guard as a query.

mod conversation;
mod protocol;
mod seats;

use std::sync::Arc;

use poem::{
    Endpoint, FromRequest, IntoResponse, Request, Response,
    http::{HeaderMap, Method, StatusCode, header},
    web::websocket::{WebSocket, WebSocketConfig},
};

use conversation::{Conversation, Origin, Pace};
use seats::NoSeat;
pub use seats::Sockets;

use crate::{
    GatewayOptions,
    http::{BUSY_RETRY_AFTER, GraphqlDoor},
    refusal::{ErrorCode, Refusal},
};

/// Longest message of a client, in bytes: a request's body and its envelope.
const MAX_MESSAGE_BYTES: usize = 65 * 1024;

/// Everything `/graphql/ws` needs, built once.
pub(crate) struct SocketDoor {
    door: Arc<GraphqlDoor>,
    sockets: Sockets,
    allowed_origins: Vec<String>,
    pace: Pace,
}

impl SocketDoor {
    pub(crate) fn new(door: Arc<GraphqlDoor>, options: &GatewayOptions) -> Self {
        let (sockets, allowed_origins) = (options.sockets.clone(), options.allowed_origins.clone());
        Self { door, sockets, allowed_origins, pace: Pace::default() }
    }

    async fn upgrade(&self, request: &Request) -> Result<Response, (StatusCode, Refusal)> {
        if request.method() != Method::GET {
            let refusal = Refusal::bad_input("METHOD_NOT_ALLOWED", "open a WebSocket here, with GET");
            return Err((StatusCode::METHOD_NOT_ALLOWED, refusal));
        }
        let handshake = WebSocket::from_request_without_body(request).await.ok().filter(|_| offers_protocol(request));
        let Some(handshake) = handshake else {
            let message = "open a WebSocket here with the sub-protocol graphql-transport-ws";
            return Err((StatusCode::BAD_REQUEST, Refusal::bad_input("NO_HANDSHAKE", message)));
        };
        if !self.is_origin_allowed(request.headers()) {
            let message = "the header Origin names another site, or is missing";
            let refusal = Refusal { reason: Some("ORIGIN_NOT_ALLOWED"), ..Refusal::new(ErrorCode::Forbidden, message) };
            return Err((StatusCode::FORBIDDEN, refusal));
        }
        let origin = Origin { network: self.door.network(request), locale: self.door.locale(request) };
        let seat = self.sockets.take(origin.network).map_err(no_seat)?;

        let (door, pace, stopping) = (Arc::clone(&self.door), self.pace, self.sockets.stopping());
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        let opened = handshake
            .config(config)
            .protocols([protocol::NAME])
            .on_upgrade(move |socket| Conversation::new(socket, door, seat, origin, pace, stopping).run());
        Ok(opened.into_response())
    }

    /// Browsers name the site whose page opens a socket; any may, unlike with a `POST`. Programs send the address they call.
    fn is_origin_allowed(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value: &poem::http::HeaderValue| value.to_str().ok());
        let Some(origin) = text(header::ORIGIN) else { return false };
        let is_own = origin
            .split_once("://")
            .is_some_and(|(scheme, host)| ["http", "https"].contains(&scheme) && Some(host) == text(header::HOST));
        is_own || self.allowed_origins.iter().any(|allowed| allowed == origin)
    }
}

impl Endpoint for SocketDoor {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(match self.upgrade(&request).await {
            Ok(response) => response,
            Err((status, refusal)) => self.door.refuse_handshake(status, &refusal),
        })
    }
}

fn offers_protocol(request: &Request) -> bool {
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|name| name.trim() == protocol::NAME)
}

fn no_seat(no_seat: NoSeat) -> (StatusCode, Refusal) {
    match no_seat {
        NoSeat::Full => {
            let message = "as many sockets are open as may be: try again";
            (StatusCode::SERVICE_UNAVAILABLE, Refusal::rate_limited("TOO_MANY_SOCKETS", message, BUSY_RETRY_AFTER))
        }
        NoSeat::TooManyOfNetwork => {
            let message = "too many sockets of this network on which nobody has signed in";
            (StatusCode::TOO_MANY_REQUESTS, Refusal::rate_limited("TOO_MANY_SOCKETS", message, BUSY_RETRY_AFTER))
        }
    }
}

#[cfg(test)]
mod tests;
