use kernel::{BusinessDate, EmailAddress, Id, Label, Locale, kinds};

use crate::Role;

/// A person as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    /// The id.
    pub id: Id<kinds::Person>,
    /// The name.
    pub name: Label,
    /// Where codes are sent; `None` for those who do not sign in by mail.
    pub address: Option<EmailAddress>,
    /// The day of birth, when it is known.
    pub born_on: Option<BusinessDate>,
    /// The language of mails: what the person chose, else that of the first sign-in, else Chinese.
    pub locale: Locale,
    /// The household the person belongs to, with the role there.
    pub household: Option<(Id<kinds::Household>, Role)>,
}

impl PersonView {
    /// Where and in which language to write to the person; none for those who have no address.
    #[must_use]
    pub fn mailbox(self) -> Option<(EmailAddress, Locale)> {
        self.address.map(|address| (address, self.locale))
    }
}

/// Where a person belongs, found by the operator's own number of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonPlace {
    /// The person.
    pub person: Id<kinds::Person>,
    /// The household, with the role there; `None` for somebody who left and joined no other.
    pub household: Option<(Id<kinds::Household>, Role)>,
}
