use std::{fmt, str::FromStr};

/// Where messages go: an absolute `https` URL, or `http` where private addresses are allowed, without user, password and fragment.
///
/// What address its host has is not asked here but whenever a message is sent, because it may be another one by then.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(String);

/// Why a text is no URL for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWebhookUrl {
    /// More than [`WebhookUrl::MAX_BYTES`].
    #[error("is longer than {} characters", WebhookUrl::MAX_BYTES)]
    TooLong,
    /// Not `https://…`.
    #[error("must begin with https://")]
    NotHttps,
    /// Without a host, or with what has no place in it.
    #[error("must name a host, and hold no user, password, fragment, space or control character")]
    Malformed,
}

impl WebhookUrl {
    /// The longest one taken.
    pub const MAX_BYTES: usize = 2_000;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it goes without encryption: only a deployment that allows private addresses sends there.
    #[must_use]
    pub fn is_in_the_clear(&self) -> bool {
        self.0.starts_with("http://")
    }
}

impl FromStr for WebhookUrl {
    type Err = InvalidWebhookUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidWebhookUrl::TooLong);
        }
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let rest = rest.ok_or(InvalidWebhookUrl::NotHttps)?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, port)| if port.parse::<u16>().is_ok() { host } else { authority });
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\');
        if !is_plain || host.is_empty() || authority.contains('@') {
            return Err(InvalidWebhookUrl::Malformed);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for WebhookUrl {
    /// A path may hold a secret of the other side.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidWebhookUrl, WebhookUrl};

    #[test]
    fn takes_absolute_urls_without_credentials() {
        for text in [
            "https://shop.example/hooks",
            "https://shop.example:8443",
            "https://[2001:db8::1]:443/x?y=z",
            "http://127.0.0.1:9/",
        ] {
            assert!(text.parse::<WebhookUrl>().is_ok(), "{text}");
        }
        for (text, why) in [
            ("ftp://shop.example", InvalidWebhookUrl::NotHttps),
            ("/hooks", InvalidWebhookUrl::NotHttps),
            ("javascript:alert(1)", InvalidWebhookUrl::NotHttps),
            ("https://", InvalidWebhookUrl::Malformed),
            ("https://:443/", InvalidWebhookUrl::Malformed),
            ("https://user:pass@shop.example/", InvalidWebhookUrl::Malformed),
            ("https://shop.example/#top", InvalidWebhookUrl::Malformed),
            ("https://shop.example/a b", InvalidWebhookUrl::Malformed),
            ("https://shop.example/\r\nX: y", InvalidWebhookUrl::Malformed),
            ("https://商店.example/", InvalidWebhookUrl::Malformed),
        ] {
            assert_eq!(text.parse::<WebhookUrl>(), Err(why), "{text}");
        }
        assert_eq!(
            format!("https://x.example/{}", "a".repeat(2_000)).parse::<WebhookUrl>(),
            Err(InvalidWebhookUrl::TooLong)
        );
    }
}
