//! What the operator may set: a default, overruled by `hearth.toml` in the working folder, overruled by the environment.
//!
//! Every setting has one name in all three: `listen` in the file is `HEARTH_LISTEN` in the environment. [`SETTINGS`] lists them.

mod secrets;
mod settings;
mod values;
mod wechat_pay;

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use accounts::HealthKeys;
use app::{Maturity, familypay::PaymentProvider};
use gateway::{CostBucket, EventKey, IdentityOptions, PrivateAddresses, TranscriptionOptions};
use kernel::{EmailAddress, Points};
use ledger::RefundPolicy;
use mail::{SmtpCredentials, SmtpSecurity, SmtpSettings};
use tracing_subscriber::EnvFilter;

pub use secrets::{Secrets, fingerprint};
pub use settings::{SETTINGS, Setting};
use values::Values;

use crate::Failure;

/// The file read from the working folder, if it is there.
pub const FILE_NAME: &str = "hearth.toml";

/// Everything set, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where `serve` listens.
    pub listen: SocketAddr,
    /// Where Hearth keeps files: the embedded database, mails, secrets.
    pub data_dir: PathBuf,
    /// Where the database is and how much of it to use.
    pub database: db::DbOptions,
    /// Whether the demo neighbourhood is filled in at the first start of `serve`.
    pub has_demo: bool,
    /// Whether strangers are kept from introspection and GraphiQL.
    pub is_production: bool,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whose pages may open a socket besides our own.
    pub allowed_origins: Vec<String>,
    /// How much a caller may spend on queries.
    pub cost_bucket: CostBucket,
    /// What the rules look at.
    pub app: app::Settings,
    /// How mail leaves.
    pub mail: MailConfig,
    /// Whether webhooks may be at addresses that are not public.
    pub webhook_private_addresses: PrivateAddresses,
    /// By whose assertions people may sign in.
    pub identity: Option<IdentityOptions>,
    /// Who writes recordings down.
    pub transcription: Option<TranscriptionOptions>,
    /// What is logged.
    pub log: String,
    secret: Option<app::Secret>,
    event_keys: Option<Vec<EventKey>>,
    health_keys: Option<HealthKeys>,
    unknown: Vec<String>,
}

/// How mail leaves.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The address it is from.
    pub from: EmailAddress,
    /// The way out; `None` writes mails to the folder `mail` in the data folder.
    pub smtp: Option<SmtpSettings>,
}

impl Config {
    /// Reads the file in `folder`, if there is one, and the given variables of the environment.
    ///
    /// # Errors
    /// A [`Failure`] naming the setting, its value (never a secret's) and what is allowed.
    pub fn load(folder: &Path, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, Failure> {
        let values = Values::load(&folder.join(FILE_NAME), environment)?;
        let data_dir: PathBuf = values.text("data_dir").into();
        let is_production = values.switch("production")?;
        // In production nobody wants to find made-up neighbours among the customers.
        let has_demo = values.optional_switch("demo")?.unwrap_or(!is_production);
        let listen: SocketAddr = values.parsed("listen")?;
        Ok(Self {
            listen,
            database: database(&values, &data_dir)?,
            has_demo,
            is_production,
            trusted_proxies: values.list("trusted_proxies")?,
            allowed_origins: values.list("allowed_origins")?,
            cost_bucket: CostBucket {
                maximum: cost(&values, "query_cost_bucket", 1_000)?,
                restore_per_second: cost(&values, "query_cost_per_second", 1)?,
            },
            app: app::Settings {
                zone: values.parsed("time_zone")?,
                pending_days: values.whole("pending_days", 0..=365)?,
                maturity: values.checked("maturity", Maturity::from_code)?,
                lot_life: values.parsed("lot_life")?,
                restore_grace_days: values.whole("restore_grace_days", 0..=365)?,
                refund_policy: values.checked("refund_policy", RefundPolicy::from_code)?,
                point_value: values.parsed("point_value")?,
                session_days: values.whole("session_days", 1..=365)?,
                erasure_cooling_days: values.whole("erasure_cooling_days", 0..=30)?,
                record_keeping_days: values.whole("record_keeping_days", 1_095..=3_650)?,
                staff_session_hours: values.whole("staff_session_hours", 1..=24)?,
                invitation_link: values.optional("invitation_link", invitation_link)?,
                adjustment_limit: values.checked("adjustment_limit", some_points)?,
                apology_points: values.checked("apology_points", some_points)?,
                thanks_points: values.checked("thanks_points", some_points)?,
                cut_off_minute: values.checked("cut_off", app::minute_of_day)?,
                payments: payments(&values, is_production)?,
                wechat_pay: wechat_pay::account(&values)?,
                pay_link: values
                    .optional("pay_link", invitation_link)?
                    .or_else(|| has_demo.then(|| own_pay_link(listen))),
            },
            mail: MailConfig { from: values.parsed("mail_from")?, smtp: smtp(&values)? },
            webhook_private_addresses: if values.switch("webhook_private_addresses")? {
                PrivateAddresses::Allowed
            } else {
                PrivateAddresses::Refused
            },
            identity: identity(&values)?,
            transcription: transcription(&values)?,
            log: values.checked("log", |text| EnvFilter::try_new(text).is_ok().then(|| text.to_owned()))?,
            secret: values.optional("secret", secrets::parse_secret)?,
            event_keys: event_keys(&values)?,
            health_keys: values.optional("health_keys", |text| text.parse().ok())?,
            unknown: values.unknown().to_vec(),
            data_dir,
        })
    }

    /// Variables of the environment that look like settings and are none, for a warning: a container's host may well set some
    /// (`HEARTH_PORT`, `HEARTH_SERVICE_HOST`), so they do not stop the start as an unknown key of the file does.
    #[must_use]
    pub fn unknown_variables(&self) -> &[String] {
        &self.unknown
    }

    /// Where mails land when they are written to files.
    #[must_use]
    pub fn mail_folder(&self) -> PathBuf {
        self.data_dir.join("mail")
    }

    /// The file of the embedded database; `None` when the database is a server.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&Path> {
        sqlite_path(&self.database.url)
    }

