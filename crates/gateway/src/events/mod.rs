//! `POST /v1/events`: what the operator's order system tells us. `EVENTS.md` is its document.

mod body;
mod object;
mod record;
mod signature;

use std::{future::Future, time::Duration};

use app::App;
use kernel::{Fault, FaultKind};
use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode},
};
use serde::Serialize;

use crate::{
    GatewayOptions,
    http::{answer, media, new_request_id, read_body},
    problem::{TurnedAway, write},
};
use record::Outcome;
use signature::Verifier;

/// Longest body, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How long the events of one request may take. Longer means a stuck database; those recorded by then come back as duplicates.
const RECORD_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a sender waits before it tells again what may have been recorded.
const RETRY_AFTER: Duration = Duration::from_secs(5);

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

impl Endpoint for EventsDoor {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(match self.take(request).await {
            Ok(results) => write(StatusCode::OK, &results),
            Err(away) => away.answer("Order events", &new_request_id(&self.app)),
        })
    }
}

impl EventsDoor {
    pub(crate) fn new(app: App, options: &GatewayOptions) -> Self {
        Self { app, verifier: Verifier::new(&options.event_keys) }
    }

    async fn take(&self, mut request: Request) -> Result<Results, TurnedAway> {
        if request.method() != Method::POST {
            return Err(TurnedAway::by_method());
        }
        if !media::is_plain_json(request.headers()) {
            let message = "send application/json in UTF-8, not packed";
            return Err(TurnedAway::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message));
        }
        let raw = read_body(&mut request, MAX_BODY_BYTES).await;
        let raw = raw.map_err(|error| TurnedAway::by_body(&error, MAX_BODY_BYTES))?;
        let now = self.app.db().clock().now();
        let issued = self.app.event_keys().await;
        let issued = issued.map_err(|fault| by_fault(fault.kind(), fault.chain()))?;
        self.verifier.and(&issued).verify(request.headers(), &raw, now).map_err(|untrusted| {
            let message = "the signature, its timestamp or its headers are not right";
            let why = Some(untrusted.to_string());
            TurnedAway { why, ..TurnedAway::new(StatusCode::UNAUTHORIZED, "BAD_SIGNATURE", message) }
        })?;
        let told = body::read(&raw, now)
            .map_err(|refusal| TurnedAway::new(StatusCode::BAD_REQUEST, "MALFORMED_BODY", refusal.to_string()))?;
        let results = within_limit(record::record(&self.app, told)).await?;
        Ok(Results { results })
    }
}

/// Nothing was acknowledged, so the sender tells all of it again; what was committed is then a duplicate.
fn by_fault(kind: FaultKind, why: String) -> TurnedAway {
    let (code, retry_after) = match kind {
        FaultKind::Busy => ("BUSY", answer::BUSY_RETRY_AFTER),
        FaultKind::StorageFull => ("STORAGE_FULL", answer::STORAGE_FULL_RETRY_AFTER),
        FaultKind::Contention | FaultKind::Broken => ("TRY_AGAIN", RETRY_AFTER),
    };
    let away = TurnedAway::new(StatusCode::SERVICE_UNAVAILABLE, code, "send the same request again later");
    TurnedAway { why: Some(why), retry_after: Some(retry_after), ..away }
}

/// Lets recording end, for a bounded time: dropped, the event it was at rolls back.
async fn within_limit(
    recording: impl Future<Output = Result<Vec<Outcome>, Fault>>,
) -> Result<Vec<Outcome>, TurnedAway> {
    match tokio::time::timeout(RECORD_TIMEOUT, recording).await {
        Ok(recorded) => recorded.map_err(|fault| by_fault(fault.kind(), fault.chain())),
        Err(_) => Err(by_fault(FaultKind::Broken, "took too long and was dropped".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::{Fault, FaultKind};
    use poem::http::StatusCode;

    use super::within_limit;
    use crate::problem::TurnedAway;

    #[tokio::test(start_paused = true)]
    async fn a_recording_that_never_ends_is_dropped_and_told_again() {
        let begun = tokio::time::Instant::now();
        let away = within_limit(std::future::pending()).await.unwrap_err();

        assert_eq!((away.status, away.code), (StatusCode::SERVICE_UNAVAILABLE, "TRY_AGAIN"));
        assert_eq!(begun.elapsed(), Duration::from_secs(20));
    }

    #[tokio::test]
    async fn a_fault_is_named_by_what_the_sender_can_do() {
        for (kind, code, seconds) in [
            (FaultKind::Busy, "BUSY", 1),
            (FaultKind::StorageFull, "STORAGE_FULL", 30),
            (FaultKind::Contention, "TRY_AGAIN", 5),
            (FaultKind::Broken, "TRY_AGAIN", 5),
        ] {
            let away: TurnedAway = within_limit(async { Err(Fault::new(kind, "write")) }).await.unwrap_err();
            assert_eq!((away.code, away.retry_after), (code, Some(Duration::from_secs(seconds))));
        }
    }
}
