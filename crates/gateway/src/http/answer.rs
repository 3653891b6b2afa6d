//! What leaves: one answer per request, its errors in the closed set of codes, nothing internal in it.

use std::time::Duration;

use async_graphql::{PathSegment, Pos, Response as GraphqlResponse, ServerError, Value, parser::types::OperationType};
use kernel::{Fault, FaultKind};
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::Serialize;
use serde_json::value::RawValue;

use super::media::Media;
use crate::{
    CostBucket,
    refusal::{ErrorCode, Refusal},
    schema::Notes,
};

/// How long a caller waits before trying again when too much was waiting already.
pub(crate) const BUSY_RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long a caller waits before trying again when the disk was full: until somebody made room.
pub(crate) const STORAGE_FULL_RETRY_AFTER: Duration = Duration::from_secs(30);

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ErrorEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<AnswerExtensions>,
}

#[derive(Serialize)]
struct ErrorEntry<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "<[Pos]>::is_empty")]
    locations: &'a [Pos],
    #[serde(skip_serializing_if = "<[PathSegment]>::is_empty")]
    path: &'a [PathSegment],
    extensions: ErrorExtensions<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorExtensions<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
    request_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AnswerExtensions {
    cost: Cost,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    idempotent_replay: bool,
}

/// The price of a query, in the shape Shopify's clients know.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cost {
    requested_query_cost: u32,
    /// The same as requested: the price is known before anything runs and nothing is paid back.
    actual_query_cost: u32,
    throttle_status: ThrottleStatus,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ThrottleStatus {
    maximum_available: u32,
    currently_available: u32,
    restore_rate: u32,
}

/// What a query was charged and what is left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Charged {
    pub(super) cost: u32,
    pub(super) left: u32,
    pub(super) bucket: CostBucket,
}

impl From<Charged> for Cost {
    fn from(charged: Charged) -> Self {
        Self {
            requested_query_cost: charged.cost,
            actual_query_cost: charged.cost,
            throttle_status: ThrottleStatus {
                maximum_available: charged.bucket.maximum.get(),
                currently_available: charged.left,
                restore_rate: charged.bucket.restore_per_second.get(),
            },
        }
    }
}

/// The answer to a request that was executed, or that validation refused.
pub(super) fn executed(
    media: Media,
    operation: OperationType,
    response: &GraphqlResponse,
    charged: Charged,
    notes: &Notes,
    request_id: impl FnOnce() -> String,
) -> Response {
    // Errors without a path come from validation: nothing ran, and the answer has no data at all.
    let is_request_error = !response.errors.is_empty() && response.errors.iter().all(|error| error.path.is_empty());
    let request_id = if response.errors.is_empty() { String::new() } else { request_id() };
    let refusals = classify_all(operation, response, &request_id);
    let errors = entries(response, &refusals, &request_id);
    let answer = Answer {
        errors,
        data: (!is_request_error).then_some(&response.data),
        extensions: Some(AnswerExtensions { cost: charged.into(), idempotent_replay: notes.is_replay() }),
    };
    let status = match media {
        Media::GraphqlResponse if is_request_error => StatusCode::BAD_REQUEST,
        Media::GraphqlResponse | Media::Json => StatusCode::OK,
    };
    let mut answered = write(media, status, &answer);
    let waits = refusals.iter().filter_map(Refusal::retry_after_seconds).chain(notes.retry_after_seconds());
    tell_when_to_retry(&mut answered, waits.max());
    answered
}

fn classify_all(operation: OperationType, response: &GraphqlResponse, request_id: &str) -> Vec<Refusal> {
    response.errors.iter().map(|error| classify(operation, error, request_id)).collect()
}

fn entries<'a>(response: &'a GraphqlResponse, refusals: &'a [Refusal], request_id: &'a str) -> Vec<ErrorEntry<'a>> {
    let entry = |(error, refusal): (&'a ServerError, &'a Refusal)| ErrorEntry {
        message: &refusal.message,
        locations: &error.locations,
        path: &error.path,
        extensions: extensions_of(refusal, request_id),
    };
    response.errors.iter().zip(refusals).map(entry).collect()
}

