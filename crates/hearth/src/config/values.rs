use std::{
    collections::{BTreeMap, HashMap},
    fmt::Display,
    ops::RangeInclusive,
    path::Path,
    str::FromStr,
};

use config::{ConfigError, Environment, File, FileFormat, Source};

use super::settings::{SETTINGS, Setting};
use crate::Failure;

/// What every variable of ours begins with.
const PREFIX: &str = "HEARTH_";

/// What was set, as text, with where it was set.
#[derive(Debug)]
pub(super) struct Values {
    set: BTreeMap<&'static str, Value>,
    unknown: Vec<String>,
}

struct Value {
    text: String,
    origin: String,
}

impl std::fmt::Debug for Value {
    /// Values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "… from {}", self.origin)
    }
}

impl Values {
    /// Lays the environment over the file.
    pub(super) fn load(file: &Path, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, Failure> {
        let mut values = Self { set: BTreeMap::new(), unknown: Vec::new() };
        values.take_file(file)?;
        values.take_environment(environment)?;
        Ok(values)
    }

    fn take_file(&mut self, file: &Path) -> Result<(), Failure> {
        let shown = file.display();
        let source = File::from(file.to_owned()).format(FileFormat::Toml).required(false);
        let set =
            source.collect().map_err(|error| Failure::because(format_args!("could not read {shown}"), told(&error)))?;
        let mut set: Vec<_> = set.into_iter().collect();
        set.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (name, value) in set {
            let Some(setting) = find(&name) else { return Err(unknown_key(&name, &shown)) };
            let text = value.into_string().map_err(|_| {
                Failure::new(format!("setting {name} in {shown} must be one plain value; allowed: {}", setting.allowed))
            })?;
            self.put(setting, text, shown.to_string());
        }
        Ok(())
    }

    fn take_environment(&mut self, environment: impl IntoIterator<Item = (String, String)>) -> Result<(), Failure> {
        let ours: HashMap<String, String> =
            environment.into_iter().filter(|(variable, _)| variable.starts_with(PREFIX)).collect();
        // An empty variable is one a container file left open, not a wish for an empty value.
        let source = Environment::with_prefix("HEARTH").ignore_empty(true).source(Some(ours));
        let set = source.collect().map_err(|error| Failure::because("could not read the environment", told(&error)))?;
        for (name, value) in set {
            let variable = format!("{PREFIX}{}", name.to_uppercase());
            match find(&name) {
                Some(setting) => {
                    let text = value.into_string().map_err(|error| Failure::because(&variable, told(&error)))?;
                    self.put(setting, text, format!("the environment variable {variable}"));
                }
                None => self.unknown.push(variable),
            }
        }
        self.unknown.sort();
        Ok(())
    }

    fn put(&mut self, setting: &'static Setting, text: String, origin: String) {
        self.set.insert(setting.name, Value { text: text.trim().to_owned(), origin });
    }

    /// Variables with our prefix that are no setting.
    pub(super) fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// What is set, or the default; empty where there is neither.
    pub(super) fn text(&self, name: &'static str) -> &str {
        let default = || setting(name).default.unwrap_or_default();
        self.set.get(name).map_or_else(default, |value| &value.text)
    }

    /// What `read` makes of the value or the default.
    pub(super) fn checked<T>(&self, name: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Failure> {
        read(self.text(name)).ok_or_else(|| self.refused(name))
    }

    /// What `read` makes of the value; `None` when nothing is set.
    pub(super) fn optional<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        if self.set.contains_key(name) { self.checked(name, read).map(Some) } else { Ok(None) }
    }

    pub(super) fn parsed<T: FromStr>(&self, name: &'static str) -> Result<T, Failure> {
        self.checked(name, |text| text.parse().ok())
    }

    /// Parts separated by commas; none when empty.
    pub(super) fn list<T: FromStr>(&self, name: &'static str) -> Result<Vec<T>, Failure> {
        self.checked(name, |text| {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(|part| part.parse().ok()).collect()
        })
    }

    pub(super) fn whole(&self, name: &'static str, allowed: RangeInclusive<u16>) -> Result<u16, Failure> {
        self.checked(name, |text| text.parse().ok().filter(|number| allowed.contains(number)))
    }

    pub(super) fn optional_whole(
        &self,
        name: &'static str,
        allowed: RangeInclusive<u16>,
    ) -> Result<Option<u16>, Failure> {
        self.optional(name, |text| text.parse().ok().filter(|number| allowed.contains(number)))
    }

    pub(super) fn switch(&self, name: &'static str) -> Result<bool, Failure> {
        self.checked(name, read_switch)
    }

    pub(super) fn optional_switch(&self, name: &'static str) -> Result<Option<bool>, Failure> {
        self.optional(name, read_switch)
    }

    fn refused(&self, name: &'static str) -> Failure {
        let setting = setting(name);
        let (text, origin) = self.set.get(name).map_or(("", "the defaults"), |value| (&value.text, &value.origin));
        let value = if setting.is_secret { "its value".to_owned() } else { format!("{text:?}") };
        Failure::new(format!("setting {name}: {value} (from {origin}) is not allowed; allowed: {}", setting.allowed))
    }
}

fn read_switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" => Some(true),
        "off" | "false" => Some(false),
        _ => None,
    }
}

fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

fn setting(name: &'static str) -> &'static Setting {
    find(name).expect("every name asked for is in the list")
}

fn unknown_key(name: &str, file: &impl Display) -> Failure {
    let known: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    Failure::new(format!("{file} has the key {name:?}, which is no setting; settings: {}", known.join(", ")))
}

/// The error without the line of the file it quotes: that line may hold a secret.
fn told(error: &ConfigError) -> String {
    let quotes_file = |line: &&str| line.contains('|');
    error.to_string().lines().filter(|line| !quotes_file(line)).map(str::trim).collect::<Vec<_>>().join(": ")
}
