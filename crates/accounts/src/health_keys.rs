use std::{fmt, str::FromStr};

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use kernel::{Fault, IdGenerator};

/// The bytes of a key.
const KEY_BYTES: usize = 32;

/// The bytes of a nonce: long enough to be drawn at random for ever.
const NONCE_BYTES: usize = 24;

/// Texts are sealed with their length rounded up to a multiple of this, so that the length of a row tells no tag from another.
const PADDED_TO: usize = 32;

/// What a sealed text belongs to: it opens nowhere else. Two kinds of rows never share a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The kind of row.
    pub table: &'static str,
    /// Whose, and which row: their ids' bytes.
    pub ids: [&'a [u8]; 2],
}

/// The keys of what is sealed at rest. The first seals; all of them open.
#[derive(Clone)]
pub struct HealthKeys(Vec<HealthKey>);

/// A key with the name rows know it by.
#[derive(Clone)]
struct HealthKey {
    id: String,
    bytes: [u8; KEY_BYTES],
}

/// A text as the database keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which key opens it.
    pub key_id: String,
    /// Drawn afresh each time.
    pub nonce: Vec<u8>,
    /// XChaCha20-Poly1305 of the padded text.
    pub sealed: Vec<u8>,
}

/// Why a text is no list of keys. Never tells any part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be `id:64 hexadecimal digits`, several separated by commas, each id once and of 1 to 16 letters, digits or hyphens"
)]
pub struct InvalidHealthKeys;

impl HealthKeys {
    /// The longest id of a key.
    pub const MAX_ID_CHARS: usize = 16;

    /// One key of the given bytes.
    ///
    /// # Errors
    /// [`InvalidHealthKeys`] when the id is not one.
    pub fn single(id: &str, bytes: [u8; KEY_BYTES]) -> Result<Self, InvalidHealthKeys> {
        is_id(id).then(|| Self(vec![HealthKey { id: id.to_owned(), bytes }])).ok_or(InvalidHealthKeys)
    }

    /// The id of the key that seals now.
    #[must_use]
    pub fn sealing_id(&self) -> &str {
        &self.0[0].id
    }

    /// Whether a key of this id is here.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id == id)
    }

    /// Seals a text for one row.
    #[must_use]
    pub fn seal(&self, text: &str, binding: Binding<'_>, chance: &IdGenerator) -> Sealed {
        let key = &self.0[0];
        let mut nonce = [0; NONCE_BYTES];
        chance.fill(&mut nonce);
        let mut padded = text.as_bytes().to_vec();
        padded.push(0x80);
        padded.resize(padded.len().next_multiple_of(PADDED_TO), 0);
        let payload = Payload { msg: &padded, aad: &associated(&key.id, binding) };
        let sealed = cipher(key).encrypt(XNonce::from_slice(&nonce), payload);
        Sealed {
            key_id: key.id.clone(),
            nonce: nonce.to_vec(),
            sealed: sealed.expect("a text of a few bytes is far below the cipher's limit"),
        }
    }

    /// Opens what was sealed for this very row.
    ///
    /// # Errors
    /// A [`Fault`] when its key is not here, or when row, person or bytes are not those it was sealed with.
    pub fn open(&self, sealed: &Sealed, binding: Binding<'_>) -> Result<String, Fault> {
        let key = self.0.iter().find(|key| key.id == sealed.key_id);
        let key = key.ok_or_else(|| Fault::inconsistent("find the key something was sealed with"))?;
        let damaged = || Fault::inconsistent("open what was sealed");
        if sealed.nonce.len() != NONCE_BYTES {
            return Err(damaged());
        }
        let payload = Payload { msg: &sealed.sealed, aad: &associated(&key.id, binding) };
        let mut padded = cipher(key).decrypt(XNonce::from_slice(&sealed.nonce), payload).map_err(|_| damaged())?;
        let end = padded.iter().rposition(|&byte| byte == 0x80).ok_or_else(damaged)?;
        padded.truncate(end);
        String::from_utf8(padded).map_err(|_| damaged())
    }
}

fn cipher(key: &HealthKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(Key::from_slice(&key.bytes))
}

/// What the seal covers beside the text. Lengths before parts, so that no two bindings spell the same.
fn associated(key_id: &str, binding: Binding<'_>) -> Vec<u8> {
    let parts = [key_id.as_bytes(), binding.table.as_bytes(), binding.ids[0], binding.ids[1]];
    let mut all = b"hearth sealed 1".to_vec();
    for part in parts {
        all.extend(u32::try_from(part.len()).expect("ids are short").to_be_bytes());
        all.extend(part);
    }
    all
}

