//! The nouns every crate shares: typed ids, points, money, rates, time, actors, faults, text.
//!
//! Owns what a value *is* and which values are possible. Never does I/O: reading the clock and drawing ids are the two
//! exceptions, both behind [`Clock`] and [`IdGenerator`]. Start reading at [`Points`] and [`Id`].

mod actor;
mod calendar;
mod clock;
mod fault;
mod id;
mod money;
mod month;
mod phone;
mod points;
mod rate;
mod split;
mod text;
mod zone;

pub use actor::Actor;
pub use calendar::is_lunar_day;
pub use clock::{Clock, ManualClock, SystemClock};
pub use fault::{Fault, FaultKind};
pub use id::{Id, IdGenerator, IdParseError, Kind, kinds};
pub use money::{Currency, Money, MoneyParseError};
pub use month::{Month, MonthParseError};
pub use phone::PhoneNumber;
pub use points::{Points, PointsOverflow};
pub use rate::Rate;
pub use split::{split_by_weight, split_floor_largest_remainder};
pub use text::{EmailAddress, ExternalRef, IdempotencyKey, Label, Locale, TextError};
pub use zone::Zone;

/// An instant in UTC, kept to the millisecond because that is what both engines store.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// A calendar day in the operator's time zone.
pub type BusinessDate = chrono::NaiveDate;
