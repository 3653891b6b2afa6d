//! What points buy: perks, their stock, and the grants households hold.
//!
//! Owns who may have which right, how many there are, and until when each stands. Never moves a point: whoever grants has spent
//! them in the same transaction. Start reading at [`Shelf`], where a grant is decided.

pub mod events;
mod grant;
mod perk;
mod shelf;
pub mod store;
mod stored;

pub use grant::{CancelRefusal, Grant};
pub use perk::{Perk, PerkCode, Stock};
pub use shelf::{GrantRefusal, Shelf, Taker};
pub use stored::{StoredGrant, StoredStock};
