//! The only part of the bench that spells SQL: databases of its own, and the floor an import is measured beside.

mod databases;
mod floor;
mod growth;
mod ledger_floor;
mod people;
mod rows;

pub use databases::{create_database, drop_database};
pub use floor::{Source, Target};
pub use growth::{analyze, bytes_on_disk, count_postings, fill_postings};
pub use ledger_floor::{Floor, FloorTransfer};
pub use people::list_principals;
