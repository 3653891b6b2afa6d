//! The use-cases on a database of the bench.

use app::{App, Secret, Settings};
use db::Db;
use mail::Mailer;

/// Puts the use-cases on it, with default settings and mails kept in memory.
#[must_use]
pub fn app(db: Db) -> (App, Mailer) {
    let secret = Secret::new(vec![0; Secret::MIN_BYTES]).expect("as long as it must be");
    let mailer = Mailer::capture("bench@hearth.example".parse().expect("a well-formed address"));
    (App::new(db, Settings::default(), secret, mailer.clone()), mailer)
}