fn is_id(id: &str) -> bool {
    (1..=HealthKeys::MAX_ID_CHARS).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

impl FromStr for HealthKeys {
    type Err = InvalidHealthKeys;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut keys: Vec<HealthKey> = Vec::new();
        for part in text.trim().split(',') {
            let (id, digits) = part.trim().split_once(':').ok_or(InvalidHealthKeys)?;
            if !is_id(id) || keys.iter().any(|key| key.id == id) {
                return Err(InvalidHealthKeys);
            }
            keys.push(HealthKey { id: id.to_owned(), bytes: read_hex(digits).ok_or(InvalidHealthKeys)? });
        }
        if keys.is_empty() { Err(InvalidHealthKeys) } else { Ok(Self(keys)) }
    }
}

fn read_hex(digits: &str) -> Option<[u8; KEY_BYTES]> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != KEY_BYTES {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = [0; KEY_BYTES];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = nibble(pair[0])? * 16 + nibble(pair[1])?;
    }
    Some(bytes)
}

impl fmt::Debug for HealthKeys {
    /// The ids may be told: rows carry them too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.0.iter().map(|key| key.id.as_str()).collect();
        write!(f, "HealthKeys({}: …)", ids.join(", "))
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({}: …)", self.key_id)
    }
}

#[cfg(test)]
mod tests {
    use kernel::IdGenerator;

    use super::{Binding, HealthKeys, Sealed};

    fn keys(text: &str) -> HealthKeys {
        text.parse().unwrap()
    }

    fn two() -> [HealthKeys; 2] {
        let (a, b) = ("aa".repeat(32), "bb".repeat(32));
        [keys(&format!("old:{a}")), keys(&format!("new:{b}, old:{a}"))]
    }

    const ROW: Binding<'static> = Binding { table: "health_tags", ids: [&[1; 16], &[2; 16]] };

    #[test]
    fn the_first_key_seals_and_all_open() {
        let [old, both] = two();
        let chance = IdGenerator::from_seed(1);
        let sealed = old.seal("no_peanuts", ROW, &chance);
        assert_eq!(both.open(&sealed, ROW).unwrap(), "no_peanuts");
        let resealed = both.seal("no_peanuts", ROW, &chance);
        assert_eq!((sealed.key_id.as_str(), resealed.key_id.as_str()), ("old", "new"));
        assert!(old.open(&resealed, ROW).is_err());
    }

    #[test]
    fn opens_only_in_its_own_row_and_unchanged() {
        let [keys, _] = two();
        let sealed = keys.seal("halal", ROW, &IdGenerator::from_seed(1));
        for other in [
            Binding { ids: [&[9; 16], &[2; 16]], ..ROW },
            Binding { ids: [&[1; 16], &[9; 16]], ..ROW },
            Binding { table: "blocked_persons", ..ROW },
        ] {
            assert!(keys.open(&sealed, other).is_err());
        }
        for place in 0..sealed.sealed.len() {
            let mut bytes = sealed.sealed.clone();
            bytes[place] ^= 1;
            assert!(keys.open(&Sealed { sealed: bytes, ..sealed.clone() }, ROW).is_err());
        }
    }

    #[test]
    fn no_length_tells_a_tag_and_the_same_tag_never_looks_the_same() {
        let [keys, _] = two();
        let chance = IdGenerator::from_seed(1);
        let seal = |text| keys.seal(text, ROW, &chance);
        assert_eq!(seal("halal").sealed.len(), seal("no_seafood").sealed.len());
        assert_ne!(seal("halal").sealed, seal("halal").sealed);
        for text in ["", &"长".repeat(100), "ends with \u{0}"] {
            assert_eq!(keys.open(&seal(text), ROW).unwrap(), text);
        }
    }

    #[test]
    fn refuses_what_is_no_list_of_keys_and_shows_none() {
        let a = "0f".repeat(32);
        for text in ["", "x", ":", &format!("a:{a}0"), &format!("a b:{a}"), &format!("a:{a},a:{a}"), &format!("a:{a},")]
        {
            assert!(text.parse::<HealthKeys>().is_err(), "{text}");
        }
        assert_eq!(format!("{:?}", keys(&format!("k1:{a}"))), "HealthKeys(k1: …)");
    }
}
