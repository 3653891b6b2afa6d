use std::fmt;

use hmac::{Hmac, Mac};
use kernel::{Id, kinds};
use sha2::Sha256;

/// Under what name a household's choice is kept, so that no table leads from the one to the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pseudonym(String);

impl Pseudonym {
    /// As it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What pseudonyms and entries are keyed with. Whoever has the database alone can neither find a household's choice nor guess it from
/// an entry: there are too few choices for a bare hash.
#[derive(Clone)]
pub struct BallotKey(Vec<u8>);

impl fmt::Debug for BallotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BallotKey(…)")
    }
}

impl BallotKey {
    /// The key of a deployment, from its secret.
    #[must_use]
    pub fn of_secret(secret: &[u8]) -> Self {
        Self(keyed(secret, &["hearth ballot key"]))
    }

    /// The household's name in this study.
    #[must_use]
    pub fn pseudonym(&self, study: Id<kinds::Study>, household: Id<kinds::Household>) -> Pseudonym {
        Pseudonym(hex(&keyed(&self.0, &["pseudonym", &study.to_string(), &household.to_string()])))
    }

    /// By which an option is placed among those a household reads: the lowest first. Keyed, so that nobody who drafts a study can choose
    /// ids that stand first.
    #[must_use]
    pub fn place(&self, study: Id<kinds::Study>, household: Id<kinds::Household>, option: &str) -> Vec<u8> {
        keyed(&self.0, &["place", &study.to_string(), &household.to_string(), option])
    }

    /// The entry of a ballot in the chain: it commits to who said what, and tells nothing of either.
    #[must_use]
    pub fn entry(&self, study: Id<kinds::Study>, pseudonym: &Pseudonym, entry_no: u64, said: &str) -> String {
        hex(&keyed(&self.0, &["entry", &study.to_string(), &pseudonym.0, &entry_no.to_string(), said]))
    }
}

/// HMAC-SHA256 of texts, each after its length, so that no two lists of texts are one.
fn keyed(key: &[u8], texts: &[&str]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    for text in texts {
        mac.update(&(text.len() as u64).to_be_bytes());
        mac.update(text.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use kernel::Id;

    use super::BallotKey;

    #[test]
    fn names_and_entries_differ_by_all_they_are_made_of() {
        let id = |last: &str| format!("0193c1a27e5b7cc29f6a0d4c5e8f1a{last}");
        let study = |last: &str| format!("sy_{}", id(last)).parse().unwrap();
        let household = |last: &str| format!("hh_{}", id(last)).parse::<Id<_>>().unwrap();
        let (key, other) = (BallotKey::of_secret(b"one"), BallotKey::of_secret(b"two"));

        let name = key.pseudonym(study("2b"), household("2b"));
        assert_eq!(name, key.pseudonym(study("2b"), household("2b")));
        assert_eq!(name.as_str().len(), 64);
        for another in [
            other.pseudonym(study("2b"), household("2b")),
            key.pseudonym(study("2c"), household("2b")),
            key.pseudonym(study("2b"), household("2c")),
        ] {
            assert_ne!(name, another);
        }
        let entry = key.entry(study("2b"), &name, 1, "A");
        assert_ne!(entry, key.entry(study("2b"), &name, 2, "A"));
        assert_ne!(entry, key.entry(study("2b"), &name, 1, "B"));
        assert_eq!(format!("{key:?}"), "BallotKey(…)");
    }
}
