use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
    sync::Mutex,
};

use uuid::Uuid;

use crate::Timestamp;

/// What an id names. Implemented only by the markers in [`kinds`].
pub trait Kind: 'static {
    /// The two letters before the underscore in the text form.
    const PREFIX: &'static str;
    /// The noun, for messages.
    const NOUN: &'static str;
}

/// One marker type per kind of thing that has an id. Append only: a prefix once published keeps its meaning.
pub mod kinds {
    use super::Kind;

    macro_rules! kinds {
        ($($name:ident $prefix:literal $noun:literal;)*) => {$(
            #[doc = concat!("Marks the id of a ", $noun, "; text form `", $prefix, "_…`.")]
            #[derive(Debug)]
            pub enum $name {}
            impl Kind for $name {
                const PREFIX: &'static str = $prefix;
                const NOUN: &'static str = $noun;
            }
        )*};
    }

    kinds! {
        Approval "ap" "approval";
        Community "cm" "community";
        Challenge "ch" "sign-in challenge";
        Consent "co" "consent";
        DataExport "dx" "data export";
        Delivery "de" "webhook delivery";
        DeliverySlot "ds" "delivery slot";
        EarnRule "er" "earn rule";
        Erasure "ea" "erasure";
        Event "ev" "event";
        EventKey "ek" "event key";
        Grant "gr" "grant";
        HealthTag "ht" "health tag";
        Hold "ho" "hold";
        Household "hh" "household";
        HouseholdChange "hc" "household change";
        Invitation "iv" "invitation";
        Lot "lt" "lot";
        Mandate "md" "mandate";
        Order "or" "order";
        PaymentAttempt "pa" "payment attempt";
        PaymentRefund "rf" "refund of a payment";
        PayRequest "pq" "pay request";
        Perk "pk" "perk";
        Person "pe" "person";
        Posting "po" "posting";
        Product "pr" "product";
        Session "se" "session";
        Staff "st" "staff member";
        StaffSession "ss" "staff session";
        WaitingPlace "wp" "place on a waiting list";
        Study "sy" "study";
        Webhook "wh" "webhook";
    }
}

/// A UUIDv7 that knows what it names: an id of one kind cannot be passed where another is meant.
///
/// The text form is the kind's prefix, an underscore and 32 lower-case hexadecimal digits: `hh_0193…`.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    /// Wraps a UUID read from the store, where the column says which kind it is.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }

    /// The bare UUID, for the store.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, self.uuid.simple())
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdParseError {
    /// The prefix names another kind of thing, or nothing we know.
    #[error("not the id of a {expected}")]
    OtherKind {
        /// The noun that was expected.
        expected: &'static str,
    },
    /// After the prefix there are not exactly 32 lower-case hexadecimal digits.
    #[error("not a well-formed id")]
    Malformed,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (prefix, digits) = text.split_once('_').ok_or(IdParseError::Malformed)?;
        // One spelling per id: a second one would be a second cache key and a second idempotency input.
        let is_canonical =
            digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !is_canonical {
            return Err(IdParseError::Malformed);
        }
        if prefix != K::PREFIX {
            return Err(IdParseError::OtherKind { expected: K::NOUN });
        }
        Uuid::try_parse(digits).map(Self::from_uuid).map_err(|_| IdParseError::Malformed)
    }
}

/// Draws UUIDv7s for one given instant. Ids drawn later sort later, also within one millisecond.
#[derive(Debug)]
pub struct IdGenerator {
    chance: Chance,
    last: Mutex<u128>,
}

#[derive(Debug)]
enum Chance {
    OperatingSystem,
    Seeded(Mutex<u64>),
}

impl IdGenerator {
    /// Draws randomness from the operating system.
    #[must_use]
    pub fn from_operating_system() -> Self {
        Self { chance: Chance::OperatingSystem, last: Mutex::new(0) }
    }

    /// Draws the same ids in every run: for tests and simulations.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self { chance: Chance::Seeded(Mutex::new(seed)), last: Mutex::new(0) }
    }

    /// A fresh id of any kind, stamped with `now`; by a clock that stands before 1970, with 1970: an id has no room for earlier,
    /// and a machine whose clock was lost must still start and say so.
    pub fn next_id<K>(&self, now: Timestamp) -> Id<K> {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let mut random = [0_u8; 10];
        self.fill(&mut random);
        let drawn = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().as_u128();
        let mut last = self.last.lock().expect("no holder of the id lock panics");
        // Same millisecond, smaller random part: step past the last id so that arrival order survives sorting by id.
        let same_instant = drawn >> 80 == *last >> 80;
        let next = if same_instant && drawn <= *last { step_within_instant(*last) } else { drawn };
        *last = next;
        Id::from_uuid(Uuid::from_u128(next))
    }

    /// Fills `bytes` with randomness fit for secrets (seeded generators: fit for tests only).
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.chance {
            Chance::OperatingSystem => {
                getrandom::fill(bytes).expect("the operating system's random source is available");
            }
            Chance::Seeded(state) => {
                let mut state = state.lock().expect("no holder of the seed lock panics");
                bytes.iter_mut().for_each(|byte| *byte = split_mix_byte(&mut state));
            }
        }
    }
}

/// The next larger UUID with the same version and variant bits and the same millisecond, by adding one to the low 62 bits.
fn step_within_instant(last: u128) -> u128 {
    const LOW_62_BITS: u128 = (1 << 62) - 1;
    (last & !LOW_62_BITS) | ((last + 1) & LOW_62_BITS)
}

/// One byte of SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for repeatable tests.
fn split_mix_byte(state: &mut u64) -> u8 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)).to_le_bytes()[7]
}

#[cfg(test)]
mod tests;
