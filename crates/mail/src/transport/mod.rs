//! The ways out.

mod capture;
mod folder;
mod smtp;

pub(crate) use capture::Capture;
pub use capture::CapturedMail;
pub(crate) use folder::Folder;
pub(crate) use smtp::Smtp;
pub use smtp::{InvalidSmtpSettings, SmtpCredentials, SmtpSecurity, SmtpSettings};
