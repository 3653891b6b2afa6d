use std::{fmt, time::Duration};

use kernel::{Fault, FaultKind};
use reqwest::{
    Client,
    header::AUTHORIZATION,
    multipart::{Form, Part},
};
use serde::Deserialize;

use super::audio::Audio;
use crate::tls::{client_of_one, read_whole};

/// How long the service may take over one recording.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The longest answer read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// A service that writes recordings down, by the interface of `OpenAI`'s `/v1/audio/transcriptions`, which many others speak.
#[derive(Clone, PartialEq, Eq)]
pub struct TranscriptionOptions {
    /// Where it is: the whole address, such as `https://speech.example/v1/audio/transcriptions`.
    pub url: String,
    /// The key it knows us by; none for one of our own that asks for none.
    pub key: Option<String>,
    /// Which of its models listens, such as `whisper-1`.
    pub model: String,
}

impl fmt::Debug for TranscriptionOptions {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TranscriptionOptions({}, {}, …)", self.url, self.model)
    }
}

/// The service.
#[derive(Debug)]
pub(super) struct Service {
    options: TranscriptionOptions,
    client: Client,
}

/// Its answer, as far as we read it.
#[derive(Deserialize)]
struct Answer {
    text: String,
}

impl Service {
    pub(super) fn new(options: TranscriptionOptions) -> Self {
        Self { client: client_of_one(TIMEOUT), options }
    }

    /// What was said in a recording, as the service heard it.
    ///
    /// # Errors
    /// A [`Fault`] when it does not answer in time, or with anything but a transcript. It names neither the recording nor the answer.
    pub(super) async fn write_down(&self, audio: Audio, recording: Vec<u8>) -> Result<String, Fault> {
        let broken = |error| Fault::because(FaultKind::Broken, "ask the transcription service", error);
        // The name's ending is what such services tell the kind of a recording by.
        let file = Part::bytes(recording).file_name(format!("recording.{}", audio.ending()));
        let file = file.mime_str(audio.media_type()).map_err(broken)?;
        let form = Form::new()
            .part("file", file)
            .text("model", self.options.model.clone())
            .text("language", "zh")
            .text("response_format", "json");
        let mut asked = self.client.post(&self.options.url).multipart(form);
        if let Some(key) = &self.options.key {
            asked = asked.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        let response = asked.send().await.and_then(reqwest::Response::error_for_status).map_err(broken)?;
        let text = read_whole(response, MAX_ANSWER_BYTES).await;
        let text = text.map_err(|error| Fault::because(FaultKind::Broken, "read the transcription service", error))?;
        let answer: Answer = serde_json::from_slice(&text)
            .map_err(|_| Fault::new(FaultKind::Broken, "the transcription service answered with no transcript"))?;
        Ok(answer.text.trim().to_owned())
    }
}
