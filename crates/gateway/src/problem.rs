//! How the plain doors under `/v1` answer: JSON, and where nothing was done, a code, a message and a request id.

use std::time::Duration;

use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::Serialize;

use crate::http::BodyError;

/// A request of which nothing was done.
#[derive(Debug)]
pub(crate) struct TurnedAway {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    /// For the sender.
    pub(crate) message: String,
    /// For the log alone.
    pub(crate) why: Option<String>,
    /// When to come back, where that helps.
    pub(crate) retry_after: Option<Duration>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    code: &'static str,
    message: &'a str,
    request_id: &'a str,
}

impl TurnedAway {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), why: None, retry_after: None }
    }

    /// A body that was not read.
    pub(crate) fn by_body(error: &BodyError, limit: usize) -> Self {
        match error {
            BodyError::TooLarge => {
                let message = format!("the body is longer than {limit} bytes");
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", message)
            }
            BodyError::Incomplete => {
                let message = "the body did not arrive whole, or not in time";
                Self::new(StatusCode::BAD_REQUEST, "MALFORMED_BODY", message)
            }
        }
    }

    /// Anything but the one method of such a door.
    pub(crate) fn by_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "send a POST")
    }

    /// Says it to the log, then to the sender. `what` is what was asked for, such as "Order events".
    pub(crate) fn answer(&self, what: &str, request_id: &str) -> Response {
        let (code, why) = (self.code, self.why.as_deref().unwrap_or(&self.message));
        if self.status.is_server_error() {
            tracing::error!(request.id = request_id, "{what} of request {request_id} failed: {why}");
        } else {
            tracing::warn!(request.id = request_id, "{what} of request {request_id} refused, {code}: {why}");
        }
        let mut response = write(self.status, &Problem { code, message: &self.message, request_id });
        let headers = response.headers_mut();
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An answer in JSON that no cache keeps.
pub(crate) fn write(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("an answer has only texts");
    Response::builder()
        .status(status)
        .content_type("application/json; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header("x-content-type-options", "nosniff")
        .body(body)
}