/// One answer of a subscription.
pub(super) fn streamed(
    response: &GraphqlResponse,
    charged: Option<Charged>,
    request_id: impl FnOnce() -> String,
) -> Box<RawValue> {
    let request_id = if response.errors.is_empty() { String::new() } else { request_id() };
    let refusals = classify_all(OperationType::Subscription, response, &request_id);
    let extensions = charged.map(|charged| AnswerExtensions { cost: charged.into(), idempotent_replay: false });
    to_raw(&Answer { errors: entries(response, &refusals, &request_id), data: Some(&response.data), extensions })
}

/// Why a subscription did not begin, as the list of its errors.
pub(super) fn failed(response: &GraphqlResponse, request_id: &str) -> Box<RawValue> {
    let refusals = classify_all(OperationType::Subscription, response, request_id);
    to_raw(&entries(response, &refusals, request_id))
}

/// Why a subscription was turned away, as the list of its one error.
pub(super) fn refused_entry(refusal: &Refusal, request_id: &str) -> Box<RawValue> {
    metrics::counter!("hearth_graphql_refused_total", "code" => refusal.code.as_str()).increment(1);
    to_raw(&[entry_of(refusal, request_id)])
}

fn to_raw<T: Serialize>(value: &T) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("an answer has string keys and no floats that are not numbers")
}

fn entry_of<'a>(refusal: &'a Refusal, request_id: &'a str) -> ErrorEntry<'a> {
    ErrorEntry {
        message: &refusal.message,
        locations: &refusal.positions,
        path: &[],
        extensions: extensions_of(refusal, request_id),
    }
}

/// For clients and proxies that read headers and no bodies.
fn tell_when_to_retry(response: &mut Response, seconds: Option<u64>) {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// The answer to a request the door turned away.
pub(super) fn refused(media: Media, status: StatusCode, refusal: &Refusal, request_id: &str) -> Response {
    metrics::counter!("hearth_graphql_refused_total", "code" => refusal.code.as_str()).increment(1);
    let entry = entry_of(refusal, request_id);
    let mut response = write(media, status, &Answer { errors: vec![entry], data: None, extensions: None });
    tell_when_to_retry(&mut response, refusal.retry_after_seconds());
    response
}

fn extensions_of<'a>(refusal: &Refusal, request_id: &'a str) -> ErrorExtensions<'a> {
    ErrorExtensions {
        code: refusal.code.as_str(),
        reason: refusal.reason,
        retry_after_seconds: refusal.retry_after_seconds(),
        request_id,
    }
}

/// Finds out what an error is. A fault is told to the log, whole, and to the caller not at all.
fn classify(operation: OperationType, error: &ServerError, request_id: &str) -> Refusal {
    if let Some(refusal) = error.source::<Refusal>() {
        return refusal.clone();
    }
    if let Some(fault) = error.source::<Fault>() {
        tracing::error!(request.id = request_id, "Request {request_id} failed: {}", fault.chain());
        return match fault.kind() {
            kind if is_undone(operation, error.path.len()) => refusal_of(kind, operation),
            FaultKind::Busy | FaultKind::StorageFull | FaultKind::Contention | FaultKind::Broken => unknown_outcome(),
        };
    }
    // Everything else comes from the GraphQL library: validation, or an argument that does not fit its type.
    let reason = if error.path.is_empty() { "INVALID_DOCUMENT" } else { "INVALID_ARGUMENT" };
    Refusal::bad_input(reason, error.message.clone())
}

/// Whether a fault at this depth that did nothing means that nothing was done. Below a mutation's own field the act is committed
/// already and only reading it back failed: whoever then took a new key would act twice.
fn is_undone(operation: OperationType, depth: usize) -> bool {
    match operation {
        OperationType::Query | OperationType::Subscription => true,
        OperationType::Mutation => depth == 1,
    }
}

