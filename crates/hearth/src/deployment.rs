//! What a deployment remembers about itself, and opening it.

use std::{error::Error, sync::Arc};

use app::App;
use db::Db;
use kernel::{Fault, IdGenerator, SystemClock};
use mail::Mailer;

use crate::{
    Failure,
    config::{Config, Secrets, fingerprint},
};

/// Under which the fingerprint of the deployment's secret is kept.
const SECRET_FINGERPRINT: &str = "secret_fingerprint";

/// Under which it is kept that the operator's own data is in the database: the demo stays out from then on.
const OWN_DATA: &str = "own_data";

/// A migrated database with the use-cases on it.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The use-cases.
    pub app: App,
    /// What the deployment keeps to itself.
    pub secrets: Secrets,
}

impl Deployment {
    /// Opens the data folder, the secrets and the database, and brings the database up to date.
    ///
    /// # Errors
    /// A [`Failure`] naming what could not be opened, or saying that this database was started with another secret.
    pub async fn open(config: &Config) -> Result<Self, Failure> {
        config.create_data_dir()?;
        let ids = Arc::new(IdGenerator::from_operating_system());
        let secrets = Secrets::open(config, &ids)?;
        let mailer = mailer(config)?;
        let connected = Db::connect(&config.database, Arc::new(SystemClock), ids).await;
        let db = connected.map_err(|error| told(&place_of(&config.database.url), &error))?;
        migrations::migrate(db.raw())
            .await
            .map_err(|error| Failure::because("could not bring the database up to date", error))?;
        let app = App::new(db, config.app.clone(), secrets.secret.clone(), mailer);
        let deployment = Self { app, secrets };
        deployment.check_secret().await?;
        Ok(deployment)
    }

    /// With another secret every sign-in code and address hash of this database would be wrong, without a word.
    async fn check_secret(&self) -> Result<(), Failure> {
        let ours = fingerprint(&self.secrets.secret);
        let kept = match find(&self.app, SECRET_FINGERPRINT).await? {
            Some(kept) => kept,
            None => {
                keep(&self.app, SECRET_FINGERPRINT, &ours).await?;
                find(&self.app, SECRET_FINGERPRINT).await?.unwrap_or_default()
            }
        };
        if kept == ours {
            return Ok(());
        }
        Err(Failure::new(
            "this database was first started with another secret, so it is not opened: set HEARTH_SECRET (or the file secret \
             in data_dir) to that one; every process of one deployment has the same",
        ))
    }
}

fn mailer(config: &Config) -> Result<Mailer, Failure> {
    let from = config.mail.from.clone();
    match &config.mail.smtp {
        Some(smtp) => Mailer::smtp(from, smtp).map_err(|error| Failure::because("setting smtp_host", error)),
        None => Ok(Mailer::file(from, config.mail_folder())),
    }
}

/// The whole story in one line.
fn told(place: &str, error: &dyn Error) -> Failure {
    let mut story = format!("the database {place} (setting database_url): {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        story.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    Failure::new(story)
}

/// Where a database is, without the user, the password and the options of its URL.
fn place_of(url: &str) -> String {
    let Some((engine, rest)) = url.split_once("://") else { return url.to_owned() };
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = place.split('?').next().unwrap_or_default();
    format!("{engine}://{place}")
}

/// The value this deployment keeps under a name.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find(app: &App, name: &str) -> Result<Option<String>, Fault> {
    app.find_deployment_value(name).await
}

/// Keeps a value under a name unless one is there.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn keep(app: &App, name: &str, value: &str) -> Result<(), Fault> {
    app.keep_deployment_value(name, value).await
}

/// Notes that the operator's own data is here now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn keep_own_data(app: &App) -> Result<(), Fault> {
    if has_own_data(app).await? { Ok(()) } else { keep(app, OWN_DATA, "yes").await }
}

/// Whether the operator's own data is here.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn has_own_data(app: &App) -> Result<bool, Fault> {
    Ok(find(app, OWN_DATA).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn a_database_is_named_without_its_password() {
        for (url, place) in [
            ("sqlite:./data/hearth.db", "sqlite:./data/hearth.db"),
            ("postgres://localhost/hearth", "postgres://localhost/hearth"),
            ("postgres://hearth:p@ss@db.example:5432/hearth?password=sesame", "postgres://db.example:5432/hearth"),
        ] {
            assert_eq!(place_of(url), place);
        }
    }
}
