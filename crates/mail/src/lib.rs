//! Typed messages, rendered in the reader's language and handed to a transport: SMTP, a folder of files, or memory.
//!
//! Owns what a mail says and how it leaves. Never decides whether one is sent, reads a clock, or lets an address, a
//! code or a password into a log. Start reading at [`Mailer::send`].

mod eml;
mod family_pay;
mod mail;
mod mailer;
mod message;
mod render;
mod transport;

pub use family_pay::{FamilyPay, FamilyPayKind};
pub use mail::{Mail, MailKey};
pub use mailer::Mailer;
pub use message::{
    BallotThanked, HeldPointsLapsed, Invitation, LapseNotice, LapsingDay, MemberRemoved, Message, PerkRedeemed,
    PlaceOffered, SeatsReturned, SignInCode, SlotMissed,
};
pub use transport::{CapturedMail, InvalidSmtpSettings, SmtpCredentials, SmtpSecurity, SmtpSettings};
