//! What points buy: perks, their stock, who waits for them, and the grants households hold.
//!
//! Owns who may have which right, how many there are, and until when each stands. Never moves a point: whoever grants has spent
//! them in the same transaction. Start reading at [`Shelf`], where a grant is decided.

mod audience;
pub mod events;
mod gathering;
mod grant;
mod perk;
mod shelf;
mod slot;
pub mod store;
mod stored;
mod waiting;

pub use audience::{Applicant, Audience, NotForThem, Window};
pub use gathering::{Gathering, GatheringRefusal, NO_SHOW_DAYS, NO_SHOWS_BARRED, SeatCount, SeatReturns, barred_until};
pub use grant::{CancelRefusal, Grant};
pub use perk::{Perk, PerkCode, Stock};
pub use shelf::{GrantRefusal, JoinRefusal, Shelf, Taker};
pub use slot::{DeliverySlot, SlotBooking, SlotRefusal, SlotTermsRefusal};
pub use stored::{StoredGrant, StoredSlot, StoredStock};
pub use waiting::{MAX_WAITING, OFFER_MINUTES, Offer, PlaceOutcome, WaitingPlace};
