use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};

/// Argon2id with 19 MiB, two passes, one lane: the first choice of the OWASP Password Storage Cheat Sheet.
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;

/// Hashed in place of a password nobody has, so that an unknown name takes as long as a wrong password.
const NOBODYS_SALT: &[u8; 16] = b"nobody has this.";

/// What somebody of the staff typed as a password: 12 to 128 characters, any of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text is no password to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password has {} to {} characters", Password::MIN_CHARS, Password::MAX_CHARS)]
pub struct PasswordRefusal;

impl Password {
    /// The fewest characters of a password.
    pub const MIN_CHARS: usize = 12;

    /// The most characters of a password: hashing must not become a way to keep us busy.
    pub const MAX_CHARS: usize = 128;

    /// Reads what was typed, byte for byte: white space counts.
    ///
    /// # Errors
    /// [`PasswordRefusal`] when it is too short or too long.
    pub fn parse(text: &str) -> Result<Self, PasswordRefusal> {
        let length = text.chars().count();
        let fits = (Self::MIN_CHARS..=Self::MAX_CHARS).contains(&length);
        fits.then(|| Self(text.to_owned())).ok_or(PasswordRefusal)
    }

    /// Hashes it. Slow on purpose: never inside a transaction, never on a thread that others wait for.
    #[must_use]
    pub fn hash(&self, salt: [u8; 16]) -> PasswordHash {
        PasswordHash(hash(self.0.as_bytes(), &salt))
    }

    /// Whether what was typed is the password of the hash. Slow on purpose, as [`Password::hash`], and as slow for what cannot be
    /// a password, and without a hash because nobody has the name: time must not tell them apart.
    #[must_use]
    pub fn judge(typed: Option<&Self>, kept: Option<&PasswordHash>) -> bool {
        match (typed, kept) {
            (Some(typed), Some(kept)) => argon2().verify_password(typed.0.as_bytes(), kept.0.as_str()).is_ok(),
            (None, _) | (_, None) => hash(b"not a password", NOBODYS_SALT).is_empty(),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What is kept of a password: its Argon2id hash as a PHC string, with salt and cost.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a stored hash.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Kept where nobody shall sign in: no password has it.
    #[must_use]
    pub fn of_nobody() -> Self {
        Self("none".to_owned())
    }

    /// The text, for the store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("these costs are allowed");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &[u8], salt: &[u8; 16]) -> String {
    let hash = argon2().hash_password_with_salt(password, salt);
    hash.expect("a short password and a salt of 16 bytes can be hashed").to_string()
}
