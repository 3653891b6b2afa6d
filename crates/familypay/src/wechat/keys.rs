use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// Not the PEM block it should be.
    #[error("is no PEM block of {0}")]
    NotPem(&'static str),
    /// The bytes are no RSA key of at least 2048 bits.
    #[error("is no RSA key of at least 2048 bits")]
    NotRsa,
    /// The machine's random source failed.
    #[error("could not sign")]
    Unsigned,
}

/// The key a merchant signs with. Never shown.
pub struct MerchantKey {
    serial: String,
    pair: RsaKeyPair,
}

/// A key WeChat Pay signs with.
#[derive(Clone)]
pub struct PlatformKey {
    serial: String,
    /// PKCS #1, as ring reads it.
    public: Vec<u8>,
}

impl MerchantKey {
    /// From the serial of the merchant's certificate and `apiclient_key.pem` (PKCS #8).
    ///
    /// # Errors
    /// [`InvalidKey`] says what the text is not.
    pub fn from_pem(serial: &str, pem: &str) -> Result<Self, InvalidKey> {
        let bytes = block(pem, "PRIVATE KEY")?;
        let pair = RsaKeyPair::from_pkcs8(&bytes).map_err(|_| InvalidKey::NotRsa)?;
        Ok(Self { serial: serial.to_owned(), pair })
    }

    /// The serial of its certificate.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The signature of a text (RSA PKCS #1 v1.5, SHA-256), in base64.
    pub(super) fn sign(&self, text: &str) -> Result<String, InvalidKey> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| InvalidKey::Unsigned)?;
        Ok(STANDARD.encode(signature))
    }
}

impl PlatformKey {
    /// From its serial, or id, and a public key in PEM. Of a certificate, `openssl x509 -pubkey -noout` shows it.
    ///
    /// # Errors
    /// [`InvalidKey`] says what the text is not.
    pub fn from_pem(serial: &str, pem: &str) -> Result<Self, InvalidKey> {
        let public = rsa_of(&block(pem, "PUBLIC KEY")?).ok_or(InvalidKey::NotRsa)?;
        Ok(Self { serial: serial.to_owned(), public })
    }

    /// The serial messages name it by.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// Whether a message was signed with it.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public).verify(message, signature).is_ok()
    }
}

impl fmt::Debug for MerchantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MerchantKey({}, …)", self.serial)
    }
}

impl fmt::Debug for PlatformKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlatformKey({}, …)", self.serial)
    }
}

/// The bytes of the one PEM block of a name.
fn block(pem: &str, name: &'static str) -> Result<Vec<u8>, InvalidKey> {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {name}-----")).ok_or(InvalidKey::NotPem(name))?;
    let (body, _) = rest.split_once(&format!("-----END {name}-----")).ok_or(InvalidKey::NotPem(name))?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(body).map_err(|_| InvalidKey::NotPem(name))
}

/// The DER of rsaEncryption with its absent parameters (RFC 8017, appendix A.1): the only algorithm taken.
const RSA_ENCRYPTION: &[u8] = &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

/// The PKCS #1 key inside a SubjectPublicKeyInfo (RFC 5280, 4.1): a sequence of the algorithm and a bit string.
fn rsa_of(der: &[u8]) -> Option<Vec<u8>> {
    let (info, after) = value(der, 0x30)?;
    let bits = info.strip_prefix(RSA_ENCRYPTION)?;
    let (bits, rest) = value(bits, 0x03)?;
    let key = bits.strip_prefix(&[0])?;
    (after.is_empty() && rest.is_empty()).then(|| key.to_vec())
}

/// The content of the DER value a text begins with, and what follows.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let der = der.strip_prefix(&[tag])?;
    let (&first, der) = der.split_first()?;
    let (length, der) = match first {
        0..=0x7f => (usize::from(first), der),
        0x81 | 0x82 => {
            let (length, der) = der.split_at_checked(usize::from(first & 0x0f))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), der)
        }
        _ => return None,
    };
    der.split_at_checked(length)
}
