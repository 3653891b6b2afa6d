use std::future::Future;

use crate::{Engine, TestDb};

/// What a test can ask for as its argument: its world on one engine.
pub trait Fixture: Sized {
    /// Builds it.
    fn on(engine: Engine) -> impl Future<Output = Self>;
}

impl Fixture for TestDb {
    async fn on(engine: Engine) -> Self {
        Self::new(engine).await
    }
}

/// Threads of a test's runtime: more than one, so that what a test starts together truly runs together.
const WORKER_THREADS: usize = 4;

/// Runs a test on a fresh world, on several threads. [`on_both_engines`](crate::on_both_engines) calls it.
///
/// # Panics
/// When the test does, or when its world cannot be built.
pub fn run<W: Fixture, T: Future<Output = ()>>(engine: Engine, test: impl FnOnce(W) -> T) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_all()
        .build()
        .expect("a test machine has room for a runtime");
    runtime.block_on(async { test(W::on(engine).await).await });
}

/// Turns each test into two, `name::sqlite` and `name::postgres`, each on a fresh world of its own.
///
/// ```text
/// on_both_engines! {
///     async fn refuses_one_more(db: TestDb) { … }
///     async fn sells_the_last_one_once(app: TestApp) { … }
/// }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[$attribute:meta])* async fn $name:ident($world:ident : $fixture:ty) $test:block)+) => {$(
        $(#[$attribute])*
        async fn $name($world: $fixture) $test

        mod $name {
            #[test]
            fn sqlite() {
                $crate::run($crate::Engine::Sqlite, super::$name);
            }

            #[test]
            fn postgres() {
                $crate::run($crate::Engine::Postgres, super::$name);
            }
        }
    )+};
}
