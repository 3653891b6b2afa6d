//! Ids and instants for the tests of this crate.

use chrono::{DateTime, TimeDelta};
use kernel::{Id, Timestamp};

/// An id that is the same in every test.
pub(crate) fn id<K>(no: u128) -> Id<K> {
    Id::from_uuid(uuid::Uuid::from_u128(no))
}

/// So many minutes after six in the evening of 1 March 2026 in Shanghai; the order closes four hours later.
pub(crate) fn at(minutes: i64) -> Timestamp {
    DateTime::from_timestamp(1_772_359_200, 0).expect("an instant") + TimeDelta::minutes(minutes)
}
