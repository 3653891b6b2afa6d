use std::fmt;

use kernel::{Id, kinds};
use ring::{digest, hmac};

/// The secret of a payer's link: 128 bits, derived from the deployment's secret, the request and the payer, so that neither a table nor an
/// event holds one.
#[derive(Clone, PartialEq, Eq)]
pub struct PayLink([u8; 16]);

impl PayLink {
    /// The link of a payer to a request: HMAC-SHA256 of both ids, the first 128 bits.
    #[must_use]
    pub fn of(secret: &[u8], request: Id<kinds::PayRequest>, payer: Id<kinds::Person>) -> Self {
        let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
        mac.update(b"pay link\0");
        mac.update(request.uuid().as_bytes());
        mac.update(payer.uuid().as_bytes());
        Self(mac.sign().as_ref()[..16].try_into().expect("a hash has 32 bytes"))
    }

    /// Reads the text form: 32 lower-case hexadecimal digits and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !is_plain {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|number| Self(number.to_be_bytes()))
    }

    /// The text form, for the payer and nobody else.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }

    /// What the database keeps. No key and no salt: 128 bits nobody knows cannot be guessed from their hash.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.0).as_ref().to_vec()
    }
}

impl fmt::Debug for PayLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PayLink(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::PayLink;
    use crate::testing::id;

    #[test]
    fn is_another_for_each_request_and_each_payer() {
        let links = [(1, 1), (1, 2), (2, 1)].map(|(request, payer)| PayLink::of(b"secret", id(request), id(payer)));
        assert!(links[0] != links[1] && links[0] != links[2] && links[1] != links[2]);
        assert_ne!(PayLink::of(b"other", id(1), id(1)), links[0]);
        assert_eq!(PayLink::of(b"secret", id(1), id(1)), links[0]);
    }

    #[test]
    fn has_one_spelling() {
        let link = PayLink::of(b"secret", id(1), id(1));
        let text = link.to_text();
        assert_eq!(PayLink::parse(&text), Some(link));
        for other in [text.to_uppercase(), format!("{text}0"), text[1..].to_owned(), format!(" {text}"), String::new()]
        {
            assert_eq!(PayLink::parse(&other), None, "{other}");
        }
    }
}
