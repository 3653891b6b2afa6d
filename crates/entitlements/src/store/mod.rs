//! Perks, their stock and grants in the database.

mod grants;
mod perks;
mod verify;

pub use grants::{
    GrantPosition, count_grants, count_standing_grants, find_grant, insert_grants, list_grants, list_spent_since,
    lock_grant, update_grant_cancelled, update_grants_moved,
};
pub use perks::{
    PerkPosition, count_perks, find_perk, insert_perk, list_locked_stocks, list_perks, lock_perk_by_code, lock_shelves,
    update_perk, update_stock, update_stocks,
};
pub use verify::{list_stored_grants, list_stored_stocks};
