use std::{fmt, net::IpAddr, num::NonZeroU32};

use crate::{IdentityOptions, PrivateAddresses, Sockets, TranscriptionOptions};

/// What the operator decides about this door.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// Keys the order system may sign with; several while one replaces another. With none, every event is refused.
    pub event_keys: Vec<EventKey>,
    /// Whether strangers are kept from introspection, suggestions and GraphiQL.
    pub production: bool,
    /// How much a caller may spend on queries.
    pub cost_bucket: CostBucket,
    /// How often a network may ask for a sign-in code or try one, a minute.
    pub sign_in_attempts_per_minute: NonZeroU32,
    /// How often a network may try the secret of an invitation's link, an hour.
    pub invitation_attempts_per_hour: NonZeroU32,
    /// Reverse proxies whose `X-Forwarded-For` is believed. Nobody else's is: anyone can send the header.
    pub trusted_proxies: Vec<IpAddr>,
    /// By whose assertions people may sign in, beside mailed codes.
    pub identity: Option<IdentityOptions>,
    /// Who writes recordings down; with none, none is taken.
    pub transcription: Option<TranscriptionOptions>,
    /// Sites whose pages may open a socket besides our own, each as browsers write an `Origin`: `https://shop.example`.
    pub allowed_origins: Vec<String>,
    /// Whether admins may add webhooks at addresses that are not public.
    pub private_addresses: PrivateAddresses,
    /// The open sockets; keep a clone to close them when stopping.
    pub sockets: Sockets,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            event_keys: Vec::new(),
            production: false,
            cost_bucket: CostBucket::default(),
            sign_in_attempts_per_minute: NonZeroU32::new(20).expect("twenty is not zero"),
            invitation_attempts_per_hour: NonZeroU32::new(10).expect("ten is not zero"),
            trusted_proxies: Vec::new(),
            identity: None,
            transcription: None,
            allowed_origins: Vec::new(),
            private_addresses: PrivateAddresses::Refused,
            sockets: Sockets::default(),
        }
    }
}

/// A bucket of query cost per caller: it holds `maximum` and refills by `restore_per_second`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostBucket {
    /// What a caller who waited may spend at once. Never less than the highest cost of one query.
    pub maximum: NonZeroU32,
    /// What comes back each second.
    pub restore_per_second: NonZeroU32,
}

impl Default for CostBucket {
    fn default() -> Self {
        Self {
            maximum: NonZeroU32::new(4_000).expect("four thousand is not zero"),
            restore_per_second: NonZeroU32::new(200).expect("two hundred is not zero"),
        }
    }
}

/// A symmetric key of Standard Webhooks: `whsec_` and the Base64 of 24 to 64 random bytes.
#[derive(Clone)]
pub struct EventKey(String);

/// A text is not an event key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event key is whsec_ and the Base64 of 24 to 64 bytes")]
pub struct EventKeyError;

impl std::str::FromStr for EventKey {
    type Err = EventKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("whsec_").ok_or(EventKeyError)?;
        // Four digits carry three bytes; 24 to 64 bytes are what the Standard Webhooks specification asks for.
        let is_long_enough = (32..=88).contains(&digits.len());
        let is_base64 = standardwebhooks::Webhook::new(text).is_ok();
        if is_long_enough && is_base64 { Ok(Self(text.to_owned())) } else { Err(EventKeyError) }
    }
}

impl EventKey {
    /// The key in its text form.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::EventKey;

    #[test]
    fn takes_keys_as_standard_webhooks_writes_them() {
        assert!("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".parse::<EventKey>().is_ok());
        for text in [
            "",
            "whsec_",
            "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "whsec_c2hvcnQ=",
            "whsec_!!FVsBQIhrscChlQIMV+b5sSYspob7oD",
        ] {
            assert!(text.parse::<EventKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn prints_no_secret() {
        let key: EventKey = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".parse().unwrap();
        assert_eq!(format!("{key:?}"), "EventKey(…)");
    }
}
