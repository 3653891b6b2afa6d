use std::{fmt, path::PathBuf};

use kernel::{EmailAddress, Fault};

use crate::{
    CapturedMail, InvalidSmtpSettings, Mail, SmtpSettings,
    eml::{self, Spelling},
    render::render,
    transport::{Capture, Folder, Smtp},
};

/// Sends mails from one address by one transport. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    from: EmailAddress,
    transport: Transport,
}

#[derive(Clone)]
enum Transport {
    Smtp(Smtp),
    Folder(Folder),
    Capture(Capture),
}

impl Mailer {
    /// Sends through a mail server. Opens no connection yet.
    ///
    /// # Errors
    /// [`InvalidSmtpSettings`] when no server can have this name.
    pub fn smtp(from: EmailAddress, settings: &SmtpSettings) -> Result<Self, InvalidSmtpSettings> {
        Ok(Self { from, transport: Transport::Smtp(Smtp::new(settings)?) })
    }

    /// Writes each mail to a file in `folder`, which is created with the first one. For a first look at Hearth.
    #[must_use]
    pub fn file(from: EmailAddress, folder: PathBuf) -> Self {
        Self { from, transport: Transport::Folder(Folder::new(folder)) }
    }

    /// Keeps mails in memory, for tests: see [`Mailer::captured`].
    #[must_use]
    pub fn capture(from: EmailAddress) -> Self {
        Self { from, transport: Transport::Capture(Capture::default()) }
    }

    /// Renders a mail and hands it over. Handed over twice with the same key, it is recognisably the same mail.
    ///
    /// # Errors
    /// A [`kernel::Fault`] when it was not taken; whether to try again is the caller's to know. It names no address.
    pub async fn send(&self, mail: &Mail) -> Result<(), Fault> {
        let rendered = render(&mail.message, mail.locale);
        match &self.transport {
            Transport::Smtp(smtp) => smtp.send(eml::build(&self.from, mail, &rendered, Spelling::Travelling)?).await,
            Transport::Folder(folder) => {
                let eml = eml::build(&self.from, mail, &rendered, Spelling::Readable)?;
                folder.write(&mail.key, &eml.formatted()).await
            }
            Transport::Capture(capture) => {
                capture.keep(mail, rendered);
                Ok(())
            }
        }
    }

    /// The mails kept so far, oldest first; none where the transport is not the capturing one.
    #[must_use]
    pub fn captured(&self) -> Vec<CapturedMail> {
        match &self.transport {
            Transport::Capture(capture) => capture.kept(),
            Transport::Smtp(_) | Transport::Folder(_) => Vec::new(),
        }
    }
}

impl fmt::Debug for Mailer {
    /// Names the transport only: settings hold a password, captured mails hold codes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.transport {
            Transport::Smtp(_) => "Mailer(smtp)",
            Transport::Folder(_) => "Mailer(file)",
            Transport::Capture(_) => "Mailer(capture)",
        })
    }
}

#[cfg(test)]
mod tests;
