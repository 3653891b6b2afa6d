//! One of the staff for each role, so that whoever tries the demo can open the back office. Never in production.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::PathBuf,
};

use accounts::{Password, StaffName, StaffRole, StaffRoles};
use app::{
    App,
    staff::{CloseStaffRefusal, CreateStaff, CreateStaffRefusal, StaffCreated},
};

use crate::{Failure, config::Config, demo};

/// How many names are tried: each is one whose passwords were lost with a data folder that is gone.
const MAX_NAMES: u32 = 20;

/// Where their passwords are, readable by the owner of the data folder only.
pub(crate) fn file(config: &Config) -> PathBuf {
    config.data_dir.join("demo-staff.txt")
}

/// Makes those who are not there yet; in production closes those who are, since their passwords were kept in a file.
///
/// # Errors
/// A [`Failure`] of the database, or naming the file that could not be written.
pub(crate) async fn keep(app: &App, config: &Config) -> Result<(), Failure> {
    if !demo::is_filled(app).await? {
        return Ok(());
    }
    if config.is_production {
        return close(app).await;
    }
    let failed = |error| Failure::because(format_args!("could not write {}", file(config).display()), error);
    let known = match std::fs::read_to_string(file(config)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    for role in StaffRole::ALL {
        if !known.lines().any(|line| line == heading(role)) {
            let (name, password, created) = create(app, role).await?;
            open(config).and_then(|file| note(file, role, &name, &password, &created)).map_err(failed)?;
        }
    }
    Ok(())
}

/// A name is not given twice: where one is taken and its password unknown, the next is.
async fn create(app: &App, role: StaffRole) -> Result<(StaffName, String, StaffCreated), Failure> {
    let roles = StaffRoles::of([role]).expect("one role is some");
    for number in 1..=MAX_NAMES {
        let name = name(role, number);
        let password = random_password(app);
        let parsed = Password::parse(&password).map_err(|refusal| Failure::new(refusal.to_string()))?;
        match app.create_staff(&CreateStaff { name: name.clone(), roles, password: parsed }).await? {
            Ok(created) => return Ok((name, password, created)),
            Err(CreateStaffRefusal::NameTaken) => {}
        }
    }
    Err(Failure::new(format!("there are {MAX_NAMES} of the demo's staff with the role {role} already")))
}

async fn close(app: &App) -> Result<(), Failure> {
    for role in StaffRole::ALL {
        for number in 1..=MAX_NAMES {
            match app.close_staff(&name(role, number)).await? {
                Ok(staff) => {
                    tracing::warn!(staff.id = %staff, "Closed {staff} of the demo's staff: this is production")
                }
                Err(CloseStaffRefusal::AlreadyClosed) => {}
                Err(CloseStaffRefusal::NoSuchStaff) => break,
                // Whoever reads the demo's file would rule over production, and without them nobody would.
                Err(CloseStaffRefusal::LastAdmin) => return Err(Failure::new(ONLY_ADMIN)),
            }
        }
    }
    Ok(())
}

/// What to do where production has no admin but the demo's.
const ONLY_ADMIN: &str = "the only admin is the demo's, whose password lies in a file: make your own first, with hearth staff create";

fn name(role: StaffRole, number: u32) -> StaffName {
    let name = if number == 1 { format!("demo.{role}") } else { format!("demo.{role}.{number}") };
    name.parse().expect("lower-case letters, digits and points are a name")
}

/// Twenty letters of 32: 100 bits.
fn random_password(app: &App) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 20];
    app.db().ids().fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

fn heading(role: StaffRole) -> String {
    format!("[{role}]")
}

fn open(config: &Config) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file(config))
}

/// What is needed to sign in, in one write: a line that is there is whole.
fn note(
    mut file: File,
    role: StaffRole,
    name: &StaffName,
    password: &str,
    created: &StaffCreated,
) -> std::io::Result<()> {
    let codes: Vec<String> = created.recovery_codes.iter().map(accounts::RecoveryCode::to_text).collect();
    let text = format!(
        "{}\nname      {name}\npassword  {password}\nphone     {}\ncodes     {}\n\n",
        heading(role),
        created.authenticator_url,
        codes.join(" ")
    );
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use accounts::{Authenticator, StaffRole};
    use app::staff::StaffSignIn;
    use testkit::{TestApp, on_both_engines};

    use super::{file, keep};
    use crate::{config::Config, demo};

    fn config(folder: &std::path::Path, production: &str) -> Config {
        let set = [("HEARTH_DATA_DIR", folder.to_str().unwrap()), ("HEARTH_PRODUCTION", production)];
        Config::load(folder, set.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap()
    }

    /// What stands behind a word, for each role in turn.
    fn noted(text: &str, word: &str) -> Vec<String> {
        text.lines().filter_map(|line| line.strip_prefix(word)).map(|rest| rest.trim().to_owned()).collect()
    }

    on_both_engines! {
        async fn each_role_has_one_who_can_sign_in_and_in_production_nobody_can(world: TestApp) {
            let (app, folder) = (world.app(), tempfile::tempdir().unwrap());
            let trial = config(folder.path(), "off");
            keep(app, &trial).await.unwrap();
            assert_eq!((world.db().count("staff").await, file(&trial).exists()), (0, false));

            crate::deployment::keep(app, demo::FILLED, "yes").await.unwrap();
            keep(app, &trial).await.unwrap();
            keep(app, &trial).await.unwrap();
            let text = std::fs::read_to_string(file(&trial)).unwrap();
            assert_eq!(noted(&text, "name"), StaffRole::ALL.map(|role| format!("demo.{role}")));
            #[cfg(unix)]
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file(&trial).metadata().unwrap().permissions()) & 0o777, 0o600);
            let phone = Authenticator::from_url(&noted(&text, "phone")[0]).unwrap();
            let sign_in = |password: &str| StaffSignIn {
                name: "demo.support".to_owned(),
                password: password.to_owned(),
                code: phone.code_at(app.db().clock().now()),
            };
            assert!(app.staff_sign_in(sign_in(&noted(&text, "password")[0])).await.unwrap().is_ok());

            keep(app, &config(folder.path(), "on")).await.unwrap();
            world.clock().advance(chrono::TimeDelta::seconds(30));
            assert!(app.staff_sign_in(sign_in(&noted(&text, "password")[0])).await.unwrap().is_err());
            assert_eq!(world.db().count("staff WHERE closed_at IS NOT NULL").await, 5);
        }

        async fn whose_passwords_are_lost_is_followed_by_another(world: TestApp) {
            let (app, folder) = (world.app(), tempfile::tempdir().unwrap());
            let trial = config(folder.path(), "off");
            crate::deployment::keep(app, demo::FILLED, "yes").await.unwrap();
            keep(app, &trial).await.unwrap();
            std::fs::remove_file(file(&trial)).unwrap();

            keep(app, &trial).await.unwrap();
            let text = std::fs::read_to_string(file(&trial)).unwrap();
            assert_eq!(noted(&text, "name"), StaffRole::ALL.map(|role| format!("demo.{role}.2")));
        }
    }
}
