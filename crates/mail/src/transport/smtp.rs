use std::{error::Error as _, fmt, io, time::Duration};

use kernel::{Fault, FaultKind};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{
        self,
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
    },
};

/// How long the server may take for one command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(15);

/// How long one mail may take as a whole. Below the outbox's lease: a server that answers one byte at a time must not
/// make two workers send the same mail.
const SEND_TIMEOUT: Duration = Duration::from_secs(45);

/// The mail server that takes our mails.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Its name; the certificate must be for it.
    pub host: String,
    /// Its port: usually 587 with STARTTLS, 465 with TLS from the start.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// Who we are there; `None` for a relay that trusts our address.
    pub credentials: Option<SmtpCredentials>,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Begins in the clear and must upgrade; without the upgrade nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// In the clear: for a relay on the same machine only.
    None,
}

/// A user and a password at a mail server.
#[derive(Clone)]
pub struct SmtpCredentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for SmtpCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpCredentials(…)")
    }
}

/// A host name that no certificate can be for.
#[derive(Debug, thiserror::Error)]
#[error("the mail server's name cannot be used for TLS")]
pub struct InvalidSmtpSettings(#[source] smtp::Error);

/// Why a server did not take a mail. Its own words are not repeated: they usually quote the address.
#[derive(Debug, thiserror::Error)]
enum SmtpFailure {
    #[error("the mail server answered {0}")]
    Answered(smtp::response::Code),
    #[error("the mail server took longer than {} s", SEND_TIMEOUT.as_secs())]
    TooSlow,
    #[error("the mail server could not be reached or hung up")]
    Unreachable(#[source] io::Error),
    #[error("the mail server's TLS was not accepted")]
    Tls,
    #[error("the mail server speaks no SMTP we understand")]
    Misunderstood,
}

/// A mail server and a few open connections to it.
#[derive(Clone)]
pub(crate) struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    pub(crate) fn new(settings: &SmtpSettings) -> Result<Self, InvalidSmtpSettings> {
        Self::trusting(settings, None)
    }

    /// Trusts one authority and no other; without one those the whole world trusts.
    fn trusting(settings: &SmtpSettings, authority: Option<&Certificate>) -> Result<Self, InvalidSmtpSettings> {
        let parameters = || {
            let parameters = TlsParameters::builder(settings.host.clone());
            let parameters = match authority {
                Some(authority) => {
                    parameters.certificate_store(CertificateStore::None).add_root_certificate(authority.clone())
                }
                None => parameters,
            };
            parameters.build().map_err(InvalidSmtpSettings)
        };
        let tls = match settings.security {
            SmtpSecurity::StartTls => Tls::Required(parameters()?),
            SmtpSecurity::Tls => Tls::Wrapper(parameters()?),
            SmtpSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
            .port(settings.port)
            .tls(tls)
            .timeout(Some(COMMAND_TIMEOUT));
        if let Some(SmtpCredentials { user, password }) = &settings.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self(builder.build()))
    }

    pub(crate) async fn send(&self, message: Message) -> Result<(), Fault> {
        let failure = match tokio::time::timeout(SEND_TIMEOUT, self.0.send(message)).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => failure_of(&error),
            Err(_) => SmtpFailure::TooSlow,
        };
        Err(Fault::because(FaultKind::Broken, "hand a mail to the mail server", failure))
    }
}

fn failure_of(error: &smtp::Error) -> SmtpFailure {
    if let Some(code) = error.status() {
        return SmtpFailure::Answered(code);
    }
    if error.is_timeout() {
        return SmtpFailure::TooSlow;
    }
    if error.is_tls() {
        return SmtpFailure::Tls;
    }
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        // A certificate that is refused comes as bytes that make no sense.
        Some(cause) if cause.kind() == io::ErrorKind::InvalidData => SmtpFailure::Tls,
        Some(cause) => SmtpFailure::Unreachable(cause.kind().into()),
        None => SmtpFailure::Misunderstood,
    }
}

#[cfg(test)]
mod tests;
