use app::{App, Secret, Settings};
use kernel::ManualClock;
use mail::{CapturedMail, Mailer};

use crate::{Engine, Fixture, TestDb};

/// The use-cases on a fresh database, with the default settings and mails kept in memory; removed when dropped.
#[derive(Debug)]
pub struct TestApp {
    // The app holds the pools, so it goes before the database does.
    app: App,
    mailer: Mailer,
    db: TestDb,
}

impl TestApp {
    /// Makes one.
    ///
    /// # Panics
    /// As [`TestDb::new`].
    pub async fn new(engine: Engine) -> Self {
        Self::with(engine, Settings::default()).await
    }

    /// Makes one whose operator decided otherwise.
    ///
    /// # Panics
    /// As [`TestDb::new`].
    pub async fn with(engine: Engine, settings: Settings) -> Self {
        let mailer = Mailer::capture("hearth@hearth.example".parse().expect("a well-formed address"));
        Self::mailing(engine, settings, mailer).await
    }

    /// Makes one whose mails go out by a transport of the test's own.
    ///
    /// # Panics
    /// As [`TestDb::new`].
    pub async fn mailing(engine: Engine, settings: Settings, mailer: Mailer) -> Self {
        let db = TestDb::new(engine).await;
        let app = App::new(db.db().clone(), settings, secret(), mailer.clone());
        Self { app, mailer, db }
    }

    /// The use-cases as another process on the same database has them, with caches of its own.
    #[must_use]
    pub fn another(&self) -> App {
        App::new(self.db.db().clone(), self.app.settings().clone(), secret(), self.mailer.clone())
    }

    /// The use-cases.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The database behind them.
    #[must_use]
    pub fn db(&self) -> &TestDb {
        &self.db
    }

    /// The clock they go by.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        self.db.clock()
    }

    /// Every mail sent so far, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<CapturedMail> {
        self.mailer.captured()
    }
}

fn secret() -> Secret {
    Secret::new(vec![7; Secret::MIN_BYTES]).expect("long enough")
}

impl Fixture for TestApp {
    async fn on(engine: Engine) -> Self {
        Self::new(engine).await
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::Actor;

    use crate::{TestApp, on_both_engines, start};

    on_both_engines! {
        async fn starts_with_an_empty_world(app: TestApp) {
            assert_eq!(app.mails().len(), 0);
            assert_eq!(app.db().count("persons").await, 0);

            app.clock().advance(TimeDelta::days(8));
            assert_eq!(app.app().db().clock().now(), start() + TimeDelta::days(8));
            assert_eq!(app.db().begin(Actor::System).await.now(), start() + TimeDelta::days(8));
        }
    }
}
