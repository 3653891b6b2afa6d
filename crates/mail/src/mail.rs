use std::fmt;

use kernel::{EmailAddress, Id, Locale, Timestamp, kinds};

use crate::Message;

/// One mail to one person.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Which sending this is; the same again for a repetition.
    pub key: MailKey,
    /// Who reads it.
    pub to: EmailAddress,
    /// In which language.
    pub locale: Locale,
    /// What it says.
    pub message: Message,
    /// When it is handed over, for its `Date`.
    pub sent_at: Timestamp,
}

/// The event and the reaction a mail comes from. Reactions may run twice: equal keys make the second mail recognisable,
/// by its `Message-ID` over SMTP and by its name in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MailKey {
    /// The event.
    pub event: Id<kinds::Event>,
    /// The reaction's name: ASCII letters and underscores.
    pub reaction: &'static str,
    /// Who reads it, where one reaction writes to several people.
    pub person: Option<Id<kinds::Person>>,
}

impl fmt::Display for MailKey {
    /// Starts with the event's id, so that sorting by name sorts by time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.event, self.reaction)?;
        self.person.map_or(Ok(()), |person| write!(f, ".{person}"))
    }
}
