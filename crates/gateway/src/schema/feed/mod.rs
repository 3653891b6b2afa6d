//! What happens in a household, told while one listens.

mod household_events;
mod household_events_cursor;

pub(super) use household_events::HouseholdEventsSubscription;
pub(super) use household_events_cursor::HouseholdEventsCursorQuery;

use kernel::{Id, kinds};

use super::connection::{read_cursor, write_cursor};
use crate::refusal::Refusal;

/// The name of a household's feed in its cursors.
fn list(household: Id<kinds::Household>) -> String {
    format!("events:{household}")
}

fn write_place(household: Id<kinds::Household>, no: i64) -> String {
    write_cursor(&list(household), no.to_string())
}

fn read_place(household: Id<kinds::Household>, cursor: &str) -> Result<i64, Refusal> {
    read_cursor(&list(household), cursor, |key: &str| key.parse().ok().filter(|&no: &i64| no >= 0))
}
