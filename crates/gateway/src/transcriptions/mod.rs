//! `POST /v1/transcriptions`: a member's recording, written down by the service the operator names, for phones that cannot do it
//! themselves. What comes back goes into `draftOrderFromSpeech`. The recording passes through: it is not kept, and not logged.

mod audio;
mod service;

use std::num::NonZeroU32;

use app::{App, Bearer, Principal};
use governor::{Quota, clock::DefaultClock};
use kernel::{Id, kinds};
use poem::{
    Endpoint, Request, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};
use serde::Serialize;

use self::{
    audio::{Audio, TAKEN},
    service::Service,
};
use crate::{
    GatewayOptions,
    http::{answer, bearer_token, new_request_id, read_body},
    limits::Buckets,
    problem::{TurnedAway, write},
};

pub use service::TranscriptionOptions;

/// Longest recording, in bytes: two minutes as phones record speech, ten seconds as a WAV file of a studio.
const MAX_RECORDING_BYTES: usize = 2 * 1024 * 1024;

/// Recordings of one person a minute.
const RECORDINGS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");

/// The endpoint.
pub(crate) struct TranscriptionsDoor {
    app: App,
    service: Option<Service>,
    taken: Buckets<Id<kinds::Person>>,
}

/// What was heard. Empty where nothing was said.
#[derive(Serialize)]
struct Transcription {
    transcript: String,
}

impl Endpoint for TranscriptionsDoor {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(match self.take(request).await {
            Ok(transcription) => write(StatusCode::OK, &transcription),
            Err(away) => {
                let mut response = away.answer("The recording", &new_request_id(&self.app));
                if away.status == StatusCode::UNAUTHORIZED {
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                }
                response
            }
        })
    }
}

impl TranscriptionsDoor {
    pub(crate) fn new(app: App, options: &GatewayOptions) -> Self {
        let quota = Quota::per_minute(RECORDINGS_PER_MINUTE);
        let service = options.transcription.clone().map(Service::new);
        Self { app, service, taken: Buckets::new(quota, &DefaultClock::default()) }
    }

    async fn take(&self, mut request: Request) -> Result<Transcription, TurnedAway> {
        if request.method() != Method::POST {
            return Err(TurnedAway::by_method());
        }
        let member = self.member(request.headers()).await?;
        let Some(service) = &self.service else {
            let message = "no transcription service is set up here: recognise speech on the phone, and send the words";
            return Err(TurnedAway::new(StatusCode::NOT_FOUND, "TRANSCRIPTION_OFF", message));
        };
        let audio = Audio::of(request.headers())
            .ok_or_else(|| TurnedAway::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", TAKEN))?;
        self.taken.take(&member.person, NonZeroU32::MIN).map_err(|exhausted| {
            let message = "too many recordings in a minute";
            let away = TurnedAway::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
            TurnedAway { retry_after: Some(exhausted.retry_after), ..away }
        })?;
        let recording = read_body(&mut request, MAX_RECORDING_BYTES).await;
        let recording = recording.map_err(|error| TurnedAway::by_body(&error, MAX_RECORDING_BYTES))?;
        if recording.is_empty() {
            return Err(TurnedAway::new(StatusCode::BAD_REQUEST, "EMPTY_RECORDING", "the recording is empty"));
        }
        let transcript = service.write_down(audio, recording).await.map_err(|fault| {
            let message = "speech cannot be written down at the moment: try again, or send the words";
            let away = TurnedAway::new(StatusCode::SERVICE_UNAVAILABLE, "TRANSCRIPTION_UNAVAILABLE", message);
            TurnedAway { why: Some(fault.chain()), retry_after: Some(answer::STORAGE_FULL_RETRY_AFTER), ..away }
        })?;
        Ok(Transcription { transcript })
    }

    /// Who speaks: somebody with a household to order for. A service that costs money is nobody else's.
    async fn member(&self, headers: &HeaderMap) -> Result<Principal, TurnedAway> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let token = values.next().filter(|_| values.next().is_none()).and_then(bearer_token);
        let bearer = match token {
            Some(token) => self.app.authenticate_bearer(token).await.map_err(|fault| {
                let away =
                    TurnedAway::new(StatusCode::SERVICE_UNAVAILABLE, "TRY_AGAIN", "send the same request again later");
                TurnedAway { why: Some(fault.chain()), retry_after: Some(answer::BUSY_RETRY_AFTER), ..away }
            })?,
            None => None,
        };
        match bearer {
            Some(Bearer::Member(member)) if member.household.is_some() => Ok(member),
            Some(_) => {
                let message = "only a member of a household orders by voice";
                Err(TurnedAway::new(StatusCode::FORBIDDEN, "FORBIDDEN", message))
            }
            None => {
                let message = "sign in, and send the token as Authorization: Bearer";
                Err(TurnedAway::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message))
            }
        }
    }
}
