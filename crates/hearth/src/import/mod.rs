//! Reading what other systems export: CSV, streamed in bounded memory, every row either taken or rejected with a reason.
//!
//! [`records`] splits bytes, [`columns`] finds the columns, [`fields`] types the values; the files named after what a row is
//! put them together, and [`run`] hands batches to the use-cases.

mod amount;
pub mod columns;
pub mod fields;
mod input;
pub mod households;
pub mod lines;
pub mod orders;
pub mod products;
pub mod records;
mod rejects;

pub use amount::parse_amount;
pub use columns::Table;
pub use input::{Input, Position};
pub use records::Unreadable;
pub use rejects::Rejects;