    /// Creates the data folder, readable by its owner only, unless it is there.
    ///
    /// # Errors
    /// A [`Failure`] naming the folder.
    pub fn create_data_dir(&self) -> Result<(), Failure> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.data_dir).map_err(|error| {
            let what = format!("could not create the folder {} (setting data_dir)", self.data_dir.display());
            Failure::because(what, error)
        })
    }
}

/// The sandbox moves no money: in production nobody should take it for a bank without having said so.
fn payments(values: &Values, is_production: bool) -> Result<PaymentProvider, Failure> {
    let set = values.optional("payments", PaymentProvider::from_code)?;
    let unset = if is_production { PaymentProvider::None } else { PaymentProvider::Sandbox };
    Ok(set.unwrap_or(unset))
}

fn database(values: &Values, data_dir: &Path) -> Result<db::DbOptions, Failure> {
    let is_engine =
        |text: &str| ["sqlite:", "postgres://", "postgresql://"].iter().any(|engine| text.starts_with(engine));
    let given = values.optional("database_url", |text| is_engine(text).then(|| text.to_owned()))?;
    if given.as_deref().and_then(sqlite_path).is_some_and(|path| !is_file_name(path)) {
        return Err(Failure::new(
            "setting database_url: sqlite: must name a file that outlives the process, such as sqlite:./data/hearth.db",
        ));
    }
    let url = given.unwrap_or_else(|| format!("sqlite:{}", data_dir.join("hearth.db").display()));
    // SQLite readers share two cores' worth of processor; on PostgreSQL connections mostly wait for the network.
    let by_engine = if url.starts_with("sqlite:") { 4 } else { 16 };
    let connections = values.optional_whole("database_connections", 1..=1_000)?;
    Ok(db::DbOptions { url, max_connections: connections.map_or(by_engine, u32::from) })
}

/// The file of an embedded database; `None` for a server.
fn sqlite_path(url: &str) -> Option<&Path> {
    url.strip_prefix("sqlite:").map(|path| Path::new(path.trim_start_matches("//")))
}

/// Nothing, a database in memory and one in a temporary file are all forgotten at the end.
fn is_file_name(path: &Path) -> bool {
    let path = path.to_string_lossy();
    !path.is_empty() && !path.starts_with(":memory:") && !path.starts_with('?')
}

/// None to a million points.
fn some_points(text: &str) -> Option<Points> {
    text.parse().ok().filter(|limit| (0..=1_000_000).contains(limit)).and_then(Points::new)
}

