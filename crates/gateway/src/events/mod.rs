//! `POST /v1/events`: what the operator's order system tells us. `EVENTS.md` is its document.

mod body;
mod object;
mod record;
mod signature;

use app::App;
use poem::{
    Endpoint, Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
};
use serde::Serialize;

use crate::{
    GatewayOptions,
    http::{BodyError, media, new_request_id, read_body},
};
use record::Outcome;
use signature::Verifier;

/// Longest body, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The endpoint.
pub(crate) struct EventsDoor {
    app: App,
    verifier: Verifier,
}

/// What became of each event, in the order they came.
#[derive(Serialize)]
struct Results {
    results: Vec<Outcome>,
}

/// Why nothing of a request was looked at.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    code: &'static str,
    message: &'a str,
    request_id: String,
}

struct TurnedAway {
    status: StatusCode,
    code: &'static str,
    /// For the sender.
    message: String,
    /// For the log alone.
    why: Option<String>,
}

impl TurnedAway {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), why: None }
    }
}

impl Endpoint for EventsDoor {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(match self.take(request).await {
            Ok(results) => write(StatusCode::OK, &results),
            Err(away) => self.turn_away(&away),
        })
    }
}

impl EventsDoor {
    pub(crate) fn new(app: App, options: &GatewayOptions) -> Self {
        if options.event_keys.is_empty() {
            tracing::warn!("No event key is configured: every order event will be refused");
        }
        Self { app, verifier: Verifier::new(&options.event_keys) }
    }

    async fn take(&self, mut request: Request) -> Result<Results, TurnedAway> {
        if request.method() != Method::POST {
            return Err(TurnedAway::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "send a POST"));
        }
        if !media::is_plain_json(request.headers()) {
            let message = "send application/json in UTF-8, not packed";
            return Err(TurnedAway::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message));
        }
        let raw = read_body(&mut request, MAX_BODY_BYTES).await.map_err(|error| match error {
            BodyError::TooLarge => {
                let message = format!("the body is longer than {MAX_BODY_BYTES} bytes");
                TurnedAway::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", message)
            }
            BodyError::Incomplete => {
                let message = "the body did not arrive whole, or not in time";
                TurnedAway::new(StatusCode::BAD_REQUEST, "MALFORMED_BODY", message)
            }
        })?;
        let now = self.app.db().clock().now();
        self.verifier.verify(request.headers(), &raw, now).map_err(|untrusted| {
            let message = "the signature, its timestamp or its headers are not right";
            let why = Some(untrusted.to_string());
            TurnedAway { why, ..TurnedAway::new(StatusCode::UNAUTHORIZED, "BAD_SIGNATURE", message) }
        })?;
        let told = body::read(&raw, now)
            .map_err(|refusal| TurnedAway::new(StatusCode::BAD_REQUEST, "MALFORMED_BODY", refusal.to_string()))?;
        let results = record::record(&self.app, told).await.map_err(|fault| {
            // Nothing was acknowledged, so the sender tells all of it again; what was committed is then a duplicate.
            let message = "send the same request again later";
            let why = Some(fault.chain());
            TurnedAway { why, ..TurnedAway::new(StatusCode::SERVICE_UNAVAILABLE, "TRY_AGAIN", message) }
        })?;
        Ok(Results { results })
    }

    fn turn_away(&self, away: &TurnedAway) -> Response {
        let request_id = new_request_id(&self.app);
        let (code, why) = (away.code, away.why.as_deref().unwrap_or(&away.message));
        if away.status.is_server_error() {
            tracing::error!(request.id = request_id, "Order events of request {request_id} failed: {why}");
        } else {
            tracing::warn!(request.id = request_id, "Order events of request {request_id} refused, {code}: {why}");
        }
        let mut response = write(away.status, &Problem { code: away.code, message: &away.message, request_id });
        if away.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        if away.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

fn write(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("an answer has only texts");
    Response::builder()
        .status(status)
        .content_type("application/json; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header("x-content-type-options", "nosniff")
        .body(body)
}
