//! A household's events, told to its members in one order that can be read on in. Why as it is: ADR 28.

mod follow_household;
mod told;

pub use follow_household::{FeedPage, FeedRefusal, FollowHousehold, HouseholdEvent};
pub use told::{TOLD, UNTOLD, is_told};