fn cost(values: &Values, name: &'static str, least: u32) -> Result<NonZeroU32, Failure> {
    values.checked(name, |text| {
        text.parse().ok().filter(|cost| (least..=1_000_000).contains(cost)).and_then(NonZeroU32::new)
    })
}

fn smtp(values: &Values) -> Result<Option<SmtpSettings>, Failure> {
    let is_smtp = values.checked("mail_transport", |text| match text {
        "file" => Some(false),
        "smtp" => Some(true),
        _ => None,
    })?;
    if !is_smtp {
        return Ok(None);
    }
    let Some(host) = values.optional("smtp_host", |text| Some(text.to_owned()))? else {
        return Err(Failure::new(
            "setting smtp_host is needed when mail_transport is smtp: the name of the mail server",
        ));
    };
    let security = values.checked("smtp_tls", |text| match text {
        "starttls" => Some(SmtpSecurity::StartTls),
        "tls" => Some(SmtpSecurity::Tls),
        "none" => Some(SmtpSecurity::None),
        _ => None,
    })?;
    let port = values.optional_whole("smtp_port", 1..=u16::MAX)?.unwrap_or(match security {
        SmtpSecurity::StartTls => 587,
        SmtpSecurity::Tls => 465,
        SmtpSecurity::None => 25,
    });
    let credentials = credentials(values)?;
    if credentials.is_some() && security == SmtpSecurity::None {
        return Err(Failure::new(
            "setting smtp_tls is none, which would send smtp_password in the clear; allowed with a \
                                 password: starttls, tls",
        ));
    }
    Ok(Some(SmtpSettings { host, port, security, credentials }))
}

fn credentials(values: &Values) -> Result<Option<SmtpCredentials>, Failure> {
    let text = |name| values.optional(name, |text: &str| Some(text.to_owned()));
    match (text("smtp_user")?, text("smtp_password")?) {
        (Some(user), Some(password)) => Ok(Some(SmtpCredentials { user, password })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Failure::new("setting smtp_password is needed with smtp_user")),
        (None, Some(_)) => Err(Failure::new("setting smtp_user is needed with smtp_password")),
    }
}

/// All three or none: half an identity provider signs nobody in, and nobody would know why.
fn identity(values: &Values) -> Result<Option<IdentityOptions>, Failure> {
    let text = |name| values.optional(name, |text: &str| Some(text.to_owned()));
    let (issuer, audience) = (text("identity_issuer")?, text("identity_audience")?);
    match (issuer, audience, values.optional("identity_jwks_url", trusted_url)?) {
        (None, None, None) => Ok(None),
        (Some(issuer), Some(audience), Some(jwks_url)) => Ok(Some(IdentityOptions { issuer, audience, jwks_url })),
        _ => Err(Failure::new(
            "settings identity_issuer, identity_audience and identity_jwks_url are needed together or not at all",
        )),
    }
}

/// A key without a service is a slip, and nobody's recordings should be thought written down.
fn transcription(values: &Values) -> Result<Option<TranscriptionOptions>, Failure> {
    let key = values.optional("transcription_key", |text: &str| Some(text.to_owned()))?;
    match (values.optional("transcription_url", trusted_url)?, key) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Failure::new("setting transcription_url is needed with transcription_key")),
        (Some(url), key) => {
            Ok(Some(TranscriptionOptions { url, key, model: values.text("transcription_model").to_owned() }))
        }
    }
}

/// A place nobody can stand before: whoever stands between us and it could sign anybody in, or hear what is said.
fn trusted_url(text: &str) -> Option<String> {
    let is_here = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().any(|here| text.starts_with(here));
    (text.starts_with("https://") || is_here).then(|| text.to_owned())
}

/// The payer's page on this very server, as the demo's mails lead there.
fn own_pay_link(listen: SocketAddr) -> String {
    format!("http://{listen}/pay/")
}

/// A place a link may lead to. It goes into mails as it is.
fn invitation_link(text: &str) -> Option<String> {
    let is_web = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme) && text.len() > scheme.len());
    let is_plain = text.len() <= 500 && text.bytes().all(|byte| byte.is_ascii_graphic());
    (is_web && is_plain).then(|| text.to_owned())
}

fn event_keys(values: &Values) -> Result<Option<Vec<EventKey>>, Failure> {
    values.optional("events_secret", secrets::parse_event_keys)
}

#[cfg(test)]
mod tests;
