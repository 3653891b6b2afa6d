//! Which media type a request is in and which its answer may be in.

use poem::http::{HeaderMap, header};

/// The two media types an answer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status says whether the request was well-formed and valid.
    GraphqlResponse,
    /// `application/json`, which old clients expect with status 200 for everything that reached GraphQL.
    Json,
}

impl Media {
    /// The value of `Content-Type`.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The best both sides speak; `None` when there is nothing. Among equals the one named first wins.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut ranges = Vec::new();
        for value in headers.get_all(header::ACCEPT) {
            ranges.extend(value.to_str().ok()?.split(',').map(str::trim).filter(|range| !range.is_empty()));
        }
        if ranges.is_empty() {
            return Some(Self::Json);
        }
        let mut best: Option<(Self, u16)> = None;
        for range in ranges {
            if let Some((media, weight)) = read_range(range)
                && weight > best.map_or(0, |(_, heaviest)| heaviest)
            {
                best = Some((media, weight));
            }
        }
        best.map(|(media, _)| media)
    }
}

/// One range of an `Accept` header with its weight in thousandths; `None` when it is for nothing we speak.
fn read_range(range: &str) -> Option<(Media, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let media = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/graphql-response+json" => Media::GraphqlResponse,
        "application/json" | "application/*" | "*/*" => Media::Json,
        _ => return None,
    };
    let mut weight = 1_000;
    for parameter in parts {
        let (name, value) = parameter.split_once('=')?;
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => weight = read_weight(value.trim())?,
            "charset" if !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some((media, weight))
}

/// `0`, `1`, `0.5`, `0.125`, as RFC 9110 writes weights.
fn read_weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = if is_digits { format!("{fraction:0<3}").parse().ok()? } else { return None };
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1_000),
        _ => None,
    }
}

fn is_utf8(charset: &str) -> bool {
    charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
}

/// Whether the body is JSON in UTF-8 and not packed: what a bomb unpacks to cannot be known before it has.
pub(crate) fn is_plain_json(headers: &HeaderMap) -> bool {
    let is_identity = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(content_type), None) = (types.next(), types.next()) else { return false };
    let Ok(content_type) = content_type.to_str() else { return false };
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_ours = parts.filter(|parameter| !parameter.is_empty()).all(|parameter| {
        parameter
            .split_once('=')
            .is_some_and(|(name, value)| !name.trim().eq_ignore_ascii_case("charset") || is_utf8(value))
    });
    is_identity && is_json && is_ours
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderMap, HeaderName, HeaderValue, header};

    use super::{Media, is_plain_json};

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn answers_in_the_best_type_both_speak() {
        for (accept, media) in [
            ("application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json; charset=utf-8, application/json", Some(Media::GraphqlResponse)),
            ("application/json, application/graphql-response+json", Some(Media::Json)),
            ("application/json;q=0.5, application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json;q=0, */*;q=0.1", Some(Media::Json)),
            ("*/*", Some(Media::Json)),
            ("application/*", Some(Media::Json)),
            ("", Some(Media::Json)),
            ("text/html, application/json;q=0.9", Some(Media::Json)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("application/json; charset=iso-8859-1", None),
            ("application/json;q=nonsense", None),
            ("application/graphql+json", None),
        ] {
            assert_eq!(Media::accepted(&with(header::ACCEPT, accept)), media, "{accept}");
        }
        assert_eq!(Media::accepted(&HeaderMap::new()), Some(Media::Json));
    }

    #[test]
    fn takes_json_in_utf8_only() {
        for (content_type, is_taken) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json;", true),
            ("application/json; charset=gbk", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
            ("application/graphql", false),
        ] {
            assert_eq!(is_plain_json(&with(header::CONTENT_TYPE, content_type)), is_taken, "{content_type}");
        }
        assert!(!is_plain_json(&HeaderMap::new()));
        let mut packed = with(header::CONTENT_TYPE, "application/json");
        packed.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(!is_plain_json(&packed));
    }
}
