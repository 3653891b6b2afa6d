//! What the operator's identity provider says of somebody: a signed JSON Web Token (RFC 7519), judged without I/O.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use kernel::{ExternalRef, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};

use super::key_set::KeySet;

/// The longest assertion looked at.
pub(super) const MAX_BYTES: usize = 8 * 1024;

/// The longest id of an assertion or of a key.
const MAX_ID_BYTES: usize = 200;

/// How far the provider's clock may be from ours.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// How long an assertion may be good: it is shown once and at once.
const MAX_LIFE: TimeDelta = TimeDelta::minutes(15);

/// The algorithms taken: no more, whatever a library could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// RSA PKCS #1 v1.5 with SHA-256.
    Rs256,
}

/// Whose assertions are taken, and for whom they must be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
}

/// An assertion that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assertion {
    /// Who: the operator's number of the person.
    pub(super) subject: ExternalRef,
    /// Its own id, good once.
    pub(super) id: String,
    /// From this instant on it is not taken any more, leeway included.
    pub(super) ends_at: Timestamp,
}

/// Why an assertion does not hold. Whoever shows it hears only that; the log hears why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum AssertionRefusal {
    #[error("longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("not three parts of Base64 with JSON in them")]
    Malformed,
    #[error("signed by an algorithm that is not taken")]
    Algorithm,
    #[error("demands an extension we do not know")]
    Critical,
    #[error("signed by a key that is not known")]
    UnknownKey,
    #[error("the signature is not right")]
    SignatureWrong,
    #[error("from another issuer")]
    Issuer,
    #[error("meant for another audience")]
    Audience,
    #[error("no longer good")]
    Expired,
    #[error("not good yet")]
    NotYet,
    #[error("good for more than {} minutes", MAX_LIFE.num_minutes())]
    LivesTooLong,
    #[error("of nobody the operator could mean")]
    Subject,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    nbf: Option<i64>,
    iat: i64,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The three parts of an assertion, its header read: nothing in it is believed yet.
pub(super) struct Unverified<'a> {
    signed: &'a str,
    claims: &'a str,
    signature: Vec<u8>,
    algorithm: Algorithm,
    /// The key it names.
    pub(super) kid: String,
}

/// Takes an assertion apart.
pub(super) fn read(text: &str) -> Result<Unverified<'_>, AssertionRefusal> {
    if text.len() > MAX_BYTES {
        return Err(AssertionRefusal::TooLong);
    }
    let (signed, signature) = text.rsplit_once('.').ok_or(AssertionRefusal::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(AssertionRefusal::Malformed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| AssertionRefusal::Malformed)?;
    let header: Header = json(header)?;
    let algorithm = match header.alg.as_str() {
        "EdDSA" => Algorithm::EdDsa,
        "RS256" => Algorithm::Rs256,
        _ => return Err(AssertionRefusal::Algorithm),
    };
    if header.crit.is_some() {
        return Err(AssertionRefusal::Critical);
    }
    if header.kid.is_empty() || header.kid.len() > MAX_ID_BYTES {
        return Err(AssertionRefusal::UnknownKey);
    }
    Ok(Unverified { signed, claims, signature, algorithm, kid: header.kid })
}

impl Unverified<'_> {
    /// Judges it: the signature first, then what it says.
    pub(super) fn verify(
        &self,
        keys: &KeySet,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<Assertion, AssertionRefusal> {
        if !keys.has(&self.kid) {
            return Err(AssertionRefusal::UnknownKey);
        }
        if !keys.verifies(&self.kid, self.algorithm, self.signed.as_bytes(), &self.signature) {
            return Err(AssertionRefusal::SignatureWrong);
        }
        let claims: Claims = json(self.claims)?;
        if claims.iss != expected.issuer {
            return Err(AssertionRefusal::Issuer);
        }
        let is_meant = match &claims.aud {
            Audience::One(audience) => audience == expected.audience,
            Audience::Several(audiences) => audiences.iter().any(|audience| audience == expected.audience),
        };
        if !is_meant {
            return Err(AssertionRefusal::Audience);
        }
        let ends_at = judge_times(&claims, now)?;
        if claims.jti.is_empty() || claims.jti.len() > MAX_ID_BYTES {
            return Err(AssertionRefusal::Malformed);
        }
        let subject = claims.sub.parse().map_err(|_| AssertionRefusal::Subject)?;
        Ok(Assertion { subject, id: claims.jti, ends_at })
    }
}

/// The instant from which on it is not taken any more.
fn judge_times(claims: &Claims, now: Timestamp) -> Result<Timestamp, AssertionRefusal> {
    let instant = |seconds: i64| {
        let millis = seconds.checked_mul(1_000).and_then(Timestamp::from_timestamp_millis);
        millis.filter(|at| (0..=9_999).contains(&chrono::Datelike::year(at))).ok_or(AssertionRefusal::Malformed)
    };
    let (issued_at, expires_at) = (instant(claims.iat)?, instant(claims.exp)?);
    let begins_at = claims.nbf.map(instant).transpose()?.unwrap_or(issued_at).max(issued_at);
    if begins_at > now + LEEWAY {
        return Err(AssertionRefusal::NotYet);
    }
    let ends_at = expires_at + LEEWAY;
    if now >= ends_at {
        return Err(AssertionRefusal::Expired);
    }
    if expires_at - issued_at > MAX_LIFE {
        return Err(AssertionRefusal::LivesTooLong);
    }
    Ok(ends_at)
}

fn json<T: DeserializeOwned>(part: &str) -> Result<T, AssertionRefusal> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| AssertionRefusal::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| AssertionRefusal::Malformed)
}

#[cfg(test)]
mod tests;
