//! The only part of the bench that spells SQL: databases of its own, and the floor an import is measured beside.

mod databases;
mod floor;
mod rows;

pub use databases::{create_database, drop_database};
pub use floor::{Source, Target};
