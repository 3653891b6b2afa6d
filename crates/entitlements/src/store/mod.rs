//! Perks, their stock, who waits for them, and grants in the database.

mod calendar;
mod gatherings;
mod grants;
mod perks;
mod rows;
mod slots;
mod standing;
mod verify;
mod waiting;

pub use calendar::{count_seats, list_gatherings};
pub use gatherings::{insert_gathering, update_gathering};

pub use grants::{
    GrantPosition, count_grants, count_standing_grants, find_grant, insert_grants, list_grants, list_spent_since,
    lock_grant, update_grant_cancelled, update_grant_used, update_grants_moved,
};
pub use perks::{
    PerkPosition, count_perks, find_perk, insert_perk, list_locked_stocks, list_perks, lock_perk_by_code, lock_shelves,
    update_perk, update_stock, update_stocks,
};
pub use slots::{
    find_next_free_slot, find_perk_of_slot, find_slot, insert_slot, list_bookings, list_slots, list_unsettled_bookings,
    lock_booking_of_order, lock_slot_at, lock_slots, update_slots,
};
pub use standing::{list_holders, list_no_shows, lock_grants_of_perk};
pub use verify::{count_open_places, list_stored_grants, list_stored_slots, list_stored_stocks};
pub use waiting::{
    WaitingPosition, count_before, insert_place, list_due_perks, list_open_places, list_places_of_person,
    list_waiting_households, list_waiting_places, lock_places, update_places, update_places_moved,
};
