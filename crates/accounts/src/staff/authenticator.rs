use std::fmt;

use kernel::{Id, Timestamp, kinds};
use totp_rs::{Algorithm, Builder, Totp};

use crate::{SealedSecret, StaffName};

/// Which sealing key is meant.
const PURPOSE: &str = "staff totp";

/// Whose account an authenticator app shows.
const ISSUER: &str = "Hearth";

/// How long a code stands.
const STEP_SECONDS: u64 = 30;

/// The app on a staff member's phone: six digits that change every 30 seconds (TOTP, RFC 6238 with SHA-1, which every such
/// app speaks). A phone's clock may be half a minute off either way.
#[derive(Clone)]
pub struct Authenticator([u8; 20]);

impl Authenticator {
    /// Wraps 160 bits fresh from a source of randomness fit for secrets (RFC 4226, section 4).
    #[must_use]
    pub const fn from_random(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// Opens what is stored; `None` when it was not sealed with this secret for this one of the staff.
    #[must_use]
    pub fn open(sealed: &SealedSecret, secret: &[u8], staff: Id<kinds::Staff>) -> Option<Self> {
        let bytes = sealed.open(secret, PURPOSE, staff.uuid().as_bytes())?;
        bytes.try_into().ok().map(Self)
    }

    /// Seals it for the store.
    #[must_use]
    pub fn seal(&self, secret: &[u8], staff: Id<kinds::Staff>, nonce: [u8; SealedSecret::NONCE_BYTES]) -> SealedSecret {
        SealedSecret::seal(secret, PURPOSE, staff.uuid().as_bytes(), nonce, &self.0)
    }

    /// What an authenticator app reads, as `otpauth://totp/…`. Shown once.
    #[must_use]
    pub fn url(&self, name: &StaffName) -> String {
        self.totp(name.as_str()).to_url().expect("a staff name can stand in an address")
    }

    /// The number of the step whose code this is, at about `now`; `None` when it is no code of now. A step must be taken once
    /// only: who looked over a shoulder must not come in by the same digits.
    #[must_use]
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let seconds = u64::try_from(now.timestamp()).ok()?;
        let step = self.totp("staff").check(code, seconds)?;
        i64::try_from(step).ok()
    }

    /// The code at an instant, for tests that hold the phone.
    #[must_use]
    pub fn code_at(&self, now: Timestamp) -> String {
        self.totp("staff").generate(u64::try_from(now.timestamp()).unwrap_or(0)).to_string()
    }

    /// Reads the secret of an address made by [`Authenticator::url`], as an authenticator app does; `None` for any other text.
    #[must_use]
    pub fn from_url(url: &str) -> Option<Self> {
        let totp = Totp::from_url(url).ok()?;
        totp.secret().as_ref().try_into().ok().map(Self)
    }

    fn totp(&self, account: &str) -> Totp {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(1)
            .with_step_duration(STEP_SECONDS)
            .with_secret(self.0)
            .with_issuer(Some(ISSUER))
            .with_account_name(account)
            .build()
            .expect("160 bits, six digits and 30 seconds are what RFC 6238 asks for")
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authenticator(…)")
    }
}
