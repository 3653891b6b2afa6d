use poem::http::{HeaderMap, header};

/// A kind of recording that phones and browsers make and such services read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audio {
    Wav,
    Mp3,
    Mp4,
    Aac,
    Ogg,
    WebM,
    Flac,
    Amr,
}

/// What is said where a request has no recording that can be read.
pub(super) const TAKEN: &str =
    "send a recording as audio/wav, audio/mpeg, audio/mp4, audio/aac, audio/ogg, audio/webm, audio/flac or audio/amr";

impl Audio {
    /// By the `Content-Type` of a request, of which there must be one; parameters such as a codec are passed over.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::CONTENT_TYPE).iter();
        let value = values.next().filter(|_| headers.get_all(header::CONTENT_TYPE).iter().count() == 1)?;
        let essence = value.to_str().ok()?.split(';').next()?.trim().to_ascii_lowercase();
        match essence.as_str() {
            "audio/wav" | "audio/x-wav" | "audio/wave" => Some(Self::Wav),
            "audio/mpeg" | "audio/mp3" => Some(Self::Mp3),
            "audio/mp4" | "audio/m4a" | "audio/x-m4a" => Some(Self::Mp4),
            "audio/aac" => Some(Self::Aac),
            "audio/ogg" => Some(Self::Ogg),
            "audio/webm" => Some(Self::WebM),
            "audio/flac" | "audio/x-flac" => Some(Self::Flac),
            "audio/amr" => Some(Self::Amr),
            _ => None,
        }
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Mp4 => "audio/mp4",
            Self::Aac => "audio/aac",
            Self::Ogg => "audio/ogg",
            Self::WebM => "audio/webm",
            Self::Flac => "audio/flac",
            Self::Amr => "audio/amr",
        }
    }

    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
            Self::Mp4 => "m4a",
            Self::Aac => "aac",
            Self::Ogg => "ogg",
            Self::WebM => "webm",
            Self::Flac => "flac",
            Self::Amr => "amr",
        }
    }
}
