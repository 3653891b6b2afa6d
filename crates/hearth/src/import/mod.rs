//! Reading what other systems export: CSV, streamed in bounded memory, every row either taken or rejected with a reason.
//!
//! [`records`] splits bytes, [`columns`] finds the columns, [`fields`] types the values, the modules named after what a row is
//! put them together, and [`Import`] hands batches to the use-cases.

mod amount;
pub mod columns;
pub mod fields;
pub mod households;
mod input;
mod judged;
pub mod lines;
pub mod orders;
pub mod products;
mod progress;
pub mod records;
mod rejects;
mod run;
mod session;
mod tally;

pub use amount::parse_amount;
pub use columns::Table;
pub use input::{Input, Position};
pub use records::Unreadable;
pub use rejects::Rejects;
pub use run::{HeldLines, HeldProducts, Import};
pub use tally::{Outcome, Summary, Tally};
