use std::fmt;

use kernel::{Id, kinds};
use ring::{digest, hmac};

/// The secret of a senior's own page: 128 bits, derived from the deployment's secret and the session that asked for it, and said together
/// with that session, so that no table holds one.
#[derive(Clone)]
pub struct SeniorLink {
    session: Id<kinds::Session>,
    mark: [u8; 16],
}

impl SeniorLink {
    /// The link of a session: HMAC-SHA256 of its id, the first 128 bits.
    #[must_use]
    pub fn of(secret: &[u8], session: Id<kinds::Session>) -> Self {
        let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
        mac.update(b"senior link\0");
        mac.update(session.uuid().as_bytes());
        Self { session, mark: mac.sign().as_ref()[..16].try_into().expect("a hash has 32 bytes") }
    }

    /// Reads the text form: 64 lower-case hexadecimal digits and nothing else. `None` as well when we never said it.
    #[must_use]
    pub fn read(secret: &[u8], text: &str) -> Option<Self> {
        let is_plain = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !is_plain {
            return None;
        }
        let (session, mark) = text.split_at(32);
        let session = u128::from_str_radix(session, 16).ok()?.to_be_bytes();
        let mark = u128::from_str_radix(mark, 16).ok()?.to_be_bytes();
        let link = Self::of(secret, Id::from_uuid(uuid::Uuid::from_bytes(session)));
        // By their hashes: how long it takes to compare those tells nothing of what was meant.
        let hash = |mark: &[u8]| digest::digest(&digest::SHA256, mark);
        (hash(&link.mark).as_ref() == hash(&mark).as_ref()).then_some(link)
    }

    /// The session it is worth as much as.
    #[must_use]
    pub fn session(&self) -> Id<kinds::Session> {
        self.session
    }

    /// The text form, for the senior and nobody else.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}{:032x}", self.session.uuid().simple(), u128::from_be_bytes(self.mark))
    }
}

impl fmt::Debug for SeniorLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeniorLink(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::SeniorLink;
    use crate::testing::id;

    #[test]
    fn is_read_by_whoever_said_it_and_of_one_session() {
        let link = SeniorLink::of(b"secret", id(7));
        let text = link.to_text();
        assert_eq!((text.len(), SeniorLink::read(b"secret", &text).unwrap().session()), (64, id(7)));
        assert!(SeniorLink::read(b"other", &text).is_none());
        let other = SeniorLink::of(b"secret", id(8)).to_text();
        assert!(SeniorLink::read(b"secret", &format!("{}{}", &other[..32], &text[32..])).is_none());
        assert_eq!(format!("{link:?}"), "SeniorLink(…)");
    }

    #[test]
    fn has_one_spelling() {
        let text = SeniorLink::of(b"secret", id(10)).to_text();
        for other in
            [text.to_uppercase(), format!("{text}0"), text[1..].to_owned(), format!("+{}", &text[1..]), String::new()]
        {
            assert!(SeniorLink::read(b"secret", &other).is_none(), "{other}");
        }
    }
}
