use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use accounts::HealthKeys;
use base64::{Engine, engine::general_purpose::STANDARD};
use gateway::EventKey;
use kernel::IdGenerator;
use sha2::{Digest, Sha256};

use super::Config;
use crate::Failure;

/// How many random bytes a secret made by us has.
const MADE_BYTES: usize = 32;

/// What a deployment keeps to itself.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Keys the hashes of sign-in codes.
    pub secret: app::Secret,
    /// Seal health tags at rest.
    pub health_keys: HealthKeys,
    /// What the order system may sign with.
    pub event_keys: Vec<EventKey>,
    /// Where the event key is, when it was not set but made.
    pub event_keys_file: Option<PathBuf>,
}

impl Secrets {
    /// What is set; for the rest what the files in the data folder say, made now if they are not there.
    ///
    /// # Errors
    /// A [`Failure`] naming the file that cannot be read, written or understood.
    pub fn open(config: &Config, chance: &IdGenerator) -> Result<Self, Failure> {
        let secret = match &config.secret {
            Some(secret) => secret.clone(),
            None => open_file(&config.data_dir.join("secret"), || to_hex(&drawn(chance)), parse_secret)?,
        };
        let health_keys = match &config.health_keys {
            Some(keys) => keys.clone(),
            None => {
                let make = || format!("1:{}", to_hex(&drawn(chance)));
                open_file(&config.data_dir.join("health.keys"), make, |text| text.parse().ok())?
            }
        };
        if let Some(event_keys) = &config.event_keys {
            return Ok(Self { secret, health_keys, event_keys: event_keys.clone(), event_keys_file: None });
        }
        let file = config.data_dir.join("events.secret");
        let make = || format!("whsec_{}", STANDARD.encode(drawn(chance)));
        let event_keys = open_file(&file, make, parse_event_keys)?;
        Ok(Self { secret, health_keys, event_keys, event_keys_file: Some(file) })
    }
}

/// What may be kept in the database to recognise a secret by, and says nothing about it.
#[must_use]
pub fn fingerprint(secret: &app::Secret) -> String {
    let mut hash = Sha256::new();
    hash.update(b"hearth secret fingerprint\n");
    hash.update(secret.bytes());
    to_hex(&hash.finalize()[..16])
}

/// Reads hexadecimal digits, at least as many as a secret needs.
pub(super) fn parse_secret(text: &str) -> Option<app::Secret> {
    let digits = text.trim().as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let byte = |pair: &[u8; 2]| Some(nibble(pair[0])? * 16 + nibble(pair[1])?);
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes.filter(|_| rest.is_empty()).and_then(app::Secret::new)
}

/// Reads event keys separated by commas; at least one.
pub(super) fn parse_event_keys(text: &str) -> Option<Vec<EventKey>> {
    text.split(',').map(|key| key.trim().parse().ok()).collect()
}

fn drawn(chance: &IdGenerator) -> [u8; MADE_BYTES] {
    let mut bytes = [0; MADE_BYTES];
    chance.fill(&mut bytes);
    bytes
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a secret from its file, making both when there is none.
fn open_file<T>(
    path: &Path,
    make: impl FnOnce() -> String,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Failure> {
    let failed = |what: &str, error| Failure::because(format_args!("could not {what} {}", path.display()), error);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            place(path, &make()).map_err(|error| failed("create the secret file", error))?;
            // Another process may have been first: what is in the file now is what counts.
            std::fs::read_to_string(path).map_err(|error| failed("read the secret file", error))?
        }
        Err(error) => return Err(failed("read the secret file", error)),
    };
    parse(&text).ok_or_else(|| {
        Failure::new(format!(
            "the secret file {} is damaged; restore it from a backup, or remove it on a fresh start",
            path.display()
        ))
    })
}

/// Puts a file in its place whole or not at all, unless one is there; nobody else may read it.
fn place(path: &Path, text: &str) -> std::io::Result<()> {
    let unfinished = path.with_extension(format!("{}.part", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    let placed = match std::fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    };
    std::fs::remove_file(&unfinished)?;
    placed
}
