use std::{
    fmt,
    sync::{Arc, Mutex},
};

use kernel::{EmailAddress, Locale};

use crate::{Mail, MailKey, Message, render::Rendered};

/// A mail as a test sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct CapturedMail {
    /// Which sending it was.
    pub key: MailKey,
    /// Who reads it.
    pub to: EmailAddress,
    /// In which language.
    pub locale: Locale,
    /// What it was to say.
    pub message: Message,
    /// The subject line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
}

impl fmt::Debug for CapturedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapturedMail").field("key", &self.key).field("message", &self.message).finish_non_exhaustive()
    }
}

/// Mails kept in memory, shared by all clones.
#[derive(Clone, Default)]
pub(crate) struct Capture(Arc<Mutex<Vec<CapturedMail>>>);

impl Capture {
    pub(crate) fn keep(&self, mail: &Mail, rendered: Rendered) {
        let kept = CapturedMail {
            key: mail.key,
            to: mail.to.clone(),
            locale: mail.locale,
            message: mail.message.clone(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
        };
        self.0.lock().expect("no holder of the captured mails panics").push(kept);
    }

    pub(crate) fn kept(&self) -> Vec<CapturedMail> {
        self.0.lock().expect("no holder of the captured mails panics").clone()
    }
}
