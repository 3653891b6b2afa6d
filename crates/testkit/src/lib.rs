//! What tests stand on: a fresh migrated database on either engine, a clock that moves when told, the same ids in every run.
//!
//! Owns how a test gets its world and how that world is cleared away. Never part of the product, and never a stand-in for our
//! own code. Start reading at [`on_both_engines`], the way every test that touches a database is written.

mod drops;
mod postgres;
mod run;
mod test_app;
mod test_db;

pub use drops::{Completed, MAX_POLLS, drop_at_every_await, poll_at_most};
pub use run::{Fixture, run};
pub use test_app::TestApp;
pub use test_db::{Engine, TestDb, start};
