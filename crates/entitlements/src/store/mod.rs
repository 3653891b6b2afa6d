//! Perks, their stock and grants in the database.

mod grants;
mod perks;

pub use grants::{GrantPosition, find_grant, insert_grants, list_grants};
pub use perks::{
    PerkPosition, find_perk, find_perk_by_code, insert_perk, list_perks, lock_perk_by_code, lock_shelves, update_perk,
    update_stock, update_stocks,
};