/// What is said of a fault, where what it failed at was the whole act.
pub(super) fn refusal_of(kind: FaultKind, operation: OperationType) -> Refusal {
    let (busy, full) = match operation {
        OperationType::Query | OperationType::Subscription => (
            "too much is waiting and nothing was done: try again",
            "there is no room left to write to and nothing was done: try again later",
        ),
        OperationType::Mutation => (
            "too much is waiting and nothing was done: try again, with the same idempotency key",
            "there is no room left to write to and nothing was done: try again later, with the same idempotency key",
        ),
    };
    match kind {
        FaultKind::Busy => Refusal::rate_limited("BUSY", busy, BUSY_RETRY_AFTER),
        FaultKind::StorageFull => {
            Refusal { retry_after: Some(STORAGE_FULL_RETRY_AFTER), ..Refusal::new(ErrorCode::StorageFull, full) }
        }
        FaultKind::Contention | FaultKind::Broken => unknown_outcome(),
    }
}

/// What is said when we do not know whether a mutation took place.
pub(super) fn unknown_outcome() -> Refusal {
    Refusal::new(
        ErrorCode::Internal,
        "something broke on our side; the outcome of a mutation is unknown: repeat it with the same idempotency key",
    )
}

fn write(media: Media, status: StatusCode, answer: &Answer<'_>) -> Response {
    let body = serde_json::to_vec(answer).expect("an answer has string keys and no floats that are not numbers");
    Response::builder()
        .status(status)
        .content_type(media.content_type())
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::VARY, "accept, accept-language, authorization")
        .header("x-content-type-options", "nosniff")
        .body(body)
}

#[cfg(test)]
mod tests {
    use async_graphql::{Error, PathSegment, Pos, ServerError, parser::types::OperationType};
    use kernel::{Fault, FaultKind};

    use super::{classify, unknown_outcome};
    use crate::refusal::ErrorCode;

    fn failed(kind: FaultKind, path: &[&str]) -> ServerError {
        let error = Error::from(Fault::new(kind, "begin a transaction")).into_server_error(Pos::default());
        let path = path.iter().map(|field| PathSegment::Field((*field).to_owned())).collect();
        ServerError { path, ..error }
    }

    #[test]
    fn says_that_nothing_was_done_only_where_that_is_so() {
        for (operation, path, code) in [
            (OperationType::Query, &["perks"][..], ErrorCode::RateLimited),
            (OperationType::Query, &["me", "household", "name"], ErrorCode::RateLimited),
            (OperationType::Mutation, &["redeemPerk"], ErrorCode::RateLimited),
            (OperationType::Mutation, &["redeemPerk", "posting"], ErrorCode::Internal),
            (OperationType::Mutation, &["redeemPerk", "grant", "perk"], ErrorCode::Internal),
            (OperationType::Mutation, &["redeemPerk", "household", "name"], ErrorCode::Internal),
        ] {
            let refusal = classify(operation, &failed(FaultKind::Busy, path), "7");
            assert_eq!(refusal.code, code, "{operation} {path:?}");
            assert_eq!(
                refusal.message.contains("nothing was done"),
                code == ErrorCode::RateLimited,
                "{operation} {path:?}"
            );
        }
        let below = classify(OperationType::Mutation, &failed(FaultKind::Busy, &["redeemPerk", "posting"]), "7");
        assert_eq!(below, unknown_outcome());
    }

    #[test]
    fn a_full_disk_is_named_where_nothing_was_done() {
        for (path, code) in
            [(&["redeemPerk"][..], ErrorCode::StorageFull), (&["redeemPerk", "posting"], ErrorCode::Internal)]
        {
            let refusal = classify(OperationType::Mutation, &failed(FaultKind::StorageFull, path), "7");
            assert_eq!(refusal.code, code, "{path:?}");
        }
    }

    #[test]
    fn a_refused_mutation_is_repeated_with_its_key() {
        let refusal = classify(OperationType::Mutation, &failed(FaultKind::Busy, &["redeemPerk"]), "7");
        assert_eq!((refusal.reason, refusal.retry_after_seconds()), (Some("BUSY"), Some(1)));
        assert!(refusal.message.ends_with("with the same idempotency key"), "{}", refusal.message);
    }
}
