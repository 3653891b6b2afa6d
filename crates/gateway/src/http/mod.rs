//! Routes and what HTTP adds: media types, statuses, sizes, statics. Handlers parse and hand on.

pub(crate) mod answer;
mod body;
mod documents;
mod graphiql;
mod graphql;
pub(crate) mod media;
mod over_socket;
mod peer;
mod persisted;

use std::{sync::Arc, time::Duration};

use app::App;
use poem::{
    Request, Response, Route, endpoint,
    error::ReadBodyError,
    http::{Method, StatusCode, header},
};

pub(crate) use answer::{BUSY_RETRY_AFTER, Charged};
pub(crate) use body::{GraphqlBody, StrictObject, read as read_graphql_body};
pub(crate) use graphql::{GraphqlDoor, bearer_token};
pub use peer::peer_of;

use crate::{
    GatewayOptions, events::EventsDoor, schema, socket::SocketDoor, transcriptions::TranscriptionsDoor,
    wechat_pay::WeChatPayDoor,
};

/// How long a body may take to arrive: a slow sender keeps a connection, not more.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Every route of this door, to be served at the root:
/// `/graphql`, `/graphql/ws`, `/schema.graphql`, `/v1/events`, `/v1/transcriptions`, `/v1/pay/wechat`, and outside production `/graphiql`.
pub fn routes(app: App, options: &GatewayOptions) -> Route {
    let sdl = schema::sdl();
    let schema_text = endpoint::make_sync(move |request: Request| {
        only_get(&request, || text(&sdl, "application/graphql; charset=utf-8"))
    });
    let door = Arc::new(GraphqlDoor::new(app.clone(), options));
    let routes = Route::new()
        .at("/graphql", Arc::clone(&door))
        .at("/graphql/ws", SocketDoor::new(door, options))
        .at("/schema.graphql", schema_text)
        .at("/v1/events", EventsDoor::new(app.clone(), options))
        .at("/v1/transcriptions", TranscriptionsDoor::new(app.clone(), options))
        .at("/v1/pay/wechat", WeChatPayDoor::new(app));
    if options.production { routes } else { graphiql::mount(routes) }
}

fn text(body: &str, content_type: &str) -> Response {
    Response::builder()
        .content_type(content_type)
        .header(header::CACHE_CONTROL, "no-cache")
        .header("x-content-type-options", "nosniff")
        .body(body.to_owned())
}

/// Answers `GET` and `HEAD`; anything else is 405.
fn only_get(request: &Request, answer: impl FnOnce() -> Response) -> Response {
    match *request.method() {
        Method::GET => answer(),
        Method::HEAD => {
            let mut response = answer();
            response.take_body();
            response
        }
        _ => Response::builder().status(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, "GET, HEAD").finish(),
    }
}

/// Why a body was not read.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It is longer than its limit.
    TooLarge,
    /// It broke off, or took longer than [`BODY_TIMEOUT`].
    Incomplete,
}

/// Reads a body whole, giving up as soon as it is known to be too long.
pub(crate) async fn read_body(request: &mut Request, limit: usize) -> Result<Vec<u8>, BodyError> {
    let announced = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge);
    }
    let read = tokio::time::timeout(BODY_TIMEOUT, request.take_body().into_bytes_limit(limit)).await;
    match read {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(ReadBodyError::PayloadTooLarge)) => Err(BodyError::TooLarge),
        Ok(Err(_)) | Err(_) => Err(BodyError::Incomplete),
    }
}

/// A fresh id for an answer that says something went wrong, to be found again in the log.
pub(crate) fn new_request_id(app: &App) -> String {
    let db = app.db();
    db.ids().next_id::<()>(db.clock().now()).uuid().to_string()
}

#[cfg(test)]
pub(crate) mod tests;
