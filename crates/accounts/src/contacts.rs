use std::{fmt, str::FromStr};

use kernel::{EmailAddress, Label, PhoneNumber, TextError};

use crate::keyed_hash::keyed_hash;

/// How a person can be reached. Whole only for the person; others see [`Contacts::masked`].
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Contacts {
    /// Where codes and mails go.
    pub mail: Option<EmailAddress>,
    /// A mobile number.
    pub phone: Option<PhoneNumber>,
}

/// Contacts as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MaskedContacts {
    /// Such as `w***@hearth.example`.
    pub mail: Option<String>,
    /// Such as `138****8000`.
    pub phone: Option<String>,
}

impl Contacts {
    /// As anybody but the person sees them.
    #[must_use]
    pub fn masked(&self) -> MaskedContacts {
        MaskedContacts {
            mail: self.mail.as_ref().map(EmailAddress::masked),
            phone: self.phone.as_ref().map(PhoneNumber::masked),
        }
    }
}

/// What somebody or something is called, as others see it: the first letter and two stars, so that no length is told.
#[must_use]
pub fn masked_name(name: &Label) -> String {
    let first = name.as_str().chars().next().unwrap_or('*');
    format!("{first}**")
}

impl fmt::Debug for Contacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contacts(…)")
    }
}

/// A contact as the index keeps it: keyed with the deployment's secret. Who has the table but not the secret cannot try numbers,
/// of which there are few enough to try all.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContactHash([u8; 32]);

impl ContactHash {
    /// Of a mail address.
    #[must_use]
    pub fn of_mail(secret: &[u8], mail: &EmailAddress) -> Self {
        Self(keyed_hash(secret, "contact mail", mail.as_str().as_bytes()))
    }

    /// Of a phone number.
    #[must_use]
    pub fn of_phone(secret: &[u8], phone: &PhoneNumber) -> Self {
        Self(keyed_hash(secret, "contact phone", phone.as_str().as_bytes()))
    }

    /// The bytes, for the store.
    #[must_use]
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl fmt::Debug for ContactHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContactHash(…)")
    }
}

/// One contact somebody says they have.
#[derive(Clone, PartialEq, Eq)]
pub enum Contact {
    /// A mail address.
    Mail(EmailAddress),
    /// A mobile number.
    Phone(PhoneNumber),
}

impl Contact {
    /// What the index knows it by.
    #[must_use]
    pub fn hash(&self, secret: &[u8]) -> ContactHash {
        match self {
            Self::Mail(mail) => ContactHash::of_mail(secret, mail),
            Self::Phone(phone) => ContactHash::of_phone(secret, phone),
        }
    }

    /// Whether it is among these.
    #[must_use]
    pub fn is_of(&self, contacts: &Contacts) -> bool {
        match self {
            Self::Mail(mail) => contacts.mail.as_ref() == Some(mail),
            Self::Phone(phone) => contacts.phone.as_ref() == Some(phone),
        }
    }
}

impl FromStr for Contact {
    type Err = TextError;

    /// What holds an `@` is read as an address, the rest as a number.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('@') { text.parse().map(Self::Mail) } else { text.parse().map(Self::Phone) }
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{ContactHash, Contacts};

    #[test]
    fn one_hash_per_contact_and_per_secret() {
        let (a, b) = ("13800138000".parse().unwrap(), "+86 138 0013 8000".parse().unwrap());
        assert_eq!(ContactHash::of_phone(b"s", &a), ContactHash::of_phone(b"s", &b));
        assert_ne!(ContactHash::of_phone(b"s", &a), ContactHash::of_phone(b"t", &a));
    }

    #[test]
    fn debug_shows_no_contact() {
        let contacts = Contacts { mail: "w@x.cn".parse().ok(), phone: "13800138000".parse().ok() };
        assert_eq!(format!("{contacts:?}"), "Contacts(…)");
    }
}
