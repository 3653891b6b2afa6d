//! Who sent it: Standard Webhooks signatures over the raw body.

use app::webhooks::SigningKey;
use kernel::Timestamp;
use poem::http::HeaderMap;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use subtle::ConstantTimeEq;

use crate::EventKey;

/// How far the sender's clock may be from ours, either way. An older message may be somebody's recording.
const TOLERANCE_SECONDS: u64 = 5 * 60;

/// Why a message is not believed. The sender hears only that it is not, the log hears why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Untrusted {
    #[error("the header {0} is missing or not text")]
    HeaderMissing(&'static str),
    #[error("the timestamp is not a number of seconds")]
    TimestampMalformed,
    #[error("the timestamp is more than five minutes from now")]
    TimestampOutOfTolerance,
    #[error("no signature fits any of our keys")]
    SignatureWrong,
}

/// The keys messages may be signed with.
pub(super) struct Verifier(Vec<String>);

impl Verifier {
    pub(super) fn new(keys: &[EventKey]) -> Self {
        Self(keys.iter().map(|key| key.reveal().to_owned()).collect())
    }

    /// The same with the keys that staff have issued beside those of the setting.
    pub(super) fn and(&self, issued: &[SigningKey]) -> Self {
        Self(self.0.iter().cloned().chain(issued.iter().map(SigningKey::to_text)).collect())
    }

    /// Judges a message by its raw body, before anything reads it.
    ///
    /// Not the library's own `verify`: that one reads the machine's clock, and takes one key.
    pub(super) fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), Untrusted> {
        let id = text(headers, HEADER_WEBHOOK_ID)?;
        let sent_at = text(headers, HEADER_WEBHOOK_TIMESTAMP)?;
        let signatures = text(headers, HEADER_WEBHOOK_SIGNATURE)?;
        let sent_at: i64 = sent_at.parse().map_err(|_| Untrusted::TimestampMalformed)?;
        if now.timestamp().abs_diff(sent_at) > TOLERANCE_SECONDS {
            return Err(Untrusted::TimestampOutOfTolerance);
        }
        let is_signed = self.0.iter().any(|key| is_signed_with(key, id, sent_at, body, signatures));
        if is_signed { Ok(()) } else { Err(Untrusted::SignatureWrong) }
    }
}

/// Whether one of the signatures, separated by spaces, is the one this key makes.
fn is_signed_with(key: &str, id: &str, sent_at: i64, body: &[u8], signatures: &str) -> bool {
    let hook = Webhook::new(key).expect("a key was checked when it was made");
    // The body of a message that cannot be signed is not UTF-8, so nobody signed it.
    let Ok(expected) = hook.sign(id, sent_at, body) else { return false };
    signatures.split(' ').any(|signature| bool::from(signature.as_bytes().ct_eq(expected.as_bytes())))
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Untrusted> {
    headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Untrusted::HeaderMissing(name))
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;
    use poem::http::{HeaderMap, HeaderValue};
    use standardwebhooks::Webhook;

    use super::{Untrusted, Verifier};

    const OLD: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const NEW: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = b"{\"id\":\"1\"}";
    const SENT_AT: i64 = 1_800_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp_millis(seconds * 1_000).unwrap()
    }

    fn headers(signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", HeaderValue::from_static("msg_1"));
        headers.insert("webhook-timestamp", HeaderValue::from(SENT_AT));
        headers.insert("webhook-signature", HeaderValue::from_str(signature).unwrap());
        headers
    }

    fn signed_with(key: &str) -> String {
        Webhook::new(key).unwrap().sign("msg_1", SENT_AT, BODY).unwrap()
    }

    fn verifier(keys: &[&str]) -> Verifier {
        Verifier::new(&keys.iter().map(|key| key.parse().unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn signs_as_the_specification_does() {
        let signature =
            Webhook::new(NEW).unwrap().sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b"{\"test\": 2432232314}");
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn believes_any_of_several_keys_and_any_of_several_signatures() {
        let both = verifier(&[OLD, NEW]);
        for key in [OLD, NEW] {
            assert_eq!(both.verify(&headers(&signed_with(key)), BODY, at(SENT_AT)), Ok(()));
        }
        let two = format!("v1,AAAA {} v2,BBBB", signed_with(OLD));
        assert_eq!(both.verify(&headers(&two), BODY, at(SENT_AT)), Ok(()));
        assert_eq!(verifier(&[NEW]).verify(&headers(&two), BODY, at(SENT_AT)), Err(Untrusted::SignatureWrong));
        assert_eq!(verifier(&[]).verify(&headers(&two), BODY, at(SENT_AT)), Err(Untrusted::SignatureWrong));
    }

    #[test]
    fn refuses_recordings_and_clocks_far_off() {
        let verifier = verifier(&[OLD]);
        let headers = headers(&signed_with(OLD));
        for (seconds, verdict) in [
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(Untrusted::TimestampOutOfTolerance)),
            (-301, Err(Untrusted::TimestampOutOfTolerance)),
        ] {
            assert_eq!(verifier.verify(&headers, BODY, at(SENT_AT + seconds)), verdict, "{seconds}");
        }
    }

    #[test]
    fn one_changed_byte_is_another_message() {
        let verifier = verifier(&[OLD]);
        let good = signed_with(OLD);
        assert_eq!(verifier.verify(&headers(&good), b"{\"id\":\"2\"}", at(SENT_AT)), Err(Untrusted::SignatureWrong));
        assert_eq!(verifier.verify(&headers(&good[..8]), BODY, at(SENT_AT)), Err(Untrusted::SignatureWrong));
        assert_eq!(verifier.verify(&headers("v1,"), BODY, at(SENT_AT)), Err(Untrusted::SignatureWrong));
        for (name, verdict) in [
            ("webhook-id", Untrusted::HeaderMissing("webhook-id")),
            ("webhook-timestamp", Untrusted::HeaderMissing("webhook-timestamp")),
            ("webhook-signature", Untrusted::HeaderMissing("webhook-signature")),
        ] {
            let mut fewer = headers(&good);
            fewer.remove(name);
            assert_eq!(verifier.verify(&fewer, BODY, at(SENT_AT)), Err(verdict));
        }
        let mut odd = headers(&good);
        odd.insert("webhook-timestamp", HeaderValue::from_static("soon"));
        assert_eq!(verifier.verify(&odd, BODY, at(SENT_AT)), Err(Untrusted::TimestampMalformed));
        odd.insert("webhook-timestamp", HeaderValue::from(i64::MIN));
        assert_eq!(verifier.verify(&odd, BODY, at(SENT_AT)), Err(Untrusted::TimestampOutOfTolerance));
    }
}
