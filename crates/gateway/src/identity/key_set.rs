//! The keys of the operator's identity provider: a JSON Web Key Set (RFC 7517), of which two kinds of keys are of use.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;

use super::assertion::Algorithm;

/// Most keys of a set that are looked at. A provider has two or three.
const MAX_KEYS: usize = 32;

/// A key that signs assertions. Which algorithm it is for follows from what it is, never from what an assertion says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    /// Ed25519: 32 bytes.
    Ed25519(Vec<u8>),
    /// RSA of 2048 to 8192 bits, for RS256: the modulus and the exponent.
    Rsa(Vec<u8>, Vec<u8>),
}

/// Keys by their id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KeySet(HashMap<String, Key>);

/// A text is no set of keys.
#[derive(Debug, thiserror::Error)]
#[error("not a JSON Web Key Set")]
pub(super) struct MalformedKeySet(#[source] serde_json::Error);

#[derive(Deserialize)]
struct StoredSet {
    keys: Vec<serde_json::Value>,
}

/// What of a key is looked at; it may have more.
#[derive(Deserialize)]
struct StoredKey {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    /// Reads a set. Keys of other kinds, for other uses and without an id are left out, and so are all keys that share an id: nobody
    /// could say which is meant.
    pub(super) fn read(text: &[u8]) -> Result<Self, MalformedKeySet> {
        let stored: StoredSet = serde_json::from_slice(text).map_err(MalformedKeySet)?;
        let mut keys: HashMap<String, Option<Key>> = HashMap::new();
        for value in stored.keys.into_iter().take(MAX_KEYS) {
            let Ok(stored) = serde_json::from_value::<StoredKey>(value) else { continue };
            let key = stored.key();
            keys.entry(stored.kid).and_modify(|known| *known = None).or_insert(key);
        }
        Ok(Self(keys.into_iter().filter_map(|(kid, key)| Some((kid, key?))).collect()))
    }

    /// Whether a key of this id is here.
    pub(super) fn has(&self, kid: &str) -> bool {
        self.0.contains_key(kid)
    }

    /// Whether the key of this id is for the algorithm and made the signature.
    pub(super) fn verifies(&self, kid: &str, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (self.0.get(kid), algorithm) {
            (Some(Key::Ed25519(key)), Algorithm::EdDsa) => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
            }
            (Some(Key::Rsa(n, e)), Algorithm::Rs256) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            (None | Some(Key::Ed25519(_) | Key::Rsa(..)), Algorithm::EdDsa | Algorithm::Rs256) => false,
        }
    }
}

impl StoredKey {
    fn key(&self) -> Option<Key> {
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_ref()?).ok();
        let is_for = |alg: &str| self.alg.as_deref().is_none_or(|named| named == alg);
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        match self.kty.as_str() {
            "OKP" if self.crv.as_deref() == Some("Ed25519") && is_for("EdDSA") => {
                bytes(&self.x).filter(|key| key.len() == 32).map(Key::Ed25519)
            }
            "RSA" if is_for("RS256") => Some(Key::Rsa(bytes(&self.n)?, bytes(&self.e)?)),
            _ => None,
        }
    }
}
