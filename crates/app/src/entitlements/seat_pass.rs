use hmac::{Hmac, Mac};
use kernel::{Id, kinds};
use sha2::Sha256;
use uuid::Uuid;

use crate::Secret;

/// What a code of a seat is good for. Each has a key of its own: whoever sees a calendar's link cannot come in with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassUse {
    /// To be scanned at the door.
    CheckIn,
    /// To be fetched by a calendar.
    Calendar,
}

/// Which seat a code is of. The code names household and grant and is signed, so it is found without being kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeatPass {
    /// The household that took the seat, or one that went into another since.
    pub(crate) household: Id<kinds::Household>,
    /// The seat.
    pub(crate) grant: Id<kinds::Grant>,
}

/// So many of the signature's bytes are kept: nobody guesses 128 bits.
const SIGNATURE_BYTES: usize = 16;

const BYTES: usize = 16 + 16 + SIGNATURE_BYTES;

impl SeatPass {
    /// The code as text: capitals and digits alone, which make the smallest QR code.
    pub(crate) fn to_code(self, secret: &Secret, pass_use: PassUse) -> String {
        let mut bytes = self.named();
        let signature = signature(&key(secret, pass_use), &bytes);
        bytes.extend_from_slice(&signature[..SIGNATURE_BYTES]);
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// Reads a code in either case; `None` unless this deployment signed it for this use.
    pub(crate) fn parse(code: &str, secret: &Secret, pass_use: PassUse) -> Option<Self> {
        if code.len() != 2 * BYTES || !code.is_ascii() {
            return None;
        }
        let byte = |at: usize| u8::from_str_radix(code.get(2 * at..2 * at + 2)?, 16).ok();
        let bytes: Vec<u8> = (0..BYTES).map(byte).collect::<Option<_>>()?;
        let id = |at: usize| Uuid::from_slice(&bytes[at..at + 16]).ok();
        let pass = Self { household: Id::from_uuid(id(0)?), grant: Id::from_uuid(id(16)?) };
        // Written anew and compared: a shorter signature than the whole is what was given out.
        let is_ours = same(pass.to_code(secret, pass_use).as_bytes(), code.to_ascii_uppercase().as_bytes());
        is_ours.then_some(pass)
    }

    fn named(self) -> Vec<u8> {
        [*self.household.uuid().as_bytes(), *self.grant.uuid().as_bytes()].concat()
    }
}

fn key(secret: &Secret, pass_use: PassUse) -> [u8; 32] {
    let purpose = match pass_use {
        PassUse::CheckIn => "seat check-in",
        PassUse::Calendar => "seat calendar",
    };
    signature(secret.bytes(), purpose.as_bytes())
}

/// HMAC-SHA256 (RFC 2104).
fn signature(key: &[u8], of: &[u8]) -> [u8; 32] {
    let hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    hmac.chain_update(of).finalize().into_bytes().into()
}

/// In the same time wherever they differ.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use kernel::Id;
    use uuid::Uuid;

    use super::{PassUse, SeatPass};
    use crate::Secret;

    #[test]
    fn a_code_is_good_for_one_seat_one_use_and_one_deployment() {
        let secret = Secret::new(vec![7; 32]).unwrap();
        let pass = SeatPass { household: Id::from_uuid(Uuid::from_u128(1)), grant: Id::from_uuid(Uuid::from_u128(2)) };
        let code = pass.to_code(&secret, PassUse::CheckIn);
        assert_eq!(code.len(), 96);
        assert_eq!(SeatPass::parse(&code, &secret, PassUse::CheckIn), Some(pass));
        assert_eq!(SeatPass::parse(&code.to_lowercase(), &secret, PassUse::CheckIn), Some(pass));
        assert_eq!(SeatPass::parse(&code, &secret, PassUse::Calendar), None);
        assert_eq!(SeatPass::parse(&code, &Secret::new(vec![8; 32]).unwrap(), PassUse::CheckIn), None);
        for at in 0..code.len() {
            let mut flipped = code.clone();
            let other = if &code[at..=at] == "0" { "1" } else { "0" };
            flipped.replace_range(at..=at, other);
            assert_eq!(SeatPass::parse(&flipped, &secret, PassUse::CheckIn), None, "{at}");
        }
        for odd in ["", "00", &"é".repeat(48), &"G".repeat(96), &format!("{code}00")] {
            assert_eq!(SeatPass::parse(odd, &secret, PassUse::CheckIn), None, "{odd}");
        }
    }
}
