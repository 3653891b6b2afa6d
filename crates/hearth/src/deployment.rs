//! What a deployment remembers about itself, and opening it.

use std::{error::Error, fs::OpenOptions, io::ErrorKind, path::Path, sync::Arc};

use app::App;
use db::Db;
use kernel::{Fault, IdGenerator, SystemClock};
use mail::Mailer;
use tempfile::TempDir;

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
        if let Some(path) = config.sqlite_path() {
            create_private(path).map_err(|error| told(&place_of(&config.database.url), &error))?;
        }
        let db = connect(config, ids).await?;
        migrations::migrate(db.raw())
            .await
            .map_err(|error| Failure::because("could not bring the database up to date", error))?;
        let (secret, health_keys) = (secrets.secret.clone(), secrets.health_keys.clone());
        let app = App::with_health_keys(db, config.app.clone(), secret, health_keys, mailer);
        let deployment = Self { app, secrets };
        deployment.check_secret().await?;
        deployment.check_health_keys().await?;
        Ok(deployment)
    }

    /// Opens the database as it is, for commands that only read: neither it nor the data folder is created or changed.
    ///
    /// # Errors
    /// A [`Failure`] saying that there is no database, that it was not brought up to date, or why it could not be opened.
    pub async fn open_to_read(config: &Config) -> Result<App, Failure> {
        let place = place_of(&config.database.url);
        if config.sqlite_path().is_some_and(|path| !path.exists()) {
            return Err(Failure::new(format!(
                "there is no database at {place}: set HEARTH_DATA_DIR or HEARTH_DATABASE_URL to where it is"
            )));
        }
        let ids = Arc::new(IdGenerator::from_operating_system());
        // Reading commands neither sign anybody in nor mail anything, so a secret that is thrown away will do.
        let mut throwaway = vec![0; app::Secret::MIN_BYTES];
        ids.fill(&mut throwaway);
        let secret = app::Secret::new(throwaway).expect("it is as long as a secret needs");
        let mailer = mailer(config)?;
        let db = connect(config, ids).await?;
        let is_up_to_date = migrations::is_up_to_date(db.raw()).await;
        if !is_up_to_date.map_err(|error| told(&place, &error))? {
            db.close().await?;
            return Err(Failure::new(format!("the database {place} is not up to date: run hearth migrate first")));
        }
        Ok(App::new(db, config.app.clone(), secret, mailer))
    }

    /// Opens the database for trying what would be written: as it is; or where there is no file yet, an empty one elsewhere that
    /// is gone with the returned folder. Neither the database nor the data folder is created or changed.
    ///
    /// # Errors
    /// A [`Failure`] as of [`Deployment::open_to_read`], or when there is no temporary folder.
    pub async fn open_to_try(config: &Config) -> Result<(App, Option<TempDir>), Failure> {
        if config.sqlite_path().is_none_or(Path::exists) {
            return Ok((Self::open_to_read(config).await?, None));
        }
        let folder = TempDir::with_prefix("hearth-try-");
        let folder = folder.map_err(|error| Failure::because("could not create a temporary folder", error))?;
        let mut trial = config.clone();
        trial.database.url = format!("sqlite:{}", folder.path().join("hearth.db").display());
        let db = connect(&trial, Arc::new(IdGenerator::from_operating_system())).await?;
        migrations::migrate(db.raw()).await.map_err(|error| Failure::because("could not prepare a trial", error))?;
        db.close().await?;
        Ok((Self::open_to_read(&trial).await?, Some(folder)))
    }

    /// What was sealed with a key that is gone could not be opened, not even for its own person.
    async fn check_health_keys(&self) -> Result<(), Failure> {
        let missing = self.app.list_missing_health_keys().await?;
        if missing.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "health tags in this database were sealed with keys that are not set: {}; add them to HEARTH_HEALTH_KEYS (or the file \
             health.keys in data_dir), after the key that seals now",
            missing.join(", ")
        )))
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

async fn connect(config: &Config, ids: Arc<IdGenerator>) -> Result<Db, Failure> {
    let connected = Db::connect(&config.database, Arc::new(SystemClock), ids).await;
    connected.map_err(|error| told(&place_of(&config.database.url), &error))
}

/// Creates the file of an embedded database before the engine does, which would let everybody read it. What the engine puts
/// beside it gets the same permissions.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
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
