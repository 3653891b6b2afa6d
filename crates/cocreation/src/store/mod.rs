//! Studies, panels and ballots in the database. Choices lie apart from households: only [`crate::BallotKey`] leads from the one to the other.

mod ballots;
mod rows;
mod studies;
mod thanks;
mod verify;

pub use ballots::{
    find_place, find_receipt, insert_written, list_ballots, list_entries, list_locked_chains, list_receipts, lock_books,
};
pub use studies::{
    find_study, find_study_of_product, insert_opened, insert_study, list_studies, list_studies_to_close, lock_study,
    update_closed, update_ended, update_published,
};
pub use thanks::{find_thanks, insert_thanks, list_voters};

pub use verify::list_stored_studies;

use kernel::{Fault, Timestamp};

fn instant(millis: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_timestamp_millis(millis).ok_or_else(impossible)
}

fn whole(stored: i64) -> Result<u64, Fault> {
    u64::try_from(stored).map_err(|_| impossible())
}

fn stored(number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| impossible())
}

fn impossible() -> Fault {
    Fault::inconsistent("read or write a study: a column is out of range")
}
